"""Request heads as an attacker writes them: THREATS.md sections 1A and 1D as far as a CONNECT and
its refusal go, rows T09, T39 to T41, T44 to T46 and T51. Whatever is refused is refused once: one
answer, one record, a closed connection, and nothing behind it is read."""
import pytest

from decoy import Trial
from hello import ACCESS_DENIED, HTTP2_PREFACE, hello
from origins import Origin
from wire import ESTABLISHED, Wire

pytestmark = [pytest.mark.attack]

ALLOWED, DENIED, BEHIND = "www.allowed.example", "www.evil.example", "behind.allowed.example"
POLICY = f"""
    timeouts: {{header: 2s, client_hello: 1s, connect: 3s, drain: 1s}}
    rules:
      - {{name: ours, hosts: [{ALLOWED}, {BEHIND}]}}
"""
MALFORMED = "malformed_request"
SENTINEL = f"CONNECT {BEHIND}:443 HTTP/1.1\r\n\r\n".encode()


@pytest.fixture(scope="module")
def trial(lab):
    with Trial(lab, POLICY) as trial, Origin(lab) as origin:
        trial.names.set(ALLOWED, origin.address)
        trial.names.set(BEHIND, origin.address)
        trial.front = origin
        yield trial
        assert (
            not origin.seen or origin.received == b""
        ), "no attempt reached the allowed one either"


def connect(fields, host=ALLOWED):
    fields = fields if isinstance(fields, bytes) else fields.encode("latin-1")
    return f"CONNECT {host}:443 HTTP/1.1\r\n".encode() + fields + b"\r\n"


def get(host, fields, version="1.1"):
    return f"GET http://{host}/ HTTP/{version}\r\n{fields}\r\n".encode()


# Absolute-form and Host at odds, both ways; of a CONNECT the target alone counts.
T09 = {
    "target allowed, Host denied": (get(ALLOWED, f"Host: {DENIED}\r\n"), 421, "host_mismatch"),
    "target denied, Host allowed": (get(DENIED, f"Host: {ALLOWED}\r\n"), 421, "host_mismatch"),
    "two Hosts": (get(ALLOWED, f"Host: {ALLOWED}\r\nHost: {DENIED}\r\n"), 400, MALFORMED),
    "two Hosts, the other order": (
        get(ALLOWED, f"Host: {DENIED}\r\nHost: {ALLOWED}\r\n"),
        400,
        MALFORMED,
    ),
    "no Host": (get(ALLOWED, ""), 400, MALFORMED),
    "an empty Host": (get(ALLOWED, "Host:\r\n"), 400, MALFORMED),
    "two in one Host": (get(ALLOWED, f"Host: {ALLOWED}, {DENIED}\r\n"), 400, MALFORMED),
    "another port": (get(ALLOWED, f"Host: {ALLOWED}:8080\r\n"), 421, "host_mismatch"),
    "a folded Host": (get(ALLOWED, f"Host: {ALLOWED}\r\n .evil.example\r\n"), 400, MALFORMED),
    "userinfo in Host": (get(ALLOWED, f"Host: {ALLOWED}@{DENIED}\r\n"), 400, MALFORMED),
    "HTTP/1.0": (get(ALLOWED, f"Host: {DENIED}\r\n", "1.0"), 421, "host_mismatch"),
    "X-Forwarded-Host": (
        get(DENIED, f"Host: {DENIED}\r\nX-Forwarded-Host: {ALLOWED}\r\nConnection: close\r\n"),
        403,
        "host_not_allowed",
    ),
}


@pytest.mark.parametrize("shape", T09)
def test_t09_target_and_host_at_odds_are_refused(trial, shape):
    sent, status, reason = T09[shape]
    trial.refused(sent + SENTINEL, status, reason, event="request")


@pytest.mark.parametrize("host", [ALLOWED, f"{ALLOWED}:443", f"{ALLOWED}."])
def test_t09_the_host_field_of_a_connect_allows_nothing(trial, host):
    trial.refused(connect(f"Host: {host}\r\n", DENIED), 403, "host_not_allowed")


