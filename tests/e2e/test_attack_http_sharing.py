"""What requests share, connections to origins and connections of clients, and what one must never
take from another by it: THREATS.md sections D6, D9 and D10, row T49."""
import threading
import time

import pytest

from faults import MIB, resident_bytes
from hello import hello
from http_origin import HttpOrigin, answer
from http_wire import At, HttpWire, absolute, in_tunnel
from lab import wait_until
from origins import Origin
from wire import ESTABLISHED

pytestmark = [pytest.mark.attack]

POLICY = """
    workers: 1
    timeouts: {drain: 1s}
    rules:
      - {name: plain, hosts: ["*.example.org"], schemes: [http], ports: ["1-65535"]}
      - {name: tls, hosts: ["*.example.org"]}
"""


@pytest.mark.short
def test_hosts_at_one_address_share_no_connection(gate, lab):
    """Nor do ports: a connection is a host's, a port's and an address's."""
    with HttpOrigin(lab) as origin, HttpOrigin(lab, 8080, address=origin.address) as other:
        lab.names.set("beside.example.org", origin.address)
        hosts = [origin, At("beside.example.org"), other, origin]
        with HttpWire(gate) as wire:
            for number, host in enumerate(hosts):
                wire.send(absolute(host, f"/{number}"))
                assert wire.read_http().body == f"GET /{number} 0".encode()
        assert (len(origin.seen), len(other.seen)) == (2, 1)
        for seen in origin.seen:
            names = {each.get("Host") for each in origin.requests if each.seen is seen}
            assert len(names) == 1


@pytest.mark.short
def test_a_tunnel_and_a_request_share_a_connection_but_no_answer(gate, lab):
    with HttpOrigin(lab) as origin:
        wires = [HttpWire(gate, origin) for _ in range(4)]
        for wire in wires[::2]:
            wire.tunnel(origin.name, 80)
        for round in range(5):
            for number, wire in enumerate(wires):
                ask = absolute if number % 2 else in_tunnel
                wire.send(ask(origin, f"/{round}/{number}"))
            for number, wire in enumerate(wires):
                assert wire.read_http().body == f"GET /{round}/{number} 0".encode()
        for wire in wires:
            wire.socket.close()
        assert len(origin.requests) == 20


def by_connection(scheme):
    """An origin whose logins hold for a connection, as NTLM's and Kerberos's do."""

    def script(request):
        if (request.get("Authorization") or "").startswith(f"{scheme} "):
            request.seen.user = "alice"
        if hasattr(request.seen, "user"):
            return answer(f"mail of {request.seen.user}")
        return answer("", "401 Unauthorized", f"WWW-Authenticate: {scheme}\r\n")

    return script


@pytest.mark.parametrize("scheme", ["NTLM", "Negotiate"])
@pytest.mark.parametrize("place", [absolute, in_tunnel], ids=["proxy", "tunnel"])
def test_a_login_that_holds_for_a_connection_serves_no_other_client(gate, lab, scheme, place):
    """RFC 4559 section 6: such a connection is never another client's."""
    with HttpOrigin(lab, script=by_connection(scheme)) as origin:

        def client():
            wire = HttpWire(gate, origin)
            return wire.tunnel(origin.name, 80) if place is in_tunnel else wire

        with client() as alice:
            assert alice.send(place(origin)).read_http().status == 401
            login = f"Authorization: {scheme} c2VjcmV0\r\n"
            assert alice.send(place(origin, fields=login)).read_http().body == b"mail of alice"
            with client() as mallory:
                told = mallory.send(place(origin)).read_http()
                assert (told.status, told.body) == (401, b"")
            assert alice.send(place(origin)).read_http().status in (200, 401)
        with client() as mallory:
            assert mallory.send(place(origin)).read_http().status == 401


@pytest.mark.short
def test_a_connect_behind_a_request_is_a_tunnel_of_its_own(gate, lab):
    with HttpOrigin(lab) as origin, Origin(lab) as tls, HttpWire(gate, origin) as wire:
        assert wire.ask("/first").status == 200
        sent = hello(tls.name)
        wire.connect(tls.name, 443, sent)
        assert wire.read(len(ESTABLISHED)) == ESTABLISHED
        assert wire.read_record()[0] == 22 and tls.received == sent
        wire.send(absolute(origin, "/never"))
        time.sleep(0.1)
        assert [each.target for each in origin.requests] == ["/first"]


def test_a_denied_connect_behind_a_request_ends_the_connection(gate, lab):
    with HttpOrigin(lab) as origin, HttpWire(gate, origin) as wire:
        assert wire.ask("/first").status == 200
        wire.connect("www.evil.example", 443, absolute(origin, "/never"))
        assert wire.read_http().reason == "host_not_allowed"
        wire.assert_ended()
        assert len(origin.requests) == 1


@pytest.mark.shipped
@pytest.mark.parametrize("host", ["www.evil.example", ""])
def test_a_client_that_asks_and_never_reads_fills_nothing(gate, lab, host):
    """Requests without end, blocked or allowed, whose answers nobody takes."""
    with HttpOrigin(lab, script=lambda _: answer(b"x" * 10_000)) as origin:
        before = resident_bytes(gate.process.pid)
        sent = absolute(At(host) if host else origin) * 100
        total = []

        def flood():
            with HttpWire(gate) as wire:
                wire.socket.settimeout(1)
                count = 0
                try:
                    while count < 64 * MIB:
                        count += wire.socket.send(sent)
                except (TimeoutError, ConnectionError):
                    pass
                total.append(count)

        threads = [threading.Thread(target=flood) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        grown = (resident_bytes(gate.process.pid) - before) / 5 / 1024
        print(f"{host or 'allowed'}: {grown:.0f} KiB each, {max(total) / MIB:.1f} MiB asked")
        assert grown < 8192 and max(total) < 64 * MIB  # the records that wait to be written count
        with HttpWire(gate, origin) as wire:
            assert wire.ask("/behind").status == 200
        wait_until(lambda: gate.metric("sallyport_sessions") == 0, 10, "all sessions to end")
