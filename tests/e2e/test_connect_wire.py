"""Byte for byte: the CONNECT head, its answers, and what is no CONNECT (SEMANTICS.md sections 9 and
11)."""
import pytest

from gate import settle
from hello import HELLO_RETRY_RANDOM, hello, record, server_hello
from lab import wait_until
from wire import ESTABLISHED, Wire, blocked_answer, parse_answer

POLICY = """
    timeouts: {header: 2s, client_hello: 2s, connect: 3s, idle: 60s, drain: 1s}
    rules:
      - {name: origins, hosts: ["*.example.org"]}
"""
pytestmark = pytest.mark.short


def answer_to(gate, data):
    with Wire(gate) as wire:
        return wire.send(data).answer()


def assert_refused(gate, data, status, reason):
    before = len(gate.records(reason=reason))
    answer = answer_to(gate, data)
    assert (answer.status, answer.phrase) == (status, f"Blocked by sallyport: {reason}")
    assert answer.headers["connection"].lower() == "close"
    assert gate.wait_records(before + 1, reason=reason)[-1]["status"] == status
    return answer


def test_the_200_is_39_bytes_in_one_write(gate, origin):
    assert len(ESTABLISHED) == 39
    with Wire(gate) as wire:
        wire.connect(origin.name)
        assert wire.read_at_once() == ESTABLISHED


@pytest.mark.legitimate
def test_bytes_behind_the_head_are_the_tunnels_first(gate, origin):
    sent = hello(origin.name)
    with Wire(gate) as wire:
        wire.connect(origin.name, more=sent)
        assert wire.read(39) == ESTABLISHED
        assert wire.read_record()[0] == 22
    assert origin.seen[-1].data == sent


@pytest.mark.parametrize(
    "head",
    [
        "CONNECT {host}:443 HTTP/1.0\r\n\r\n",
        "CONNECT {host}:443 HTTP/1.1\r\nHost: {host}\r\n\r\n",
        "CONNECT {host}:443 HTTP/1.1\r\nHost: other.example.net:1\r\n\r\n",
        "CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\nContent-Length: 0\r\n\r\n",
        "CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\nProxy-Connection: keep-alive\r\n\r\n",
        "CONNECT {upper}:443 HTTP/1.1\r\nHost: {upper}:443\r\n\r\n",
        "CONNECT {host}.:443 HTTP/1.1\r\nHost: {host}.:443\r\n\r\n",
    ],
    ids=[
        "no Host",
        "Host without a port",
        "another Host",
        "Content-Length 0",
        "as curl sends it",
        "upper case",
        "trailing dot",
    ],
)
@pytest.mark.legitimate
def test_every_clients_way_to_say_connect_is_understood(gate, origin, head):
    allowed = {"event": "connect", "host": origin.name, "reason": "allowed"}
    before = len(gate.records(**allowed))
    with Wire(gate) as wire:
        wire.send(head.format(host=origin.name, upper=origin.name.upper()).encode())
        assert wire.read(39) == ESTABLISHED
        assert wire.send(hello(origin.name)).read_record()[0] == 22
    gate.wait_records(before + 1, **allowed)


@pytest.mark.parametrize("size", [1, 7])
@pytest.mark.legitimate
def test_a_head_may_come_in_pieces(gate, origin, size):
    with Wire(gate) as wire:
        wire.send_in_pieces(
            f"CONNECT {origin.name}:443 HTTP/1.1\r\nHost: {origin.name}:443\r\n\r\n".encode(),
            size,
            0.001,
        )
        assert wire.read(39) == ESTABLISHED


@pytest.mark.attack
@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: www.example.org\r\n\r\n",
        b"\r\nCONNECT www.example.org:443 HTTP/1.1\r\n\r\n",
        b"CONNECT www.example.org:443 HTTP/1.1\nHost: x\n\n",
        b"CONNECT www.example.org:443 HTTP/1.1\r\nHost: x\nA: b\r\n\r\n",
        b"CONNECT  www.example.org:443 HTTP/1.1\r\n\r\n",
        b"CONNECT www.example.org:443 HTTP/2.0\r\n\r\n",
        b"CONNECT www.example.org:443\r\n\r\n",
        b"CONNECT www.example.org:443#f HTTP/1.1\r\n\r\n",
        b"CONNECT www.example.org\\:443 HTTP/1.1\r\n\r\n",
        b"CONNECT www.ex\xc3\xa4mple.org:443 HTTP/1.1\r\n\r\n",
        b"CONNECT www.example.org:443 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"CONNECT www.example.org:443 HTTP/1.1\r\nA : b\r\n\r\n",
        b"CONNECT www.example.org:443 HTTP/1.1\r\n folded: x\r\n\r\n",
        b"CONNECT www.example.org:443 HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
        b"CONNECT www.example.org:443 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ids=[
        "origin-form",
        "empty line first",
        "bare LF",
        "bare LF in a field",
        "two spaces",
        "version 2.0",
        "no version",
        "fragment",
        "backslash",
        "raw UTF-8",
        "two Hosts",
        "space before colon",
        "folded line",
        "a body",
        "chunked",
    ],
)
def test_a_malformed_head_is_refused(gate, head):
    assert_refused(gate, head, 400, "malformed_request")


