"""ClientHellos as an attacker writes them: THREATS.md section 1B, rows T14 to T17, T20 and T57. A
tunnel to an allowed host is asked for, and what is sent in it tries to be somebody else's; the
allowed origin must not get one byte of it, and the decoy not even a connection."""
import time

import pytest

from decoy import Trial
from faults import resident_bytes
from hello import ACCESS_DENIED, HTTP2_PREFACE, client_hello, hello, record, records
from hello_shapes import browser_hello, ech, raw_hello, server_names
from origins import Origin
from wire import Wire

pytestmark = [pytest.mark.attack]

OTHER, EVIL, LITERAL = "other.allowed.example", "www.evil.example", "52.94.77.67"
POLICY = f"""
    timeouts: {{header: 2s, client_hello: 1s, connect: 3s, drain: 1s}}
    rules:
      - {{name: ours, hosts: ["*.allowed.example"]}}
      - {{name: literal, hosts: [{LITERAL}]}}
"""
FRONT = "www.allowed.example"


@pytest.fixture(scope="module")
def trial(lab):
    with Trial(lab, POLICY) as trial, Origin(lab) as origin, Origin(lab, address=LITERAL) as other:
        trial.names.set(FRONT, origin.address)
        trial.front, trial.literal = origin, other
        yield trial


def assert_closed(trial, sent, reason, told=ACCESS_DENIED, piece=1 << 20):
    """The tunnel is closed with the alert, or with an answer where no TLS was spoken; 0 bytes reach
    the origin; one record. Returns it, and the milliseconds that it took."""
    trial.records.none_is_left()
    bytes_before = len(trial.front.received)
    with Wire(trial.gate) as wire:
        wire.tunnel(FRONT)
        began = time.monotonic()
        answer = wire.send_in_pieces(sent, piece).rest()
        took = (time.monotonic() - began) * 1000
    assert answer == told, answer
    record = trial.records.next(
        event="connect", decision="block", reason=reason, host=FRONT, status=200
    )
    trial.untouched()
    assert len(trial.front.received) == bytes_before
    return record, took


T14 = [
    OTHER,  # itself allowed: still not what was asked for
    EVIL,
    "allowed.example",
    "example",
    f"a.{FRONT}",
    f"{FRONT}.evil.example",
    f"x{FRONT}",
    "ww.allowed.example",
    "www-allowed.example",
    "www.allowed.examplf",
    "www.al1owed.example",
    "www.allowed.example.com",
    "xn--www.allowed.example",
    "*.allowed.example",
    "www.allowed_example",
    "localhost",
    "metadata.internal",
    "a" * 63 + ".evil.example",
    ".".join(["a"] * 120) + ".example",
    f"www.evil.example.{FRONT.split('.')[-1]}",
]


@pytest.mark.short
@pytest.mark.parametrize("name", T14, ids=lambda name: name[:40])
def test_t14_another_name_in_the_hello_than_in_the_connect_is_refused(trial, name):
    is_name = "*" not in name
    record, _ = assert_closed(
        trial, hello(name), "sni_mismatch" if is_name else "malformed_client_hello"
    )
    assert record["after"] == "first_bytes" and "rule" not in record


