"""Issue 6: a WebSocket goes through where a rule has `websocket: true`, by every way that clients
ask for one, and is a tunnel then; where no rule has it, it is refused in words."""
import base64
import os
import subprocess
import time

import pytest

from chromium import Chromium
from http_reader import Reader
from lab import wait_until
from websocket_origin import BINARY, CLOSE, PING, PONG, TEXT, WebsocketOrigin, accept_of, frame
from websocket_origin import read_frame
from wire import Wire

POLICY = """
    rules:
      - {name: sockets, hosts: ["*.example.org"], schemes: [http], websocket: true}
      - {name: plain, hosts: ["*.example.com"], schemes: [http]}
"""
SIZES = [0, 1, 125, 126, 65535, 65536, 300_000]

_UNDICI = """
const {WebSocket, ProxyAgent} = require('undici');
const dispatcher = new ProxyAgent(process.env.http_proxy);
const socket = new WebSocket(process.argv[1], {dispatcher});
socket.binaryType = 'arraybuffer';
const sizes = [SIZES], got = [];
socket.onopen = () => {
  socket.send('text');
  for (const size of sizes) socket.send(Buffer.alloc(size, 7));
};
socket.onmessage = event => {
  got.push(typeof event.data == 'string' ? event.data : event.data.byteLength);
  if (got.length == sizes.length + 1) { console.log(JSON.stringify(got)); socket.close(1000); }
};
socket.onclose = event => {
  console.log('closed', event.code);
  process.exit(event.code == 1000 ? 0 : 1);
};
socket.onerror = event => console.log('error', event.message, event.error);
"""


@pytest.fixture(scope="module")
def origin(lab):
    with WebsocketOrigin(lab) as origin:
        lab.names.set("sockets.example.com", origin.address)
        yield origin


def handshake(host, key, prefix, more=""):
    return (
        f"GET {prefix}/chat?x=1 HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
        f"Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {key.decode()}\r\nSec-WebSocket-Extensions: permessage-deflate\r\n"
        f"{more}\r\n"
    ).encode()


def opened(wire, origin, is_tunnel, behind=b"", pause=0):
    """A reader of what comes behind the 101; `behind` is sent so long after the request."""
    key = base64.b64encode(os.urandom(16))
    if is_tunnel:
        wire.tunnel(origin.name, 80)
    prefix = "" if is_tunnel else f"http://{origin.name}"
    if pause:
        wire.send(handshake(origin.name, key, prefix))
        time.sleep(pause)
        wire.send(behind)
    else:
        wire.send(handshake(origin.name, key, prefix) + behind)
    reader = Reader(wire.read_at_once)
    head = reader.head()
    lines = head.lower().split(b"\r\n")
    assert lines[0].startswith(b"http/1.1 101 "), head
    assert b"upgrade: websocket" in lines and b"connection: upgrade" in lines
    assert b"\r\nSec-WebSocket-Accept: " + accept_of(key) + b"\r\n" in head
    return reader


by_way = pytest.mark.parametrize("is_tunnel", [False, True], ids=["absolute", "tunnel"])


@pytest.mark.short
@pytest.mark.legitimate
@by_way
def test_messages_of_all_sizes_come_back(gate, origin, is_tunnel):
    with Wire(gate) as wire:
        reader = opened(wire, origin, is_tunnel)
        for size in SIZES:
            data = os.urandom(size)
            wire.send(frame(BINARY, data, is_masked=True))
            assert read_frame(reader) == (BINARY, data, True)
        wire.send(frame(PING, b"ping", is_masked=True))
        assert read_frame(reader) == (PONG, b"ping", True)
        wire.send(frame(CLOSE, b"\x03\xe8", is_masked=True))
        assert read_frame(reader) == (CLOSE, b"\x03\xe8", True)
        assert reader.rest() == b""
    head = origin.heads[-1]
    assert head.startswith(b"GET /chat?x=1 HTTP/1.1\r\n")
    lines = head.split(b"\r\n")
    for line in (
        b"Connection: Upgrade",
        b"Upgrade: websocket",
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Extensions: permessage-deflate",
    ):
        assert lines.count(line) == 1, (line, head)
    record = gate.wait_records(event="request", host=origin.name)[-1]
    assert (record["status"], record["decision"], record["rule"]) == (101, "allow", "sockets")
    total = sum(SIZES)
    records = wait_until(
        lambda: [
            each
            for each in gate.records(host=origin.name)
            if each.get("bytes_up", 0) > total and each.get("bytes_down", 0) > total
        ],
        what="a record with the bytes of the socket",
    )
    assert records[-1]["bytes_up"] < total + 400


@pytest.mark.legitimate
@by_way
@pytest.mark.parametrize("size", [5, 60_000, 200_000])
@pytest.mark.parametrize("pause", [0, 0.1])
def test_a_frame_before_the_101_is_not_lost(gate, lab, is_tunnel, size, pause):
    """Who should have waited (RFC 6455 section 4.1) is not left waiting for ever."""

    def late(key):
        time.sleep(0.4)
        return (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept_of(key) + b"\r\n\r\n"
        )

    data = os.urandom(size)
    with WebsocketOrigin(lab, answer=late) as origin, Wire(gate) as wire:
        reader = opened(wire, origin, is_tunnel, frame(BINARY, data, is_masked=True), pause)
        assert read_frame(reader) == (BINARY, data, True)