@pytest.mark.attack
@pytest.mark.parametrize(
    "target",
    [
        "www.example.org",
        "www.example.org:",
        "www.example.org:0",
        "www.example.org:65536",
        "www.example.org:0443",
        "www.example.org:443/",
        "www.example.org:+443",
        "user@www.example.org:443",
        "www..example.org:443",
        ".example.org:443",
        "-www.example.org:443",
        "www.example.org%00:443",
        "%77ww.example.org:443",
        "x" * 64 + ".example.org:443",
        ":443",
        "[www.example.org]:443",
        "https://www.example.org:443",
        "www.example.org..:443",
    ],
)
def test_a_connect_target_that_is_no_host_and_port_is_refused(gate, target):
    assert_refused(
        gate, f"CONNECT {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode(), 400, "invalid_host"
    )


def test_an_allowed_host_alone_never_means_plain_http(gate):
    answer = answer_to(
        gate,
        b"GET http://www.example.org/ HTTP/1.0\r\n\r\n",
    )
    assert (answer.status, "scheme_not_allowed" in answer.body) == (403, True)


@pytest.mark.attack
def test_an_absolute_https_target_is_told_that_https_needs_connect(gate):
    answer = assert_refused(
        gate,
        b"GET https://www.example.org/ HTTP/1.1\r\nHost: www.example.org\r\n\r\n",
        400,
        "malformed_request",
    )
    assert "CONNECT" in answer.body


@pytest.mark.attack
def test_an_oversized_head_is_refused(gate):
    fields = b"".join(b"X-%d: %s\r\n" % (number, b"x" * 1000) for number in range(70))
    assert_refused(
        gate,
        b"CONNECT www.example.org:443 HTTP/1.1\r\n" + fields + b"\r\n",
        431,
        "header_too_large",
    )


@pytest.mark.attack
def test_a_head_that_does_not_end_in_time_is_told_so(gate):
    assert_refused(gate, b"CONNECT www.example.org:443 HTTP/1.1\r\nHost:", 408, "header_timeout")


@pytest.mark.attack
@pytest.mark.parametrize(
    "spoken",
    [hello("www.example.org"), b"\x05\x01\x00", b"\x04\x01\x01\xbb\x01\x02\x03\x04x\x00"],
    ids=["tls", "socks5", "socks4"],
)
def test_another_protocol_spoken_to_the_listener_is_answered_at_once(gate, spoken):
    before = len(gate.records(reason="malformed_request"))
    with Wire(gate) as wire:
        answer = wire.send(spoken).answer(timeout=1.5)  # the header timeout is 2 s
    assert answer.status == 400
    record = gate.wait_records(before + 1, reason="malformed_request")[-1]
    assert (record["event"], record["decision"], record["status"]) == ("request", "block", 400)


def test_the_log_names_a_client_with_a_wrong_proxy_url_once(gate):
    client = "10.20.0.77"
    for _ in range(3):
        with Wire(gate, source=client) as wire:
            wire.send(hello("www.example.org")).answer()
    wait_until(lambda: client in gate.stderr(), 5, "a line about the client")
    settle()
    lines = [line for line in gate.stderr().splitlines() if client in line]
    assert len(lines) == 1 and "http://" in lines[0], lines


def test_a_refusal_is_told_in_status_line_fields_and_words(gate):
    answer = blocked_answer(gate, "blocked.example.net")
    assert (answer.status, answer.phrase) == (403, "Blocked by sallyport: host_not_allowed")
    assert "error=" in answer.headers["proxy-status"]
    assert "date" in answer.headers
    assert (
        "#ml-platform" in answer.body
        and "blocked.example.net" in answer.body + answer.headers["proxy-status"]
    )


def test_a_blocked_single_label_host_is_told_of_no_proxy(gate):
    assert "no_proxy" in blocked_answer(gate, "jupyterhub").body


@pytest.mark.attack
@pytest.mark.parametrize("more", [1000, 200_000, 3_000_000])
def test_a_refusal_survives_bytes_that_the_client_still_sends(gate, more):
    with Wire(gate) as wire:
        wire.connect("blocked.example.net", more=b"x" * min(more, 60_000))
        try:
            for _ in range(max(0, more - 60_000) // 60_000):
                wire.send(b"x" * 60_000)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it need not read for ever; the answer must have come before
        answer = parse_answer(read_until_any_end(wire))
    assert answer.status == 403


def read_until_any_end(wire):
    data = b""
    try:
        while more := wire.socket.recv(1 << 16):
            data += more
    except ConnectionResetError:
        pass
    return data


@pytest.mark.attack
def test_a_second_request_behind_a_refused_connect_is_not_read(gate):
    behind = b"CONNECT behind.example.org:443 HTTP/1.1\r\nHost: behind.example.org:443\r\n\r\n"
    with Wire(gate) as wire:
        data = wire.connect("blocked-first.example.net", more=behind).rest()
    assert data.count(b"HTTP/1.1 ") == 1
    gate.wait_records(host="blocked-first.example.net")
    settle()
    assert not gate.records(host="behind.example.org")


def test_the_hello_retry_random_is_the_standards():
    """RFC 8446 section 4.1.3; the tests of second hellos stand on it."""
    assert (
        HELLO_RETRY_RANDOM in record(server_hello(HELLO_RETRY_RANDOM))
        and len(HELLO_RETRY_RANDOM) == 32
    )
