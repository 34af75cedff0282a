"""Origins that cannot prove who they are: THREATS.md row T26. Where the gate ends TLS it stands for
the origin, so the client is told within its own TLS what is wrong with the other leg, and the
origin gets no byte of the request; there is no switch that turns this off. Good ones pass."""
import ssl

import pytest

from certificates import AUTHORITY, LEAF, Pair, Workshop, der_of_name
from hello import hello
from http_wire import At
from interception import TlsHttpOrigin, TlsHttpWire, policy_with
from origins import Origin, only_listen

pytestmark = [
    pytest.mark.attack,
    pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning"),
]

LITERAL = "52.94.77.72"
TLS_POLICY = f"""
    timeouts: {{connect: 1s, drain: 1s}}
    rules:
      - {{name: names, hosts: ["*.example.org", lab-origin.lab-suffix], methods: [GET, POST]}}
      - {{name: literal, hosts: [{LITERAL}], methods: [GET, POST]}}
"""
SHORT = 6  # of so many one is in the short run
WEAK = {"ciphers": "DEFAULT:@SECLEVEL=0"}
PAST = ("-startdate", "20240101000000Z", "-enddate", "20250101000000Z")
FUTURE = ("-startdate", "20400101000000Z", "-enddate", "20410101000000Z")


@pytest.fixture(scope="module")
def shop(lab):
    return Workshop(lab)


def leaf(**options):
    """A row that is a leaf of the lab's CA; `names` and `subject` may speak of NAME."""

    def make(shop, name):
        filled = {**{"names": ["NAME"]}, **options}
        filled["names"] = [each.replace("NAME", name) for each in filled["names"]]
        filled["subject"] = filled.get("subject", "/CN=origin").replace("NAME", name)
        return shop.sign(**filled)

    return make


def below(*more, **options):
    """A row that is a good leaf below an intermediate with these extensions."""
    return lambda shop, name: shop.sign([name], by=shop.intermediate(*more, **options))


def of_stranger(subject):
    def make(shop, name):
        return shop.sign([name], by=shop.sign(extensions=AUTHORITY, subject=subject, by="itself"))

    return make


def without_chain(make):
    """The same, but the server sends nothing behind its own certificate."""

    def strip(shop, name):
        made = make(shop, name)
        return Pair(made.certificate, made.key)

    return strip


def of_a_leaf(shop, name):
    """Somebody's honest certificate signs for another's name."""
    return shop.sign([name], by=shop.sign(["honest.example.org"]))


def too_long(shop, name):
    first = shop.intermediate("basicConstraints=critical,CA:TRUE,pathlen:0")
    return shop.sign([name], by=shop.intermediate(by=first))


def with_name(text):
    """The name as bytes, NUL and all."""
    return lambda shop, name: shop.sign(extensions=(*LEAF, der_of_name(text.replace("NAME", name))))