T16 = {
    "none": (hello(), "sni_missing"),
    "none, and no extensions": (record(raw_hello(None)), "sni_missing"),
    "an address": (hello("52.94.77.66"), "malformed_client_hello"),
    "an IPv6 address": (hello("2600:1f00:77::66"), "malformed_client_hello"),
    "empty": (hello(""), "malformed_client_hello"),
    "two names": (hello(FRONT, EVIL), "malformed_client_hello"),
    "two names, the other first": (hello(EVIL, FRONT), "malformed_client_hello"),
    "two extensions": (
        record(raw_hello(server_names(FRONT) + server_names(EVIL))),
        "malformed_client_hello",
    ),
    "two extensions, equal": (
        record(raw_hello(server_names(FRONT) + server_names(FRONT))),
        "malformed_client_hello",
    ),
    "of another type": (record(raw_hello(server_names(FRONT, kind=1))), "malformed_client_hello"),
    "of 300 bytes": (hello("a." * 150 + "example"), "malformed_client_hello"),
    "with a NUL": (hello(f"{FRONT}\0.evil.example"), "malformed_client_hello"),
    "with a NUL behind": (hello(f"{FRONT}\0"), "malformed_client_hello"),
    "with a space": (hello(f"{FRONT} "), "malformed_client_hello"),
    "in UTF-8": (hello("www.аllowed.example".encode()), "malformed_client_hello"),
    "with a port": (hello(f"{FRONT}:443"), "malformed_client_hello"),
    "with userinfo": (hello(f"{FRONT}@{EVIL}"), "malformed_client_hello"),
    "with a dot in front": (hello(f".{FRONT}"), "malformed_client_hello"),
    "with two dots behind": (hello(f"{FRONT}.."), "malformed_client_hello"),
    "list longer than it is": (
        record(raw_hello(server_names(FRONT, list_bytes=1))),
        "malformed_client_hello",
    ),
    "list shorter than it is": (
        record(raw_hello(server_names(FRONT, list_bytes=-1))),
        "malformed_client_hello",
    ),
    "name longer than it is": (
        record(raw_hello(server_names(FRONT, name_bytes=1))),
        "malformed_client_hello",
    ),
    "name shorter than it is": (
        record(raw_hello(server_names(FRONT, name_bytes=-1))),
        "malformed_client_hello",
    ),
    "an empty list": (record(raw_hello(server_names())), "malformed_client_hello"),
}


@pytest.mark.short
@pytest.mark.parametrize("shape", T16)
def test_t16_a_hello_that_does_not_name_one_host_is_refused(trial, shape):
    assert_closed(trial, *T16[shape])


def test_t16_a_literal_that_is_allowed_has_no_name_in_its_hello(trial):
    """A tunnel to an allowed address carries no name of a tenant behind it."""
    for named in (EVIL, FRONT, LITERAL):
        with Wire(trial.gate) as wire:
            assert wire.tunnel(LITERAL).send(hello(named)).rest() == ACCESS_DENIED
        trial.records.next(decision="block", reason="sni_mismatch", host=LITERAL)
    assert trial.literal.received == b""


T17 = {
    "ECH with a decoy outer name": client_hello(EVIL, extensions=ech()),
    "ECH, and the inner name alone is right": client_hello(
        EVIL, extensions=ech(payload=client_hello(FRONT))
    ),
    "ECH without an outer name": client_hello(extensions=ech()),
    "a browser's GREASE ECH for another": browser_hello(EVIL),
}


@pytest.mark.short
@pytest.mark.parametrize("shape", T17)
def test_t17_the_outer_name_decides(trial, shape):
    reason = "sni_missing" if "without" in shape else "sni_mismatch"
    assert_closed(trial, record(T17[shape]), reason)


def test_t17_ech_does_not_hide_the_outer_name_and_is_counted(trial):
    before = trial.gate.metric("sallyport_tls_ech_total")
    with Wire(trial.gate) as wire:
        wire.tunnel(FRONT).send(record(browser_hello(FRONT)))
        assert wire.read_record()[0] == 22
    opened = trial.records.next(event="connect", decision="allow", sni=FRONT)
    trial.records.next(event="close", id=opened["id"])
    assert trial.gate.metric("sallyport_tls_ech_total") == before + 1


def promised(size):
    """The beginning of a hello of that many bytes, in a full record."""
    return record(b"\x01" + size.to_bytes(3, "big") + b"\x03\x03" + bytes(16_000))


T20 = [64 * 1024 + 1, 64 * 1024 + 2, 100_000, 1 << 17, 1 << 20, 1 << 23, (1 << 24) - 1]


@pytest.mark.parametrize("size", T20)
def test_t20_a_hello_that_promises_more_than_64_kib_is_refused_at_once(trial, size):
    _, took = assert_closed(trial, promised(size), "malformed_client_hello")
    assert took < 500, "long before the deadline of a second"


