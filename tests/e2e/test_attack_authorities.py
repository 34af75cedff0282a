"""Names and authorities as an attacker writes them: THREATS.md section 1A, rows T01 to T05, T11 and
T13. All names of the world lead to a decoy, which must not even be connected to."""
import pytest

from decoy import DECOY_V4, DECOY_V6, Trial
from hello import hello
from origins import Origin

pytestmark = [pytest.mark.attack]

ALLOWED, DENIED = "www.allowed.example", "www.evil.example"
POLICY = f"""
    timeouts: {{header: 2s, client_hello: 2s, connect: 3s, drain: 1s}}
    rules:
      - {{name: exact, hosts: [{ALLOWED}, xn--bcher-kva.example]}}
      - {{name: below, hosts: ["*.wild.example"]}}
"""


@pytest.fixture(scope="module")
def trial(lab):
    with Trial(lab, POLICY) as trial, Origin(lab) as origin:
        for name in (ALLOWED, "xn--bcher-kva.example", "a.wild.example"):
            trial.names.set(name, origin.address)
        trial.origin = origin
        yield trial


def connect(target, fields=b""):
    """A CONNECT for whatever stands in `target`."""
    target = target if isinstance(target, bytes) else target.encode()
    return b"CONNECT " + target + b" HTTP/1.1\r\n" + fields + b"\r\n"


def casings(name):
    """16 ways to write it."""
    labels = name.split(".")
    one_upper = [
        ".".join(label.upper() if at == index else label for at, label in enumerate(labels))
        for index in range(len(labels))
    ]
    by_bits = [
        "".join(c.upper() if bits >> at % 8 & 1 else c for at, c in enumerate(name))
        for bits in (0x55, 0xAA, 0x33, 0xCC, 0x0F, 0xF0, 0x01, 0x80, 0x7E, 0x18)
    ]
    return [name, name.upper(), name.title(), *one_upper, *by_bits]


T01 = [
    spelled + dot for name in (ALLOWED, DENIED) for spelled in casings(name) for dot in ("", ".")
]


@pytest.mark.parametrize("spelled", T01)
def test_t01_case_and_one_trailing_dot_change_no_verdict(trial, spelled):
    name = spelled.lower().removesuffix(".")
    expected = {
        ALLOWED: ("allow", "allowed", "exact", ALLOWED),
        DENIED: ("block", "host_not_allowed", None, DENIED),
    }
    sent = hello(spelled.swapcase())
    assert trial.verdict(f"{spelled}:443".encode(), sent) == expected[name]


T02 = [
    f"[{ALLOWED}]:443",
    f"[[{ALLOWED}]]:443",
    f"[{ALLOWED}:443",
    f"{ALLOWED}]:443",
    f"[]{ALLOWED}:443",
    "[]:443",
    f"[{DECOY_V4}]:443",
    f"[[{DECOY_V6}]]:443",
    f"[{DECOY_V6}:443",
    f"{DECOY_V6}:443",
    f"[{DECOY_V6}]443",
    f"[{DECOY_V6}].{ALLOWED}:443",
]


@pytest.mark.parametrize("target", T02)
def test_t02_brackets_stand_around_an_ipv6_address_and_nowhere_else(trial, target):
    trial.refused(connect(target), 400, "invalid_host")