T39 = [
    "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
    "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
    "Transfer-Encoding: xchunked\r\nContent-Length: 4\r\n",
    "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: Chunked\r\n",
    "Transfer-Encoding: identity\r\n",
    "Transfer-Encoding:\r\n",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    "Transfer-Encoding: gzip, chunked\r\n",
    "Transfer-Encoding: chunked, identity\r\n",
    "Transfer-Encoding: chunked;q=1\r\n",
    "Transfer-Encoding: chunked,\r\n",
    "Transfer-Encoding:\tchunked\r\n",
    "Transfer-Encoding: \x0bchunked\r\n",
    "Transfer-Encoding : chunked\r\n",
    "Transfer-Encoding:\r\n chunked\r\n",
    "transfer-encoding: CHUNKED\r\n",
]
T40 = [
    "4",
    "00",
    "+0",
    "-0",
    "-1",
    "0x0",
    "0 0",
    "",
    "0,",
    "0, 0",
    ",0",
    "0.0",
    "0e0",
    "0;",
    "\x000",
    "0\x00",
    "18446744073709551616",
    "18446744073709551615",
    "999999999999999999999999",
    "0\r\nContent-Length: 0",
]
T41 = [
    b"Host : a\r\n",
    b"Host\t: a\r\n",
    b" Host: a\r\n",
    b"\tHost: a\r\n",
    b"A: b\r\n folded\r\n",
    b"A: b\r\n\tfolded\r\n",
    b": no name\r\n",
    b"no colon\r\n",
    b"\r\r\n",
    b"A: b\rC: d\r\n",
    b"A: b\r\r\n",
    b"A: b\n",
    b"A: b\nC: d\r\n",
    b"A: b\n\r\n",
    b"A: b\0c\r\n",
    b"A\0: b\r\n",
    b"A: \0\r\n",
    b"A: b\x0bc\r\n",
    b"A: b\x0cc\r\n",
    b"A: b\x08c\r\n",
    b"A: b\x1bc\r\n",
    b"A: b\x7fc\r\n",
    b"A\x7f: b\r\n",
    b"A\x80: b\r\n",
    b"\xc3\xa4: b\r\n",
    b"A B: c\r\n",
    b"A(: b\r\n",
    b"A/: b\r\n",
    b'"A": b\r\n',
    b"A@: b\r\n",
    b"[A]: b\r\n",
    b"{A}: b\r\n",
    b"A=: b\r\n",
    b"A,: b\r\n",
    b"A;: b\r\n",
    b"A\\: b\r\n",
    b"Host: a\r\nHost: b\r\n",
    b"Host: a b\r\n",
    b"Host: a@b\r\n",
    b"Host: a\r\nhost: a\r\n",
]
REFUSED_HEADS = {
    **{f"T39 {fields!r}": connect(fields) for fields in T39},
    **{f"T40 {value!r}": connect(f"Content-Length: {value}\r\n") for value in T40},
    **{f"T41 {fields!r}": connect(fields) for fields in T41},
}


@pytest.mark.parametrize("head", REFUSED_HEADS)
def test_a_head_that_has_two_readings_is_refused_and_nothing_behind_it_is_read(trial, head):
    trial.refused(REFUSED_HEADS[head] + SENTINEL, 400, "malformed_request")


# A CONNECT has no body: what stands behind its head is the tunnel's, never a request's.
T44 = {
    "a length and the body": connect("Content-Length: 4\r\n") + b"body",
    "a length and a request": connect(f"Content-Length: {len(SENTINEL)}\r\n"),
    "chunks": connect("Transfer-Encoding: chunked\r\n") + b"0\r\n\r\n",
    "both": connect("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") + b"0\r\n\r\n",
    "Expect and a length": connect("Expect: 100-continue\r\nContent-Length: 4\r\n") + b"body",
}


@pytest.mark.parametrize("shape", T44)
def test_t44_a_connect_with_a_body_is_refused(trial, shape):
    trial.refused(T44[shape] + SENTINEL, 400, "malformed_request")


GLUED = {
    "another name": (hello(DENIED), "sni_mismatch", ACCESS_DENIED),
    "no name": (hello(), "sni_missing", ACCESS_DENIED),
    "a CONNECT": (SENTINEL, "scheme_not_allowed", b""),
    "a GET": (get(DENIED, f"Host: {DENIED}\r\n"), "scheme_not_allowed", b""),
    "a body": (b"4\r\nbody\r\n0\r\n\r\n", "not_tls", b""),
    "the HTTP/2 preface": (HTTP2_PREFACE, "not_tls", b""),
    "an empty line, then a CONNECT": (b"\r\n" + SENTINEL, "not_tls", b""),
}


