"""A policy that changes under intercepted connections: another CA, another bundle of origins' CAs,
no interception any more, and rules that let less through. And pools: what one rule has opened is
nobody else's."""
import signal
import ssl
import threading

import pytest

from certificates import AUTHORITY, Workshop
from gate import settle
from http_origin import FIN, echo
from http_wire import At, HttpWire, in_tunnel
from interception import TlsHttpOrigin, TlsHttpWire, make_ca, policy_with, sign_for
from lab import wait_until

POLICY = """
    rules:
      - {name: read, hosts: ["*.example.org"], methods: [GET, POST]}
"""


@pytest.mark.short
def test_another_ca_signs_from_the_next_connection_on(lab, make_gate, ca):
    """Leaves of the one before are used no more; who is connected stays."""
    other = make_ca(lab.make_folder("ca"), name="next-ca")
    gate = make_gate(policy_with(lab, ca, POLICY))
    with TlsHttpOrigin(lab) as origin, TlsHttpWire(gate, origin, ca) as first:
        assert first.ask("/first").status == 200
        assert gate.reload(policy_with(lab, other, POLICY)).get("errors") is None
        for _ in range(8):  # each worker
            with TlsHttpWire(gate, origin, other) as wire:
                assert wire.ask("/next").body == b"GET /next 0"
            with pytest.raises(ssl.SSLCertVerificationError):
                TlsHttpWire(gate, origin, ca)
        assert first.ask("/still").body == b"GET /still 0"


def test_another_bundle_is_asked_from_the_next_origin_connection_on(lab, make_gate, ca):
    """An origin that proved itself by what was trusted before is proved anew."""
    shop = Workshop(lab)
    stranger = shop.sign(extensions=AUTHORITY, subject="/CN=another CA", by="itself")
    gate = make_gate(policy_with(lab, ca, POLICY))
    with TlsHttpOrigin(lab) as origin, TlsHttpWire(gate, origin, ca) as wire:
        assert wire.ask("/trusted").status == 200
        policy = policy_with(lab, ca, POLICY).replace(lab.ca, stranger.certificate)
        assert gate.reload(policy).get("errors") is None
        told = wire.ask("/untrusted")
        assert (told.status, told.reason) == (502, "origin_tls_invalid"), told
        with TlsHttpWire(gate, origin, ca) as another:
            assert another.ask("/untrusted").status == 502
        assert [each.target for each in origin.requests] == ["/trusted"]


@pytest.mark.attack
@pytest.mark.parametrize("of", ["the CONNECT", "a request"])
def test_an_origin_that_is_proved_amid_a_reload_is_proved_anew(lab, make_gate, ca, of):
    """It was dialled and began its handshake by the bundle of before, which trusted it."""
    stranger = Workshop(lab).sign(extensions=AUTHORITY, subject="/CN=another CA", by="itself")
    gate = make_gate("\nworkers: 1" + policy_with(lab, ca, POLICY))
    policy = "\nworkers: 1" + policy_with(lab, ca, POLICY).replace(lab.ca, stranger.certificate)
    told = []

    def ask():
        with TlsHttpWire(gate, origin, ca) as wire:
            if of == "a request":  # whose CONNECT was proved before
                assert wire.ask("/first").status == 200
                settle(0.2)
                origin.hold_handshakes()
            told.append(wire.ask("/secret"))

    # The first connection ends, so that the request behind it needs another.
    with TlsHttpOrigin(lab, script=lambda request: [echo(request), FIN]) as origin:
        if of == "the CONNECT":
            origin.hold_handshakes()
        asking = threading.Thread(target=ask)
        asking.start()
        count = 1 if of == "the CONNECT" else 2
        wait_until(lambda: len(origin.seen) == count, 10, "the handshake to begin")
        settle(0.2)
        assert gate.reload(policy).get("errors") is None
        settle(0.2)
        origin.let_go()
        asking.join(20)
        assert [(each.status, each.reason) for each in told] == [(502, "origin_tls_invalid")]
        assert "/secret" not in [each.target for each in origin.requests]


def test_rules_that_let_less_through_hold_for_the_next_request(lab, make_gate, ca):
    gate = make_gate(policy_with(lab, ca, POLICY))
    with TlsHttpOrigin(lab) as origin, TlsHttpWire(gate, origin, ca) as wire:
        assert wire.ask("/one", "POST", body=b"x").status == 200
        gate.reload(policy_with(lab, ca, POLICY.replace(", POST", "")))
        refused = wire.ask("/two", "POST", body=b"x")
        assert (refused.status, refused.reason) == (403, "method_not_allowed")
        assert [each.target for each in origin.requests] == ["/one"]