INVALID, MALFORMED = "invalid_host", "malformed_request"
T03 = [
    (f"{ALLOWED}@{DENIED}:443", INVALID),
    (f"{DENIED}@{ALLOWED}:443", INVALID),
    (f"u:p@{ALLOWED}:443", INVALID),
    (f"@{ALLOWED}:443", INVALID),
    (f"{ALLOWED}:443@{DENIED}:443", INVALID),
    (f"{DENIED}\\@{ALLOWED}:443", MALFORMED),
    (f"{DENIED}\\.{ALLOWED}:443", MALFORMED),
    (f"\\\\{ALLOWED}:443", MALFORMED),
    (f"{ALLOWED}/:443", INVALID),
    (f"{ALLOWED}/@{DENIED}:443", INVALID),
    (f"{ALLOWED}:443/", INVALID),
    (f"{ALLOWED}:443/{DENIED}:443", INVALID),
    (f"//{ALLOWED}:443", INVALID),
    (f"https://{ALLOWED}:443", INVALID),
    (f"{DENIED}?.{ALLOWED}:443", INVALID),
    (f"{ALLOWED}:443?{DENIED}", INVALID),
    (f"{DENIED}#.{ALLOWED}:443", MALFORMED),
    (f"{ALLOWED}:443#@{DENIED}", MALFORMED),
    (f"{ALLOWED};{DENIED}:443", INVALID),
    (f"{ALLOWED},{DENIED}:443", INVALID),
    (f"{ALLOWED}", INVALID),
    (f"{ALLOWED}:", INVALID),
    (f"{ALLOWED}:0", INVALID),
    (f"{ALLOWED}:65536", INVALID),
    (f"{ALLOWED}:4294967739", INVALID),  # 443 in 32 bits
    (f"{ALLOWED}:0443", INVALID),
    (f"{ALLOWED}:+443", INVALID),
    (f"{ALLOWED}:https", INVALID),
    (f"{ALLOWED}:443:443", INVALID),
    (f"{ALLOWED}::443", INVALID),
]


@pytest.mark.parametrize("target, reason", T03, ids=[target for target, _ in T03])
def test_t03_an_authority_is_a_host_a_colon_and_a_port(trial, target, reason):
    trial.refused(connect(target), 400, reason)


T04 = [
    *[(bytes([byte]), MALFORMED) for byte in (*range(0x21), 0x7F)],
    *[(b"%%%02x" % byte, INVALID) for byte in range(0x20)],
]


@pytest.mark.parametrize("inside, reason", T04, ids=[repr(inside) for inside, _ in T04])
def test_t04_control_bytes_in_a_name_are_refused_raw_and_escaped(trial, inside, reason):
    name = DENIED.encode() + inside + b"." + ALLOWED.encode()
    trial.refused(connect(name + b":443"), 400, reason)


# Names that a person reads as an allowed one. Raw bytes are none of a request line; what is ASCII
# is another name.
T05_RAW = [
    "www.аllowed.example",  # Cyrillic a
    "www.alloweԁ.example",  # Cyrillic d
    "www.alIowed.exаmple",
    "www.αllowed.example",  # Greek
    "www.al\u200blowed.example",  # zero width space
    "www.al\u00adlowed.example",  # soft hyphen
    "www.al\u2060lowed.example",
    "\u202ewww.allowed.example",  # right to left
    "www\u3002allowed\u3002example",  # ideographic full stop
    "www\uff0eallowed\uff0eexample",
    "www\uff61allowed\uff61example",
    "www.allowed\u2024example",  # one dot leader
    "ｗｗｗ.allowed.example",
    "www.ａllowed.example",
    "www.allowed.example\u2044x",  # fraction slash
    "www.allowed.example\uff0fx",
    "www.evil.example\uff03.allowed.example",
    "www.allowed.example\uff1a443",
    "www.ﬁ.wild.example",  # ligature
    "bücher.example",  # the rule's own, as a person types it
    "bu\u0308cher.example",
    "BÜCHER.example",
]
T05_OTHER_BYTES = [b"www.all\xffowed.example", b"www.all\xe9owed.example", b"b\xfccher.example"]
T05_A_LABELS = [
    "xn--llowed-3ya.example",
    "www.xn--llowed-8cf.example",
    "xn--wild-55a.example",
    "www.wild.xn--exmple-cua",
    "xn--bcher-kvb.example",
    "xn--a.wild.example",  # no wildcard takes one
    "a.xn--b.wild.example",
    "XN--A.wild.example",
    "xn--.wild.example",
    "xn--bcher-kva.wild.example",
    "xn--bcher-kva.example.evil.example",
    "www.xn--bcher-kva.example",
]
T05_ESCAPED = ["www.all%6fwed.example", "www.%D0%B0llowed.example", "www%2eallowed.example"]
T05 = [
    *[(name.encode(), 400, MALFORMED) for name in T05_RAW],
    *[(name, 400, MALFORMED) for name in T05_OTHER_BYTES],
    *[(name.encode(), 403, "host_not_allowed") for name in T05_A_LABELS],
    *[(name.encode(), 400, INVALID) for name in T05_ESCAPED],
]


