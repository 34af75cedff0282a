"""How a refusal of plain HTTP ends: it arrives whole, whatever the client still sends or however
late it reads, and nothing stands behind it."""
import time

import pytest

from http_origin import HttpOrigin
from http_wire import At, HttpWire, absolute, read_answers

POLICY = """
    workers: 1
    rules:
      - {name: plain, hosts: ["*.example.org"], schemes: [http], limits: {upload_bytes: 1000}}
"""
STRANGER = At("stranger.example.net")


@pytest.mark.short
def test_a_malformed_head_request_is_refused_without_a_body(gate):
    with HttpWire(gate) as wire:
        wire.send(b"HEAD http://a.example.org/ HTTP/1.1\r\nHost: a.example.org\r\nA : b\r\n\r\n")
        answer = wire.read_http("HEAD")
        assert (answer.status, answer.reason) == (400, "malformed_request")
        assert wire.finish_writing().assert_ended() == "fin"


@pytest.mark.short
@pytest.mark.legitimate
@pytest.mark.parametrize("size", [100_000, 8_000_000])
def test_a_malformed_head_is_answered_while_its_body_still_comes(gate, size):
    """A close on what the client still sends would be a reset, and might overtake the answer."""
    with HttpWire(gate) as wire:
        wire.send(b"POST http://a.example.org/ HTTP/1.1\r\nHost: a.example.org\r\nA : b\r\n\r\n")
        for _ in range(size // 50_000):
            wire.send(b"x" * 50_000)
        answer = wire.read_http()
        assert (answer.status, answer.reason) == (400, "malformed_request")
        assert wire.finish_writing().assert_ended() == "fin"


@pytest.mark.short
@pytest.mark.legitimate
@pytest.mark.parametrize("size", [100_000, 8_000_000])
def test_an_upload_over_the_limit_is_told_so_while_it_still_comes(gate, lab, size):
    with HttpOrigin(lab) as origin, HttpWire(gate, origin) as wire:
        wire.send(absolute(origin, "/", "POST", f"Content-Length: {size}\r\n"))
        for _ in range(size // 50_000):
            wire.send(b"x" * 50_000)
        answer = wire.read_http()
        assert (answer.status, answer.reason) == (413, "upload_limit")
        assert wire.finish_writing().assert_ended() == "fin"


@pytest.mark.short
@pytest.mark.legitimate
def test_a_client_that_asks_much_before_it_reads_gets_every_refusal_whole(gate):
    count = 20_000  # whose refusals fit into no socket's buffer
    with HttpWire(gate) as wire:
        wire.send(absolute(STRANGER, "/") * count).finish_writing()
        time.sleep(1)
        received = bytearray()
        while data := wire.socket.recv(1 << 20):
            received += data
    begin = b"HTTP/1.1 403 "
    assert received.count(begin) == count
    last = bytes(received[received.rindex(begin) :])
    assert [each.is_whole for each in read_answers(last)] == [True]
    assert len(received) == count * len(last)
