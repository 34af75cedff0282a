"""Fronting through TLS that the gate ends: THREATS.md section 1B, rows T14, T16, T23, T24. The
CONNECT, the hello and each request name a host of their own; what agrees passes, everything else is
refused with its reason, and the origin gets no request of it. A second hello, or a session of
another name, is no way around."""
import itertools
import socket
import ssl
from dataclasses import dataclass

import pytest

from hello import ACCESS_DENIED, HELLO_RETRY_RANDOM, client_hello, hello, record
from hello_shapes import extension, raw_hello, server_names, vector
from http_wire import At, in_tunnel
from interception import (
    TlsHttpOrigin,
    TlsHttpWire,
    client_context,
    make_ca,
    policy_with,
    raw_tunnel,
    sign_for,
)
from tls_clients import ask, s_client
from wire import Wire

pytestmark = [pytest.mark.attack]

LITERAL, EVIL = "52.94.77.71", "www.evil.example"
POLICY = f"""
    rules:
      - {{name: front, hosts: ["*.example.org"], methods: [GET]}}
      - {{name: literal, hosts: [{LITERAL}], methods: [GET]}}
"""
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


@dataclass
class Front:
    """What all tests here use."""

    gate: object
    ca: tuple
    origin: TlsHttpOrigin
    other: TlsHttpOrigin  # allowed too, and never asked for
    literal: TlsHttpOrigin

    def spelled(self, text):
        """A row's words with the names of this run."""
        words = {"OWN": self.origin.name, "OTHER": self.other.name, "LITERAL": LITERAL}
        words["UPPER"] = self.origin.name.upper()
        for word, value in words.items():
            text = text.replace(word, value)
        return text

    def origin_of(self, connect):
        return At(LITERAL, 443) if connect == "LITERAL" else self.origin

    def requests(self):
        """The targets that were asked for anywhere."""
        return {each.target for each in (*self.origin.requests, *self.literal.requests)}

    def hellos(self):
        return len(self.origin.hellos) + len(self.literal.hellos)

    def assert_other_untouched(self):
        assert not self.other.requests and not self.other.seen


@pytest.fixture(scope="module")
def front(lab, share_gate):
    ca = make_ca(lab.make_folder("ca"))
    gate = share_gate(policy_with(lab, ca, POLICY))
    with TlsHttpOrigin(lab) as origin, TlsHttpOrigin(lab) as other, TlsHttpOrigin(
        lab, address=LITERAL, certificate=sign_for(lab, [f"IP:{LITERAL}"])
    ) as literal:
        yield Front(gate, ca, origin, other, literal)


CONNECTS = ["OWN", "UPPER", "OWN.", "LITERAL"]
# What a hello may name: by what a client of OWN (or LITERAL) is refused then; absent: it passes.
NAMES = {
    "OWN": (None, "sni_mismatch"),
    "UPPER": (None, "sni_mismatch"),
    "OWN.": (None, "sni_mismatch"),
    "OTHER": ("sni_mismatch", "sni_mismatch"),
    "sub.OWN": ("sni_mismatch", "sni_mismatch"),
    "example.org": ("sni_mismatch", "sni_mismatch"),
    EVIL: ("sni_mismatch", "sni_mismatch"),
    "": ("sni_missing", None),
    "LITERAL": ("malformed_client_hello", "sni_mismatch"),
}
NAMED = [
    (connect, name, reasons[connect == "LITERAL"])
    for connect, (name, reasons) in itertools.product(CONNECTS, NAMES.items())
]


def raw_hello_of(name, version):
    """For names that Python will not send."""
    return hello(name) if version == "1.3" else record(raw_hello(server_names(name)))


@pytest.mark.short
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "connect, name, reason",
    [pytest.param(*row, id=f"{row[0]}-{row[1] or 'none'}") for row in NAMED],
)
def test_t14_the_hello_names_the_host_of_the_connect(front, connect, name, reason, version):
    hellos, target = front.hellos(), f"/{connect}-{name}-{version}".replace("OWN.", "dot")
    origin, host = front.origin_of(connect), front.spelled(connect)
    told = {"host": origin.name, "reason": reason or "allowed"}
    before = len(front.gate.records(**told))
    if reason is None:
        sni = front.spelled(name) or None
        offer = {"connect": host, "version": VERSIONS[version]}
        with TlsHttpWire(front.gate, origin, front.ca, sni=sni, **offer) as wire:
            assert wire.ask(target).body == f"GET {target} 0".encode()
            wanted = ("IP Address", LITERAL) if connect == "LITERAL" else ("DNS", origin.name)
            assert wire.socket.getpeercert()["subjectAltName"] == (wanted,)
    else:
        with raw_tunnel(front.gate, host) as tunnel:
            tunnel.sendall(raw_hello_of(front.spelled(name), version) if name else hello())
            assert tunnel.recv(100) == ACCESS_DENIED and tunnel.recv(100) == b""
        assert target not in front.requests() and front.hellos() == hellos
    found = front.gate.wait_records(before + 1, **told)
    assert len(found) == before + 1 and found[-1]["decision"] == ("block" if reason else "allow")
    assert found[-1]["event"] == ("connect" if reason else "request")
    front.assert_other_untouched()