# How the certificate is made, words that the page must say, and what else is odd about the server.
BAD = {
    "another name": (leaf(names=["www.evil.example"]), "hostname mismatch"),
    "the name as CN alone": (leaf(names=[], subject="/CN=NAME"), "hostname mismatch"),
    "the name as CN beside another": (
        leaf(names=["www.evil.example"], subject="/CN=NAME"),
        "hostname mismatch",
    ),
    "expired": (leaf(dates=PAST), "certificate has expired"),
    "not yet valid": (leaf(dates=FUTURE), "certificate is not yet valid"),
    "self-signed": (leaf(by="itself"), "self-signed certificate"),
    "of an unknown CA": (of_stranger("/CN=unknown CA"), "self-signed certificate in"),
    "of an unknown CA that is not sent": (
        without_chain(of_stranger("/CN=unknown CA")),
        "unable to get local issuer certificate",
    ),
    "of a CA with our CA's name": (
        without_chain(of_stranger("/CN=lab CA")),
        "unable to get local issuer certificate",
    ),
    "for clients alone": (
        leaf(extensions=(*LEAF, "extendedKeyUsage=clientAuth")),
        "certificate purpose",
    ),
    "for signing code": (
        leaf(extensions=(*LEAF, "extendedKeyUsage=codeSigning")),
        "certificate purpose",
    ),
    "a CA's that signs nothing but certificates": (
        leaf(extensions=AUTHORITY),
        "certificate purpose",
    ),
    "part of a label is a wildcard": (leaf(names=["o*.example.org"]), "hostname mismatch"),
    "a wildcard at a label's end": (leaf(names=["*0.example.org"]), "hostname mismatch"),
    "a wildcard for two labels": (leaf(names=["*.org"]), "hostname mismatch"),
    "a wildcard and a label too many": (leaf(names=["*.NAME"]), "hostname mismatch"),
    "two wildcards": (leaf(names=["*.*.org"]), "hostname mismatch"),
    "a wildcard in the middle": (leaf(names=["NAME.*.example.org"]), "hostname mismatch"),
    "a wildcard alone": (leaf(names=["*"]), "hostname mismatch"),
    "an address": (leaf(names=["IP:52.94.78.1"]), "hostname mismatch"),
    "an address as a name": (leaf(names=["52.94.78.1"]), "hostname mismatch"),
    "a URI of the name": (leaf(names=["URI:https://NAME/"]), "hostname mismatch"),
    "a mailbox of the name": (leaf(names=["email:root@NAME"]), "hostname mismatch"),
    "NUL behind the name": (with_name("NAME\0.evil.example"), "hostname mismatch"),
    "NUL at its end": (with_name("NAME\0"), "hostname mismatch"),
    "a dot at its end": (leaf(names=["NAME."]), "hostname mismatch"),
    "a dot before it": (leaf(names=[".NAME"]), "hostname mismatch"),
    "a space behind it": (with_name("NAME "), "hostname mismatch"),
    "its domain with a dot before": (leaf(names=[".example.org"]), "hostname mismatch"),
    "below an intermediate for others": (
        below("nameConstraints=critical,permitted;DNS:other.example"),
        "permitted subtree violation",
    ),
    "below an intermediate not for us": (
        below("nameConstraints=critical,excluded;DNS:example.org"),
        "excluded subtree violation",
    ),
    "below an intermediate for clients": (
        below("extendedKeyUsage=clientAuth"),
        "certificate purpose",
    ),
    "below an intermediate that has expired": (below(dates=PAST), "certificate has expired"),
    "without its intermediate": (without_chain(below()), "unable to get local issuer certificate"),
    "signed by a leaf": (of_a_leaf, "invalid CA certificate"),
    "a path that is too long": (too_long, "path length constraint exceeded"),
    "an unknown critical extension": (
        leaf(extensions=(*LEAF, "1.2.3.4.5.6=critical,ASN1:UTF8String:x")),
        "unhandled critical extension",
    ),
    "signed by SHA-1": (leaf(digest="sha1"), "too weak", WEAK),
    "signed by MD5": (
        lambda shop, name: shop.sign(
            [name], by=shop.intermediate(key=("rsa:2048", None)), digest="md5"
        ),
        "too weak",
        WEAK,
    ),
    "an intermediate signed by SHA-1": (below(digest="sha1"), "too weak", WEAK),
    "RSA of 1,024 bits": (leaf(key=("rsa:1024", None)), "too weak", WEAK),
    "an intermediate of RSA of 1,024 bits": (below(key=("rsa:1024", None)), "too weak", WEAK),
    "P-192": (leaf(key=("ec", "ec_paramgen_curve:prime192v1")), "handshake failure", WEAK),
    "TLS 1.1": (leaf(), "protocol version", {**WEAK, "newest": ssl.TLSVersion.TLSv1_1}),
    "TLS 1.0": (leaf(), "protocol version", {**WEAK, "newest": ssl.TLSVersion.TLSv1}),
    "no certificate at all": (
        leaf(),
        "handshake failure",
        {"ciphers": "ADH:AECDH:@SECLEVEL=0", "newest": ssl.TLSVersion.TLSv1_2},
    ),
    "ciphers of yesterday": (
        leaf(key=("rsa:2048", None)),
        "handshake failure",
        {"ciphers": "NULL:eNULL:@SECLEVEL=0", "newest": ssl.TLSVersion.TLSv1_2},
    ),
}