def test_t20_unfinished_hellos_of_the_largest_size_cost_little_more_than_their_bytes(trial):
    """100 clients that stop one byte before the end of a hello of 64 KiB."""
    message = client_hello(FRONT, padding=64 * 1024 - 400)
    sent = records(message, 16_000, 16_000, 16_000, 16_000)[:-1]
    pid = trial.gate.process.pid
    before = resident_bytes(pid)
    wires = [Wire(trial.gate).tunnel(FRONT) for _ in range(100)]
    peak = before
    for wire in wires:
        wire.send(sent)
        peak = max(peak, resident_bytes(pid))
    for wire in wires:
        assert wire.rest() == ACCESS_DENIED
        wire.socket.close()
    for _ in wires:
        trial.records.next(event="connect", decision="block", reason="client_hello_timeout")
    each = (peak - before) / len(wires) / 1024
    print(f"T20: {each:.0f} KiB a client for {len(sent) / 1024:.0f} KiB of hello")
    assert each < 4 * 64


T57 = {
    "SSH": (b"SSH-2.0-OpenSSH_9.2p1\r\n", "not_tls"),
    "SSH key exchange": (b"\x00\x00\x05\xdc\x06\x14" + bytes(40), "not_tls"),
    "HTTP/2 preface": (HTTP2_PREFACE, "not_tls"),
    "OpenVPN": (b"\x00\x0e\x38" + bytes(14), "not_tls"),
    "WireGuard": (b"\x01\x00\x00\x00" + bytes(144), "not_tls"),
    "SOCKS 5": (b"\x05\x01\x00", "not_tls"),
    "SOCKS 4": (b"\x04\x01\x01\xbb\x34\x5e\x4d\x42lab\x00", "not_tls"),
    "SMTP": (b"EHLO evil.example\r\n", "scheme_not_allowed"),
    "HTTP": (f"GET / HTTP/1.1\r\nHost: {EVIL}\r\n\r\n".encode(), "scheme_not_allowed"),
    "another CONNECT": (f"CONNECT {EVIL}:443 HTTP/1.1\r\n\r\n".encode(), "scheme_not_allowed"),
    "BitTorrent": (b"\x13BitTorrent protocol" + bytes(48), "not_tls"),
    "PostgreSQL": (b"\x00\x00\x00\x08\x04\xd2\x16\x2f", "not_tls"),
    "RDP": (
        b"\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x0b\x00\x00\x00",
        "not_tls",
    ),
    "SSL 2": (b"\x80\x2e\x01\x00\x02" + bytes(43), "not_tls"),
    "random": (bytes(range(200, 256)) * 4, "not_tls"),
    "a proxy's line": (b"PROXY TCP4 10.0.0.1 10.0.0.2 1 443\r\n", "scheme_not_allowed"),
    "a line": (b"hello\r\n", "not_tls"),
    "TLS, but an alert first": (record(b"\x02\x28", 21), "malformed_client_hello"),
    "TLS, but change_cipher_spec first": (record(b"\x01", 20), "malformed_client_hello"),
    "TLS, but data first": (record(b"data", 23), "malformed_client_hello"),
    "TLS 5.0": (record(client_hello(FRONT), version=0x0500), "malformed_client_hello"),
    "DTLS": (b"\x16\xfe\xfd" + bytes(10) + client_hello(FRONT), "malformed_client_hello"),
    "TLS, but a ServerHello": (
        record(b"\x02\x00\x00\x04\x03\x03\x00\x00"),
        "malformed_client_hello",
    ),
}


@pytest.mark.short
@pytest.mark.parametrize("protocol", T57)
def test_t57_what_is_no_hello_is_closed_at_once(trial, protocol):
    sent, reason = T57[protocol]
    told = ACCESS_DENIED if reason == "malformed_client_hello" else b""
    _, took = assert_closed(trial, sent, reason, told)
    print(f"T57: {protocol} closed after {took:.1f} ms")
    assert took < 500