# Host of a request in a tunnel to OWN (or, in its place, to LITERAL): status and reason.
MISDIRECTED, MALFORMED = (421, "host_mismatch"), (400, "malformed_request")
HOSTS = {
    "itself": ("GET /ID HTTP/1.1\r\nHost: SELF\r\n", None),
    "with its port": ("GET /ID HTTP/1.1\r\nHost: SELF:443\r\n", None),
    "absent in HTTP/1.0": ("GET /ID HTTP/1.0\r\nConnection: keep-alive\r\n", None),
    "itself in HTTP/1.0": ("GET /ID HTTP/1.0\r\nHost: SELF\r\nConnection: keep-alive\r\n", None),
    "another": ("GET /ID HTTP/1.1\r\nHost: OTHER\r\n", MISDIRECTED),
    "one that is refused": (f"GET /ID HTTP/1.1\r\nHost: {EVIL}\r\n", MISDIRECTED),
    "the domain": ("GET /ID HTTP/1.1\r\nHost: example.org\r\n", MISDIRECTED),
    "with port 80": ("GET /ID HTTP/1.1\r\nHost: SELF:80\r\n", MISDIRECTED),
    "with port 8443": ("GET /ID HTTP/1.1\r\nHost: SELF:8443\r\n", MISDIRECTED),
    "a literal": ("GET /ID HTTP/1.1\r\nHost: 52.94.77.66\r\n", MISDIRECTED),
    "another in HTTP/1.0": ("GET /ID HTTP/1.0\r\nHost: OTHER\r\n", MISDIRECTED),
    "absent": ("GET /ID HTTP/1.1\r\n", MALFORMED),
    "empty": ("GET /ID HTTP/1.1\r\nHost:\r\n", MALFORMED),
    "two alike": ("GET /ID HTTP/1.1\r\nHost: SELF\r\nHost: SELF\r\n", MALFORMED),
    "two that differ": ("GET /ID HTTP/1.1\r\nHost: SELF\r\nHost: OTHER\r\n", MALFORMED),
    "the other first": ("GET /ID HTTP/1.1\r\nHost: OTHER\r\nHost: SELF\r\n", MALFORMED),
    "a list": ("GET /ID HTTP/1.1\r\nHost: SELF, OTHER\r\n", MALFORMED),
    "userinfo": ("GET /ID HTTP/1.1\r\nHost: SELF@OTHER\r\n", MALFORMED),
    "an empty port": ("GET /ID HTTP/1.1\r\nHost: SELF:\r\n", MALFORMED),
    "folded": ("GET /ID HTTP/1.1\r\nHost:\r\n SELF\r\n", MALFORMED),
    "a space before the colon": ("GET /ID HTTP/1.1\r\nHost : SELF\r\n", MALFORMED),
    "in absolute-form": ("GET https://SELF/ID HTTP/1.1\r\nHost: SELF\r\n", MALFORMED),
    "absolute to another": ("GET https://OTHER/ID HTTP/1.1\r\nHost: SELF\r\n", MALFORMED),
    "absolute by http": ("GET http://SELF/ID HTTP/1.1\r\nHost: SELF\r\n", MALFORMED),
    "of two slashes": ("GET //OTHER/ID HTTP/1.1\r\nHost: OTHER\r\n", MISDIRECTED),
    "another CONNECT": ("CONNECT OTHER:443 HTTP/1.1\r\nHost: OTHER:443\r\n", MALFORMED),
}
NAMES_ONLY = {
    "below it": ("GET /ID HTTP/1.1\r\nHost: sub.SELF\r\n", MISDIRECTED),
    "in upper case": ("GET /ID HTTP/1.1\r\nHost: UPPER\r\n", None),
    "with a dot": ("GET /ID HTTP/1.1\r\nHost: OWN.\r\n", None),
    "with a dot and its port": ("GET /ID HTTP/1.1\r\nHost: UPPER.:443\r\n", None),
}
HOSTED = [(connect, row) for connect in ("OWN", "UPPER", "OWN.", "LITERAL") for row in HOSTS]
HOSTED += [(connect, row) for connect in ("OWN", "UPPER", "OWN.") for row in NAMES_ONLY]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("connect, row", HOSTED)
def test_t09_a_request_names_the_host_of_its_tunnel(front, connect, row, version):
    lines, refused = {**HOSTS, **NAMES_ONLY}[row]
    origin, target = front.origin_of(connect), f"/{connect}-{row}-{version}".replace(" ", "_")
    lines = front.spelled(lines.replace("SELF", origin.name))
    asked = (lines.replace("/ID", target) + "\r\n").encode()
    behind = f"GET /behind{target} HTTP/1.1\r\nHost: {origin.name}\r\n\r\n".encode()
    told = {"reason": refused[1] if refused else "allowed"}
    before, reached = len(front.gate.records(**told)), front.requests()
    offer = {"connect": front.spelled(connect), "version": VERSIONS[version]}
    sni = None if connect == "LITERAL" else origin.name
    with TlsHttpWire(front.gate, origin, front.ca, sni=sni, **offer) as wire:
        answer = wire.send(asked + behind).read_http()
        if refused:
            assert (answer.status, answer.reason) == refused and answer.is_closing
            assert wire.assert_ended() == "fin", "TLS ends as it should, and nothing is read behind"
            assert front.requests() == reached
        else:
            assert answer.body == f"GET {target} 0".encode()
            assert wire.read_http().body == f"GET /behind{target} 0".encode()
            assert front.requests() - reached == {target, f"/behind{target}"}
    found = front.gate.wait_records(before + (1 if refused else 2), **told)[before:]
    decisions = ["block"] if refused else ["allow", "allow"]
    assert [each["decision"] for each in found] == decisions
    front.assert_other_untouched()