@pytest.mark.legitimate
@by_way
def test_a_frame_right_behind_the_101_is_not_lost(gate, lab, is_tunnel):
    """An origin speaks first, in the packet of its 101."""

    def hello(key):
        return (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept_of(key) + b"\r\n\r\n" + frame(TEXT, b"welcome")
        )

    with WebsocketOrigin(lab, answer=hello) as eager, Wire(gate) as wire:
        reader = opened(wire, eager, is_tunnel)
        assert read_frame(reader) == (TEXT, b"welcome", True)
        wire.send(frame(TEXT, b"thanks", is_masked=True))
        assert read_frame(reader) == (TEXT, b"thanks", True)


@pytest.mark.legitimate
def test_undici_speaks_through_a_tunnel(gate, lab, origin):
    assert lab.node_modules, "the npm packages could not be fetched"
    script = _UNDICI.replace("SIZES", ", ".join(map(str, SIZES)))
    ran = subprocess.run(
        ["/usr/bin/node", "-e", script, f"ws://{origin.name}/"],
        env=lab.client_environment(
            http_proxy=f"http://127.0.0.1:{gate.port}",
            NODE_PATH=f"{lab.node_modules}/node_modules",
        ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stdout
    assert ran.stdout.replace(" ", "") == (
        '["text",' + ",".join(map(str, SIZES)) + "]\nclosed1000\n"
    )


@pytest.mark.legitimate
def test_a_browser_speaks_where_it_may_and_is_refused_where_not(gate, lab, origin):
    script = """
      new Promise(done => {
        const socket = new WebSocket('ws://HOST/');
        socket.onopen = () => socket.send('from a page');
        socket.onmessage = event => { done(event.data); socket.close(); };
        socket.onerror = () => done('refused');
      })"""
    with Chromium(lab, f"http://127.0.0.1:{gate.port}") as browser:
        browser.open(f"http://{origin.name}/")
        assert browser.evaluate(script.replace("HOST", origin.name)) == "from a page"
        assert browser.evaluate(script.replace("HOST", "sockets.example.com")) == "refused"
    record = gate.wait_records(host="sockets.example.com", reason="websocket_not_allowed")[-1]
    assert record["decision"] == "block"


@pytest.mark.attack
@by_way
def test_a_socket_that_no_rule_has_is_refused_in_words(gate, origin, is_tunnel):
    before = len(origin.heads)
    host = "sockets.example.com"
    with Wire(gate) as wire:
        if is_tunnel:
            wire.tunnel(host, 80)
        prefix = "" if is_tunnel else f"http://{host}"
        wire.send(handshake(host, base64.b64encode(os.urandom(16)), prefix))
        head = Reader(wire.read_at_once).head()
    assert head.startswith(b"HTTP/1.1 403 Blocked by sallyport: websocket_not_allowed\r\n"), head
    assert len(origin.heads) == before
    record = gate.wait_records(host=host, reason="websocket_not_allowed")[-1]
    assert (record["decision"], record["status"]) == ("block", 403)


@pytest.mark.attack
@by_way
@pytest.mark.parametrize(
    "change",
    [(", websocket: true", ""), ("*.example.org", "other.example.org")],
    ids=["its key is gone", "its host is gone"],
)
def test_an_open_socket_is_judged_again_on_reload(make_gate, origin, is_tunnel, change):
    gate = make_gate(POLICY)
    with Wire(gate) as wire:
        reader = opened(wire, origin, is_tunnel)
        unconcerned = POLICY + "      - {name: other, hosts: [other.example.net]}\n"
        assert not gate.reload(unconcerned).get("errors")
        wire.send(frame(TEXT, b"still here", is_masked=True))
        assert read_frame(reader) == (TEXT, b"still here", True)
        gate.reload(POLICY.replace(*change))
        assert reader.rest() == b""
    gate.one_record(event="close", reason="tunnel_revoked")


@pytest.mark.attack
def test_bytes_behind_an_upgrade_that_was_not_taken_are_the_next_request(gate, lab):
    """The origin answers 200: what stands behind the handshake is HTTP still, judged on its own."""

    def no(_):
        return b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno"

    with WebsocketOrigin(lab, answer=no) as origin, Wire(gate) as wire:
        key = base64.b64encode(os.urandom(16))
        smuggled = b"GET http://evil.example.net/ HTTP/1.1\r\nHost: evil.example.net\r\n\r\n"
        wire.send(handshake(origin.name, key, f"http://{origin.name}") + smuggled)
        reader = Reader(wire.read_at_once)
        head = reader.head()
        assert head.startswith(b"HTTP/1.1 200 OK\r\n") and reader.exactly(2) == b"no"
        told = reader.head()
        assert not told or told.startswith(b"HTTP/1.1 403 Blocked by sallyport: host_not_allowed")
        if told:
            gate.wait_records(host="evil.example.net", reason="host_not_allowed")
        assert b"evil.example.net" not in origin.received