def tuner(ciphers=None, newest=None):
    def tune(context):
        if ciphers:
            context.set_ciphers(ciphers)
        if newest:
            context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, newest

    return tune


def assert_refused(gate, host, ca, words, sni=""):
    """Twice, by a connection of its own and by the first one's next request: nothing is
    remembered in the origin's favour."""
    secret = b"the body of a request"
    for method, body in (("POST", secret), ("GET", b"")):
        with TlsHttpWire(gate, host, ca, sni=sni) as wire:
            told = wire.ask("/secret", method, body=body)
            assert (told.status, told.reason) == (502, "origin_tls_invalid"), told
            assert words in told.body.decode(), told.body
    for record in gate.wait_records(2, host=host.name):
        assert record["event"] == "request" and record["tls"] == "intercepted"
        assert (record["decision"], record["status"]) == ("allow", 502)
        assert record["reason"] == "origin_tls_invalid" and record["url"].endswith("/secret")


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, marks=[pytest.mark.short] if number % SHORT == 0 else [])
        for number, row in enumerate(BAD)
    ],
)
def test_t26_an_origin_that_does_not_prove_its_name_gets_no_request(lab, gate, ca, shop, row):
    make, words, *odd = BAD[row]
    with TlsHttpOrigin(
        lab,
        certificate=lambda name: make(shop, name).in_one_file(),
        tune=tuner(**(odd[0] if odd else {})),
    ) as origin:
        assert_refused(gate, origin, ca, words)
        assert origin.requests == [] and origin.received == b""
        assert len(origin.seen) >= 2, "the gate did try"


BAD_LITERALS = {
    "another address": (leaf(names=["IP:52.94.77.73"]), "IP address mismatch"),
    "the address as a name": (leaf(names=[LITERAL]), "IP address mismatch"),
    "the address as CN": (leaf(names=[], subject=f"/CN={LITERAL}"), "IP address mismatch"),
    "a wildcard of addresses": (leaf(names=["*.94.77.72"]), "IP address mismatch"),
    "a name": (leaf(names=["www.example.org"]), "IP address mismatch"),
}


@pytest.mark.parametrize("row", BAD_LITERALS)
def test_t26_a_literal_is_proved_by_that_address_alone(lab, make_gate, ca, shop, row):
    make, words = BAD_LITERALS[row]
    gate = make_gate(policy_with(lab, ca, TLS_POLICY))
    certificate = make(shop, "-").in_one_file()
    with TlsHttpOrigin(lab, address=LITERAL, certificate=certificate) as origin:
        assert_refused(gate, At(LITERAL, 443), ca, words, sni=None)
        assert origin.requests == [] and origin.received == b""


def test_t26_a_wildcard_for_a_whole_suffix_proves_nothing(lab, gate, ca, shop):
    host = At("lab-origin.lab-suffix", 443)
    certificate = shop.sign(["*.lab-suffix"]).in_one_file()
    with TlsHttpOrigin(lab, certificate=certificate) as origin:
        lab.names.set(host.name, origin.address)
        assert_refused(gate, host, ca, "hostname mismatch")
        assert origin.requests == [] and origin.received == b""


def speaks_http(connection, _):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
    while connection.recv(1 << 16):
        pass


def hangs_up(connection, _):
    connection.recv(1 << 16)


def speaks_as_a_client(connection, _):
    connection.recv(1 << 16)
    connection.sendall(hello("www.evil.example"))
    while connection.recv(1 << 16):
        pass