SECP521R1 = 25


def p521_hello(*names, groups=(SECP521R1, 29), alpn=("http/1.1",)):
    """Its one key share is of a group that the gate does not take: it asks for another."""
    share = extension(51, vector(SECP521R1.to_bytes(2, "big") + vector(b"\4" + bytes(132), 2), 2))
    plain = {
        43: vector(b"\3\4", 1),
        10: vector(b"".join(group.to_bytes(2, "big") for group in groups), 2),
        13: vector(b"\4\3\x08\x04", 2),
        16: vector(b"".join(vector(each.encode(), 1) for each in alpn), 2),
    }
    listed = (server_names(*names) if names else b"") + share
    listed += b"".join(extension(kind, data) for kind, data in plain.items())
    return raw_hello(listed, suites=(0x1301, 0x1302))


SECOND_HELLOS = {
    "another allowed name": ["OTHER"],
    "a refused name": [EVIL],
    "below it": ["sub.OWN"],
    "a literal": ["52.94.77.66"],
    "an empty name": [""],
    "two names": ["OWN", "OTHER"],
    "NUL in it": ["OWN\0.evil.example"],
    "no name": [],
}


def ask_again(front, first):
    """The tunnel in which the gate has asked for a second hello."""
    wire = Wire(front.gate).tunnel(front.origin.name)
    retry = wire.send(record(first, version=0x0301)).read_record()
    assert retry[0] == 22 and HELLO_RETRY_RANDOM in retry, retry
    assert wire.read_record()[0] == 20, "the change_cipher_spec behind it (RFC 8446, D.4)"
    return wire


@pytest.mark.short
@pytest.mark.parametrize("row", SECOND_HELLOS)
def test_t23_a_second_hello_with_another_name_is_refused(front, row):
    names = [front.spelled(each) for each in SECOND_HELLOS[row]]
    before = len(front.gate.records(host=front.origin.name, event="connect"))
    with ask_again(front, p521_hello(front.origin.name)) as wire:
        told = wire.send(record(client_hello(*names, alpn=("http/1.1",)))).rest()
    assert told[-7:-2] == b"\x15\x03\x03\0\2", f"no alert in clear at its end: {told!r}"
    assert b"\x16\x03\x03" not in told, "no ServerHello comes before it"
    found = front.gate.wait_records(before + 1, host=front.origin.name, event="connect")[before:]
    reasons = {"sni_mismatch", "malformed_client_hello", "client_tls_failed"}
    assert len(found) == 1 and found[0]["reason"] in reasons, found
    front.assert_other_untouched()


@pytest.mark.parametrize("name", ["OTHER", EVIL])
def test_t23_a_second_hello_with_another_name_is_recorded_as_that(front, name):
    before = len(front.gate.records(host=front.origin.name, event="connect"))
    told = front.gate.stderr()
    with ask_again(front, p521_hello(front.origin.name)) as wire:
        wire.send(record(client_hello(front.spelled(name), alpn=("http/1.1",)))).rest()
    found = front.gate.wait_records(before + 1, host=front.origin.name, event="connect")[-1]
    assert (found["decision"], found["reason"]) == ("block", "sni_mismatch"), found
    assert front.gate.stderr() == told, "it is no client that lacks our CA"


