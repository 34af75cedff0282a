"""Issue 6: plain HTTP over bad networks on both sides of the gate: each row's client has its
request answered to the byte, down and up, over packets that are late, lost, doubled or small."""
import hashlib

import pytest

from bad_link import FAR, NEAR, BadLink, Weather
from http_reader import Reader
from http_shapes import unchunked
from origins import Origin, read_some
from test_legitimate_links import WEATHERS
from wire import Wire

pytestmark = pytest.mark.legitimate

POLICY = """
    rules:
      - {name: origins, hosts: ["*.example.org"], schemes: [http]}
"""
SLOW = {"300 ms each way", "256 kbit/s"}
HOST = "far.example.org"
DATA = hashlib.shake_256(b"bad weather").digest(6_000)
CHUNKED = b"".join(b"3e8\r\n%s\r\n" % DATA[at : at + 1000] for at in range(0, 6_000, 1000))


@pytest.fixture(scope="module")
def link():
    with BadLink() as link:
        yield link


@pytest.fixture(scope="module")
def gate(link, share_gate):
    """Listens at the link's near end, and is reached at its far end."""
    gate = share_gate(POLICY, host=NEAR)
    gate.host = FAR
    return gate


def serve(connection, seen):
    """Answers by the body, in the framing of the request; a GET by DATA in chunks."""
    reader = Reader(lambda: read_some(connection, seen))
    while head := reader.head():
        body = reader.body(head) or CHUNKED + b"0\r\n\r\n"
        is_chunked = body.endswith(b"\r\n0\r\n\r\n")
        framing = b"Transfer-Encoding: chunked" if is_chunked else b"Content-Length: 6000"
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n\r\n" + body)


@pytest.mark.parametrize(
    "weather",
    [
        pytest.param(weather, id=name, marks=pytest.mark.soak if name in SLOW else ())
        for name, weather in WEATHERS
    ],
)
def test_a_bad_link_carries_requests_and_answers_whole(gate, lab, link, weather):
    link.change(weather)
    bodies = [
        ("GET", "", b""),
        ("PUT", "Content-Length: 6000\r\n", DATA),
        ("PUT", "Transfer-Encoding: chunked\r\n", CHUNKED + b"0\r\n\r\n"),
    ]
    with Origin(lab, 80, serve, address=NEAR), Wire(gate, timeout=25) as wire:
        lab.names.set(HOST, FAR, ttl=0)
        reader = Reader(wire.read_at_once)
        for method, framing, body in bodies:
            wire.send(f"{method} http://{HOST}/ HTTP/1.1\r\nHost: {HOST}\r\n{framing}\r\n".encode())
            wire.send(body)
            head = reader.head()
            assert head.startswith(b"HTTP/1.1 200 OK\r\n"), head
            got = reader.body(head)
            assert (got if "Content-Length" in framing else unchunked(got)) == DATA
    link.change(Weather())  # the ends of connections are no part of it
    assert not gate.records(decision="block")