def test_hosts_that_are_allowed_no_more_end_at_the_next_request(lab, make_gate, ca):
    gate = make_gate(policy_with(lab, ca, POLICY))
    with TlsHttpOrigin(lab) as origin, TlsHttpWire(gate, origin, ca) as wire:
        assert wire.ask("/one").status == 200
        gate.reload(policy_with(lab, ca, POLICY.replace("*.example.org", "*.example.net")))
        refused = wire.ask("/two")
        assert (refused.status, refused.reason) == (403, "host_not_allowed")
        assert [each.target for each in origin.requests] == ["/one"]


def test_an_exchange_under_way_is_cut_by_rules_that_forbid_it(lab, make_gate, ca):
    gate = make_gate(policy_with(lab, ca, POLICY))
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfirst"
    script = [head, lambda connection: wait_until(lambda: reloaded, 10), b"x" * 95]
    reloaded = []
    with TlsHttpOrigin(lab, script=lambda _: script) as origin:
        with TlsHttpWire(gate, origin, ca) as wire:
            wire.send(in_tunnel(wire.target))
            assert wire.read(len(head)).endswith(b"first")
            gate.reload(policy_with(lab, ca, POLICY.replace("GET, ", "")))
            left = wire.read_all()
            reloaded.append(True)
            assert left == b"" and wire.ended in ("truncated", "reset")
        assert gate.one_record(host=origin.name)["reason"] == "tunnel_revoked"


def test_without_interception_any_more_nothing_is_read_and_nothing_leaks(lab, make_gate, ca):
    """The rule asks nothing of requests now: new tunnels pass unread, the old one is served or
    ended, and never by plain text."""
    gate = make_gate(policy_with(lab, ca, POLICY))
    unread = (
        f"destinations: {{ca_bundle: {lab.ca}}}\n"
        + """
rules:
  - {name: unread, hosts: ["*.example.org"]}
"""
    )
    with TlsHttpOrigin(lab) as origin, TlsHttpWire(gate, origin, ca) as wire:
        assert wire.ask("/one").status == 200
        settle(0.1)
        assert gate.reload(unread).get("errors") is None
        told = wire.ask("/two")
        assert told.status == 0, told  # ended
        with TlsHttpWire(gate, origin, (lab.ca,)) as through:
            assert through.ask("/three").body == b"GET /three 0"
            assert through.socket.getpeercert()["subjectAltName"] == (("DNS", origin.name),)
        assert not origin.faults and b"HTTP/1.1\r\n" in origin.received


@pytest.mark.attack
def test_connections_are_shared_by_no_other_host_and_by_no_other_scheme(lab, make_gate, ca):
    """Of one address: two hosts over TLS, and one of them in plain HTTP on the same port."""
    gate = make_gate(
        policy_with(
            lab,
            ca,
            """
    workers: 1
    rules:
      - {name: read, hosts: [a.example.org, b.example.org], methods: [GET]}
      - {name: plain, hosts: [c.example.org], schemes: [http], ports: [443], methods: [GET]}
""",
        )
    )
    certificate = sign_for(lab, [f"{name}.example.org" for name in "abc"])
    with TlsHttpOrigin(lab, certificate=certificate) as origin:
        for name in "abc":
            lab.names.set(f"{name}.example.org", origin.address)
        for name in "abab":
            with TlsHttpWire(gate, At(f"{name}.example.org", 443), ca) as wire:
                assert wire.ask(f"/{name}").status == 200
        for each in origin.requests:
            assert each.get("Host") == f"{each.target[1]}.example.org"
        by_connection = {}
        for each in origin.requests:
            by_connection.setdefault(id(each.seen), set()).add(each.get("Host"))
        assert all(len(hosts) == 1 for hosts in by_connection.values()), by_connection
        with HttpWire(gate, At("c.example.org", 443)) as wire:
            wire.tunnel("c.example.org", 443)
            told = wire.send(in_tunnel(At("c.example.org", 443), "/plain")).read_http()
            assert told.status != 200, "the origin speaks no plain HTTP there"
        assert "/plain" not in {each.target for each in origin.requests}


def test_a_drain_lets_an_exchange_finish_and_ends_what_is_idle(lab, make_gate, ca):
    gate = make_gate(policy_with(lab, ca, POLICY), timeouts={"drain": "3s"})
    script = [b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst", 0.5, b"other"]
    with TlsHttpOrigin(lab, script=lambda _: script) as origin:
        with TlsHttpWire(gate, origin, ca) as busy, TlsHttpWire(gate, origin, ca) as idle:
            assert idle.ask("/idle").status == 200
            busy.send(in_tunnel(busy.target))
            assert busy.read_line() == b"HTTP/1.1 200 OK\r\n"
            gate.signal(signal.SIGTERM)
            assert idle.read_all() == b"" and idle.ended == "fin"
            assert busy.read_all().endswith(b"firstother") and busy.ended == "fin"
    assert gate.wait() == 0