@pytest.mark.parametrize("shape", GLUED)
def test_t44_what_is_glued_to_a_connect_is_judged_as_the_tunnels_first_bytes(trial, shape):
    glued, reason, told = GLUED[shape]
    trial.records.none_is_left()
    with Wire(trial.gate) as wire:
        assert wire.send(connect("") + glued).rest() == ESTABLISHED + told
    trial.records.next(event="connect", decision="block", reason=reason, host=ALLOWED)
    trial.untouched()


T45 = {
    "a GET": get(ALLOWED, f"Host: {ALLOWED}\r\n"),
    "a CONNECT": SENTINEL,
    "ten CONNECTs": SENTINEL * 10,
    "a hello": hello(ALLOWED),
    "a CONNECT and a hello": SENTINEL + hello(BEHIND),
    "an empty line and a CONNECT": b"\r\n" + SENTINEL,
    "garbage": bytes(range(256)) * 40,
}


@pytest.mark.parametrize("is_late", [False, True], ids=["glued", "late"])
@pytest.mark.parametrize("shape", T45)
def test_t45_after_a_denied_connect_nothing_is_answered(trial, shape, is_late):
    trial.records.none_is_left()
    with Wire(trial.gate) as wire:
        denied = connect("", DENIED)
        if is_late:
            answer = wire.send(denied).read(13)
            wire.send(T45[shape])
        else:
            answer = wire.send(denied + T45[shape]).read(13)
        try:
            answer += wire.rest()
        except ConnectionResetError:
            pass  # it may cut off one that goes on sending
    assert answer.startswith(b"HTTP/1.1 403 ") and answer.count(b"HTTP/1.1 ") == 1
    trial.records.next(event="connect", decision="block", reason="host_not_allowed", host=DENIED)
    trial.untouched()


# Fields that other proxies were misled by.
T46 = [
    "Connection: close, Host\r\n",
    "Connection: Proxy-Authorization\r\nProxy-Authorization: Basic eA==\r\n",
    "Connection: te\r\nTE: trailers\r\n",
    "Connection: " + ", ".join(f"token{number}" for number in range(50)) + "\r\n",
    "Connection: upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
    "Proxy-Connection: keep-alive\r\nConnection: keep-alive\r\nKeep-Alive: timeout=600\r\n",
    f"X-Forwarded-Host: {ALLOWED}\r\nForwarded: host={ALLOWED}\r\nX-Original-URL: /\r\n",
    "Max-Forwards: 0\r\nVia: 1.1 sallyport\r\n",
]


@pytest.mark.parametrize("fields", T46, ids=lambda fields: fields[:40].strip())
def test_t46_no_field_makes_a_denied_connect_an_allowed_one_or_keeps_it_open(trial, fields):
    trial.refused(connect(fields, DENIED) + SENTINEL, 403, "host_not_allowed")


T51 = {
    "64 KiB and more": connect("A: " + "x" * 65_536 + "\r\n"),
    "a target of 1 MiB": b"CONNECT " + b"a" * (1 << 20) + b":443 HTTP/1.1\r\n\r\n",
    "a method of 64 KiB": b"C" * 65_537 + b" a:443 HTTP/1.1\r\n\r\n",
    "10,000 empty fields": connect("A:\r\n" * 10_000 + "B: " + "x" * 40_000 + "\r\n"),
    "129 fields": connect("".join(f"X-{number}: y\r\n" for number in range(129))),
}


@pytest.mark.parametrize("shape", T51)
def test_t51_a_head_beyond_the_bounds_is_refused(trial, shape):
    trial.records.none_is_left()
    with Wire(trial.gate) as wire:
        try:
            wire.send(T51[shape])
        except (BrokenPipeError, ConnectionResetError):
            pass
        answer = b""
        try:
            while more := wire.socket.recv(1 << 16):
                answer += more
        except ConnectionResetError:
            pass
    assert answer[:13] in (b"HTTP/1.1 431 ", b"HTTP/1.1 400 ") and len(answer) < 2048
    record = trial.records.next(decision="block")
    assert record["reason"] in ("header_too_large", "malformed_request")
    trial.untouched()


def test_nothing_behind_a_refusal_was_ever_read(trial):
    trial.records.none_is_left()
    assert trial.front.received == b""