@pytest.mark.parametrize("name, status, reason", T05, ids=[ascii(name)[2:-1] for name, *_ in T05])
def test_t05_a_look_alike_is_another_name_or_none(trial, name, status, reason):
    # A label may not end with a hyphen, and `xn--` does.
    if name == b"xn--.wild.example":
        status, reason = 400, INVALID
    trial.refused(connect(name + b":443"), status, reason)


def test_t05_the_a_label_of_the_rules_own_text_passes(trial):
    name = "xn--bcher-kva.example"
    expected = ("allow", "allowed", "exact", name)
    assert trial.verdict(f"{name.upper()}:443".encode(), hello(name)) == expected


T11 = [
    f"{DECOY_V4}:443",
    f"{DECOY_V4}:80",
    "52.95.110.250:443",
    f"[{DECOY_V6}]:443",
    f"[{DECOY_V6.upper()}]:443",
    "[2600:1f00:0077:0000:0000:0000:0000:0066]:443",
    "[2600:1f00:77:0:0:0:52.94.77.66]:443",
    "[2600:1f00:78::66]:22",
]


@pytest.mark.parametrize("target", T11)
def test_t11_a_public_address_that_no_rule_names_is_refused(trial, target):
    trial.refused(connect(target, f"Host: {ALLOWED}\r\n".encode()), 403, "address_literal")


# One target by every entry: (head, status, reason, event). Plain HTTP is not served yet.
T13 = {
    "CONNECT": (connect(f"{DENIED}:443"), 403, "host_not_allowed", "connect"),
    "CONNECT, HTTP/1.0": (
        f"CONNECT {DENIED}:443 HTTP/1.0\r\n\r\n".encode(),
        403,
        "host_not_allowed",
        "connect",
    ),
    "CONNECT, Host allowed": (
        connect(f"{DENIED}:443", f"Host: {ALLOWED}:443\r\n".encode()),
        403,
        "host_not_allowed",
        "connect",
    ),
    "CONNECT, port 80": (connect(f"{DENIED}:80"), 403, "host_not_allowed", "connect"),
    "CONNECT with an upgrade": (
        connect(f"{DENIED}:443", b"Connection: upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"),
        403,
        "host_not_allowed",
        "connect",
    ),
    "CONNECT and more": (
        connect(f"{DENIED}:443") + connect(f"{ALLOWED}:443") + hello(ALLOWED),
        403,
        "host_not_allowed",
        "connect",
    ),
    "connect": (f"connect {DENIED}:443 HTTP/1.1\r\n\r\n".encode(), 400, MALFORMED, "request"),
    "GET": (
        f"GET http://{DENIED}/ HTTP/1.1\r\nHost: {DENIED}\r\nConnection: close\r\n\r\n".encode(),
        403,
        "host_not_allowed",
        "request",
    ),
    "GET, HTTP/1.0": (
        f"GET http://{DENIED}/ HTTP/1.0\r\n\r\n".encode(),
        403,
        "host_not_allowed",
        "request",
    ),
    "GET with an upgrade": (
        f"GET http://{DENIED}/ HTTP/1.1\r\nHost: {DENIED}\r\n"
        "Connection: upgrade, close\r\nUpgrade: websocket\r\n\r\n".encode(),
        403,
        "host_not_allowed",
        "request",
    ),
    "GET, origin-form": (
        f"GET / HTTP/1.1\r\nHost: {DENIED}\r\n\r\n".encode(),
        400,
        MALFORMED,
        "request",
    ),
    "GET of https": (
        f"GET https://{DENIED}/ HTTP/1.1\r\nHost: {DENIED}\r\n\r\n".encode(),
        400,
        MALFORMED,
        "request",
    ),
    "POST": (
        f"POST http://{DENIED}/ HTTP/1.1\r\nHost: {DENIED}\r\n"
        "Content-Length: 4\r\n\r\nbody".encode(),
        403,
        "host_not_allowed",
        "request",
    ),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, MALFORMED, "request"),
}


@pytest.mark.parametrize("entry", T13)
def test_t13_a_denied_host_is_denied_by_every_entry(trial, entry):
    head, status, reason, event = T13[entry]
    trial.refused(head, status, reason, event)
