"""Origins' TLS in the shapes that it has: what asks for a certificate, for another group, or shows
a long chain; and what an idle intercepted connection costs."""
import ssl
import time

import pytest

from certificates import LEAF, Workshop
from faults import descriptors, resident_bytes
from http_origin import FIN, HOLD, answer, echo
from http_wire import in_tunnel
from interception import TlsHttpOrigin, TlsHttpWire, policy_with
from lab import wait_until

TLS_POLICY = """
    limits: {connections_per_client: 4096}
    timeouts: {connect: 2s, response: 2s, keep_alive: 60s, origin_idle: 1s, drain: 1s}
    rules:
      - {name: read, hosts: ["*.example.org"], methods: [GET, POST]}
"""


def asks_for_a_certificate(mode, version):
    def tune(context):
        context.verify_mode = mode
        context.maximum_version = version

    return tune


VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@pytest.mark.legitimate
@pytest.mark.parametrize("version", VERSIONS)
def test_an_origin_that_would_like_a_certificate_is_served_without(lab, gate, ca, version):
    tune = asks_for_a_certificate(ssl.CERT_OPTIONAL, version)
    with TlsHttpOrigin(lab, tune=tune) as origin, TlsHttpWire(gate, origin, ca) as wire:
        assert wire.ask("/none").body == b"GET /none 0"


@pytest.mark.parametrize("version", VERSIONS)
def test_an_origin_that_insists_on_a_certificate_is_a_502(lab, gate, ca, version):
    """TLS 1.3 says so behind the handshake only."""
    tune = asks_for_a_certificate(ssl.CERT_REQUIRED, version)
    with TlsHttpOrigin(lab, tune=tune) as origin:
        for method, body in (("GET", b""), ("POST", b"once")):
            with TlsHttpWire(gate, origin, ca) as wire:
                told = wire.ask("/none", method, body=body)
                assert told.status == 502, told
                assert told.reason in ("origin_tls_invalid", "origin_reset"), told
        assert not origin.requests
        assert len(gate.wait_records(2, host=origin.name)) == 2


GROUPS = ["prime256v1", "secp384r1", "secp521r1"]


@pytest.mark.legitimate
@pytest.mark.parametrize("group", GROUPS)
def test_an_origin_chooses_its_group(lab, gate, ca, group):
    """It asks for a second hello: the gate's key share is of X25519."""
    with TlsHttpOrigin(lab, tune=lambda context: context.set_ecdh_curve(group)) as origin:
        with TlsHttpWire(gate, origin, ca) as wire:
            assert wire.ask("/group").body == b"GET /group 0"
        assert set(origin.hellos) == {origin.name}


@pytest.mark.legitimate
@pytest.mark.parametrize("names", [100, 1_000, 2_000])
def test_an_origin_with_many_names_is_served(lab, gate, ca, names):
    """A certificate of up to 60 KiB, in many records."""
    shop = Workshop(lab)

    def make(name):
        others = [f"name-{number:06}.lab.example.org" for number in range(names)]
        return shop.sign([*others, name], extensions=LEAF).in_one_file()

    with TlsHttpOrigin(lab, certificate=make) as origin, TlsHttpWire(gate, origin, ca) as wire:
        assert wire.ask("/many").body == b"GET /many 0"


@pytest.mark.legitimate
@pytest.mark.parametrize("protocols", [["http/1.1"], ["h2", "http/1.1"], ["h2"], []])
def test_an_origin_that_prefers_http_2_is_spoken_to_by_http_1_1(lab, gate, ca, protocols):
    """One that knows no other has no protocol in common, and may serve or refuse."""

    def tune(context):
        context.set_alpn_protocols = lambda _: None
        if protocols:
            ssl.SSLContext.set_alpn_protocols(context, protocols)

    with TlsHttpOrigin(lab, tune=tune) as origin, TlsHttpWire(gate, origin, ca) as wire:
        assert wire.ask("/alpn").body == b"GET /alpn 0"
        assert set(origin.alpn) <= {"http/1.1", None}


@pytest.mark.legitimate
def test_one_origin_connection_serves_request_after_request(lab, gate, ca):
    """The one that was proved before the client's own handshake, and no other."""
    with TlsHttpOrigin(lab) as origin, TlsHttpWire(gate, origin, ca) as wire:
        for number in range(50):
            assert wire.ask(f"/{number}").body == f"GET /{number} 0".encode()
        assert len(origin.seen) == 1


@pytest.mark.legitimate
def test_an_origin_that_ends_its_idle_connection_is_dialled_anew(lab, gate, ca):
    """By close_notify and FIN behind its answer: no request is lost."""
    with TlsHttpOrigin(lab, script=lambda request: [echo(request), 0.01, FIN]) as origin:
        with TlsHttpWire(gate, origin, ca) as wire:
            for number in range(10):
                told = wire.ask(f"/{number}", "POST", body=b"once")
                assert told.body == f"POST /{number} 4".encode(), told
                ended = [each.ended for each in origin.seen]
                wait_until(lambda: len(origin.seen) > len(ended) - 1, 1)
                time.sleep(0.03)  # until the gate has seen that end
        assert [each.target for each in origin.requests] == [f"/{n}" for n in range(10)]


def test_an_origin_that_never_answers_is_a_504(lab, gate, ca):
    with TlsHttpOrigin(lab, script=lambda _: HOLD) as origin, TlsHttpWire(gate, origin, ca) as wire:
        told = wire.ask("/held")
        assert (told.status, told.reason) == (504, "response_timeout")


@pytest.mark.legitimate
def test_an_answer_before_the_body_is_told(lab, gate, ca):
    """The origin refuses by the head alone."""
    refusal = answer("too large", "413 Content Too Large", "Connection: close\r\n")
    with TlsHttpOrigin(lab, script=lambda _: refusal, at="head") as origin:
        with TlsHttpWire(gate, origin, ca) as wire:
            fields = "Content-Length: 10000000\r\n"
            wire.send(in_tunnel(wire.target, "/", "POST", fields) + bytes(1000))
            assert wire.read_http().status == 413


@pytest.mark.shipped
def test_an_idle_intercepted_connection_holds_no_buffers(lab, make_gate, ca):
    count = 300
    gate = make_gate(policy_with(lab, ca, TLS_POLICY))
    pid = gate.process.pid
    with TlsHttpOrigin(lab) as origin:

        def open_wires(number):
            wires = []
            for _ in range(number):
                wires.append(TlsHttpWire(gate, origin, ca))
                assert wires[-1].ask().status == 200
            return wires

        for wire in open_wires(20):  # what the process keeps for good
            wire.socket.close()
        wait_until(lambda: not gate.metric("sallyport_sessions"), 5)
        before = resident_bytes(pid)
        wires = open_wires(count)
        wait_until(lambda: descriptors(pid) <= count + 40, 10, "the pool to be empty")
        each = (resident_bytes(pid) - before) / count / 1024
        print(f"{each:.1f} KiB an idle intercepted connection")
        assert each < 40
        for wire in wires:
            wire.socket.close()