NO_TLS = {
    "plain HTTP": (speaks_http, "origin_tls_invalid", 502),
    "an end amid the handshake": (hangs_up, "origin_tls_invalid", 502),
    "a client's hello": (speaks_as_a_client, "origin_tls_invalid", 502),
    "silence": (only_listen, "connect_timeout", 504),
}


@pytest.mark.parametrize("row", NO_TLS)
def test_t26_an_origin_without_tls_gets_no_request(lab, gate, ca, row):
    serve, reason, status = NO_TLS[row]
    with Origin(lab, serve=serve) as origin:
        with TlsHttpWire(gate, origin, ca) as wire:
            told = wire.ask("/secret")
        assert (told.status, told.reason) == (status, reason), told
        assert b"evil" not in told.body and b"/secret" not in origin.received
        assert gate.one_record(host=origin.name)["reason"] == reason


def test_t26_what_is_wrong_is_not_remembered_when_it_was_put_right(lab, gate, ca, shop):
    with TlsHttpOrigin(
        lab, certificate=lambda name: shop.sign([name], dates=PAST).in_one_file()
    ) as origin:
        assert_refused(gate, origin, ca, "certificate has expired")
        origin.load_certificate(shop.sign([origin.name]).in_one_file())
        with TlsHttpWire(gate, origin, ca) as wire:
            assert wire.ask("/right").body == b"GET /right 0"


GOOD = {
    "the name": leaf(),
    "the name in upper case": lambda shop, name: shop.sign([name.upper()]),
    "a wildcard for one label": leaf(names=["*.example.org"]),
    "the name among others": leaf(names=["www.evil.example", "NAME", "IP:52.94.78.1"]),
    "the name, and another as CN": leaf(subject="/CN=www.evil.example"),
    "below an intermediate": below(),
    "below two intermediates": lambda shop, name: shop.sign(
        [name], by=shop.intermediate(by=shop.intermediate())
    ),
    "below an intermediate for us": below("nameConstraints=critical,permitted;DNS:example.org"),
    "for servers": leaf(extensions=(*LEAF, "extendedKeyUsage=serverAuth")),
    "for servers and clients": leaf(extensions=(*LEAF, "extendedKeyUsage=serverAuth,clientAuth")),
    "RSA of 2,048 bits": leaf(key=("rsa:2048", None)),
    "P-384": leaf(key=("ec", "ec_paramgen_curve:P-384"), digest="sha384"),
    "Ed25519": leaf(key=("ed25519", None)),
    "TLS 1.2": (leaf(), {"newest": ssl.TLSVersion.TLSv1_2}),
    "TLS 1.2 and RSA": (leaf(key=("rsa:2048", None)), {"newest": ssl.TLSVersion.TLSv1_2}),
}


@pytest.mark.legitimate
@pytest.mark.parametrize("row", GOOD)
def test_an_origin_that_proves_its_name_is_served(lab, gate, ca, shop, row):
    make, odd = GOOD[row] if isinstance(GOOD[row], tuple) else (GOOD[row], {})
    with TlsHttpOrigin(
        lab, certificate=lambda name: make(shop, name).in_one_file(), tune=tuner(**odd)
    ) as origin, TlsHttpWire(gate, origin, ca) as wire:
        assert wire.ask("/good").body == b"GET /good 0"
        assert len(origin.seen) == 1, "the connection that was proved carries the request"


@pytest.mark.legitimate
def test_a_literal_that_proves_its_address_is_served(lab, gate, ca, shop):
    certificate = shop.sign([f"IP:{LITERAL}"]).in_one_file()
    with TlsHttpOrigin(lab, address=LITERAL, certificate=certificate) as origin:
        with TlsHttpWire(gate, At(LITERAL, 443), ca, sni=None) as wire:
            assert wire.ask("/good").body == b"GET /good 0"
        assert origin.hellos == [None], "no name is asked for"