@pytest.mark.parametrize("row", ["OTHER", EVIL, "OWN"])
def test_t23_a_second_hello_that_nobody_asked_for_ends_it(front, row):
    """Right behind the first, in its flight."""
    before = len(front.gate.records(host=front.origin.name, event="connect"))
    reached = front.requests()
    with Wire(front.gate).tunnel(front.origin.name) as wire:
        sent = hello(front.origin.name, alpn=("http/1.1",)) + hello(front.spelled(row))
        wire.send(sent).rest()
    found = front.gate.wait_records(before + 1, host=front.origin.name, event="connect")[before:]
    assert len(found) == 1 and found[0]["reason"] != "allowed"
    assert front.requests() == reached
    front.assert_other_untouched()


def test_t23_a_real_client_that_is_asked_for_a_second_hello_is_served(front):
    name = front.origin.name
    command = s_client(front.gate, front.origin, "-groups", "P-521:X25519", "-CAfile", front.ca[0])
    text = f"GET /retried HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r"
    told = ask([*command, "-msg", "-verify_return_error"], text, "GET /retried 0")
    assert "GET /retried 0" in told and told.count("], ClientHello") == 2, told


@pytest.mark.parametrize("version", VERSIONS)
def test_t24_the_gate_gives_no_session(front, version):
    """Neither a ticket nor an id, whatever the client asks for."""
    context = client_context(front.ca, VERSIONS[version])
    with TlsHttpWire(front.gate, front.origin, front.ca, context=context) as wire:
        assert wire.ask("/session").status == 200
        session = wire.socket.session
    assert not session.has_ticket and (version == "1.3" or session.id == b"")
    with TlsHttpWire(front.gate, front.origin, front.ca, context=context, session=session) as wire:
        assert not wire.socket.session_reused and wire.ask("/again").status == 200
    only = f"-tls{version.replace('.', '_')}"
    text = f"GET /ticket HTTP/1.1\r\nHost: {front.origin.name}\r\nConnection: close\r\n\r"
    told = ask([*s_client(front.gate, front.origin, only), "-msg"], text, "GET /ticket 0")
    assert "GET /ticket 0" in told and "], ServerHello" in told, told
    assert "NewSessionTicket" not in told


# What an origin gives to a client that speaks to it directly, and for whom it is offered then.
SESSIONS = {
    "1.2, a ticket": ("1.2", 0),
    "1.2, an id": ("1.2", ssl.OP_NO_TICKET),
    "1.3, a ticket": ("1.3", 0),
    "1.3, an id": ("1.3", ssl.OP_NO_TICKET),
}


@pytest.mark.short
@pytest.mark.parametrize("row", SESSIONS)
def test_t24_a_session_for_one_name_opens_nothing_under_another(lab, front, row):
    """Offered under its own name, another's, and a refused one: a handshake in full, or none."""
    version, options = SESSIONS[row]
    context = client_context(front.ca, VERSIONS[version])
    context.load_verify_locations(lab.ca)
    with TlsHttpOrigin(lab, tune=lambda made: setattr(made, "options", made.options | options)) as (
        origin
    ):
        with socket.create_connection((origin.address, 443), 10) as plain:
            with context.wrap_socket(plain, server_hostname=origin.name) as direct:
                direct.sendall(in_tunnel(At(origin.name)))
                assert direct.recv(1000)
                session = direct.session
        assert session.has_ticket or (session.id and version == "1.2")
        offer = {"context": context, "session": session}
        for each in (origin, front.origin):
            with TlsHttpWire(front.gate, each, front.ca, **offer) as wire:
                assert not wire.socket.session_reused
                assert wire.socket.getpeercert()["subjectAltName"] == (("DNS", each.name),)
                assert wire.ask("/mine").body == b"GET /mine 0"
        for sni in (front.other.name, EVIL):
            with pytest.raises(ssl.SSLError, match="ACCESS_DENIED"):
                TlsHttpWire(front.gate, origin, front.ca, sni=sni, **offer)
        assert not any(origin.resumed), "nor does the gate resume one with the origin"
    front.assert_other_untouched()


def test_t24_the_gates_own_leg_resumes_no_session_of_another_host(lab, front):
    """Hosts of one server, that gives tickets to everybody."""
    with TlsHttpOrigin(lab, certificate=sign_for(lab, ["*.shared.example.org"])) as origin:
        for name in ("a", "b", "a"):
            host = At(f"{name}.shared.example.org", 443)
            lab.names.set(host.name, origin.address)
            with TlsHttpWire(front.gate, host, front.ca) as wire:
                assert wire.ask("/", fields="Connection: close\r\n").body == b"GET / 0"
        assert {each for each in origin.hellos} == {
            "a.shared.example.org",
            "b.shared.example.org",
        }
        assert not any(origin.resumed)
