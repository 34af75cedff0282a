"""Issue 6 (SEMANTICS.md section 11): each read of a streamed answer or body is written on at once,
so that event streams and the output of models come as they are made."""
import re
import subprocess
import threading
import time

import pytest

from chromium import Chromium
from http_reader import HEAD_END, Reader
from origins import Origin, read_some
from wire import Wire

pytestmark = pytest.mark.legitimate

POLICY = """
    rules:
      - {name: plain, hosts: ["*.example.org"], schemes: [http]}
"""
EVENTS, PAUSE = 10, 0.07
LATE = 0.05  # seconds that an event may take
HEADS = {
    "chunked": "Transfer-Encoding: chunked\r\n",
    "until close": "",
    "length": "Content-Length: {length}\r\n",
}


def event(number):
    """One server-sent event with the time when it was sent; all are of one size."""
    return f"id: {number:03}\ndata: {time.monotonic():020.6f}\n\n".encode()


def delays(text, now):
    """Of the events that came just now."""
    return [now - float(sent) for sent in re.findall(r"data: ([\d.]+)\n", text)]


def assert_at_once(late):
    """A busy machine may hold up one or another; a gate that waits for more would hold up all."""
    assert len(late) == EVENTS
    told = sorted(late)
    print(f"median {told[EVENTS // 2] * 1e3:.1f} ms, longest {told[-1] * 1e3:.1f} ms")
    assert told[EVENTS * 8 // 10] < LATE, told
    assert told[-1] < PAUSE * EVENTS / 2, told


def speak(connection, framing):
    """The stream, an event at a time."""
    line = HEADS[framing].format(length=EVENTS * len(event(0)))
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n{line}\r\n"
    connection.sendall(head.encode())
    for number in range(EVENTS):
        time.sleep(PAUSE)
        told = event(number)
        if framing == "chunked":
            told = b"%x\r\n%s\r\n" % (len(told), told)
        connection.sendall(told)
    if framing == "chunked":
        connection.sendall(b"0\r\n\r\n")


def serve(connection, seen):
    reader = Reader(lambda: read_some(connection, seen))
    while head := reader.head():
        framing = head.split(b" ")[1].decode().strip("/").replace("-", " ")
        if framing in HEADS:
            speak(connection, framing)
        else:
            page = b"<h1>page</h1>"
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n" + page)
        if framing == "until close":
            return


@pytest.fixture(scope="module")
def origin(lab):
    with Origin(lab, 80, serve) as origin:
        yield origin


def target(framing):
    return "/" + framing.replace(" ", "-")


@pytest.mark.parametrize("is_tunnel", [False, True], ids=["absolute", "tunnel"])
@pytest.mark.parametrize("framing", HEADS)
def test_events_come_as_they_are_sent(gate, origin, framing, is_tunnel):
    late = []
    with Wire(gate) as wire:
        prefix = "" if is_tunnel else f"http://{origin.name}"
        if is_tunnel:
            wire.tunnel(origin.name, 80)
        wire.send(
            f"GET {prefix}{target(framing)} HTTP/1.1\r\nHost: {origin.name}\r\n"
            "Accept: text/event-stream\r\n\r\n".encode()
        )
        while len(late) < EVENTS and (data := wire.read_at_once()):
            late += delays(data.decode(), time.monotonic())
    assert_at_once(late)


def test_curl_prints_events_as_they_are_sent(gate, origin):
    curl = subprocess.Popen(
        [
            "/usr/bin/curl",
            "-sSN",
            "-x",
            f"http://127.0.0.1:{gate.port}",
            f"http://{origin.name}/chunked",
        ],
        env=gate.lab.client_environment(),
        stdout=subprocess.PIPE,
        bufsize=0,
    )
    late = []
    while data := curl.stdout.read(1 << 16):
        late += delays(data.decode(), time.monotonic())
    assert curl.wait(10) == 0
    assert_at_once(late)


def test_a_browsers_event_source_gets_each_event(lab, gate, origin):
    script = f"""
      new Promise(done => {{
        const got = [], source = new EventSource('/chunked');
        source.onmessage = event => {{
          got.push([event.lastEventId, performance.now()]);
          if (got.length == {EVENTS}) {{ source.close(); done(got); }}
        }};
      }})"""
    with Chromium(lab, f"http://127.0.0.1:{gate.port}") as browser:
        browser.open(f"http://{origin.name}/")
        got = browser.evaluate(script)
    assert [number for number, _ in got] == [f"{number:03}" for number in range(EVENTS)]
    assert got[-1][1] - got[0][1] > PAUSE * 1000 * (EVENTS - 1) * 0.7, "they came one by one"


@pytest.mark.parametrize("is_chunked", [True, False], ids=["chunked", "length"])
def test_pieces_of_a_request_body_arrive_as_they_are_sent(gate, lab, is_chunked):
    late, done = [], threading.Event()

    def take(connection, seen):
        text = b""
        while HEAD_END not in text:
            text += read_some(connection, seen)
        late.extend(delays(text.partition(HEAD_END)[2].decode(), time.monotonic()))
        while len(late) < EVENTS and (data := read_some(connection, seen)):
            late.extend(delays(data.decode(), time.monotonic()))
        done.set()
        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    length = EVENTS * len(event(0))
    framing = "Transfer-Encoding: chunked" if is_chunked else f"Content-Length: {length}"
    with Origin(lab, 80, take) as origin, Wire(gate) as wire:
        head = f"POST http://{origin.name}/ HTTP/1.1\r\nHost: {origin.name}\r\n{framing}"
        wire.send(f"{head}\r\n\r\n".encode())
        for number in range(EVENTS):
            time.sleep(PAUSE)
            told = event(number)
            wire.send(b"%x\r\n%s\r\n" % (len(told), told) if is_chunked else told)
        assert done.wait(10)
        if is_chunked:
            wire.send(b"0\r\n\r\n")
        assert wire.read(12) == b"HTTP/1.1 204"
    assert_at_once(late)
