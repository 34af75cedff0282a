"""What flows inside TLS that the gate ends: WebSockets both ways and their ends, event streams as
they are made, and uploads of any size in bounded memory (SEMANTICS.md section 11)."""
import base64
import contextlib
import hashlib
import os
import re
import select
import signal
import ssl
import textwrap
import time

import pytest

from faults import MIB, resident_bytes
from http_origin import FIN, answer
from http_reader import Reader
from http_wire import in_tunnel
from interception import (
    SpeaksTls,
    TlsHttpOrigin,
    TlsHttpWire,
    TlsOrigin,
    client_context,
    cut,
    policy_with,
    raw_tunnel,
)
from lab import wait_until
from origins import read_some, reset
from test_http_streams import EVENTS, assert_at_once, delays, speak
from test_http_websockets import SIZES, handshake
from websocket_origin import BINARY, CLOSE, PING, PONG, TEXT, WebsocketOrigin, accept_of, frame
from websocket_origin import read_frame

TLS_POLICY = """
    rules:
      - {name: sockets, hosts: ["*.example.org"], methods: [GET, PUT, POST], websocket: true}
"""
WITHOUT = TLS_POLICY.replace(", websocket: true", "")


class TlsWebsocketOrigin(SpeaksTls, WebsocketOrigin):
    """Within TLS. `plays` is done with each connection once its first message has come."""

    def __init__(self, lab, plays=None, **options):
        self.begin_tls(lab, None, None)
        self._plays = plays
        super().__init__(lab, port=443, **options)
        self.make_context()

    def _echo(self, connection, reader):
        if self._plays:
            read_frame(reader)
            self._plays(connection)
        else:
            super()._echo(connection, reader)


def opened(wire, origin, behind=b""):
    """A reader of what comes behind the 101."""
    key = base64.b64encode(os.urandom(16))
    wire.send(handshake(origin.name, key, "") + behind)

    def receive():
        wire.read_more()
        return wire.take_unread()

    reader = Reader(receive)
    head = reader.head()
    assert head.startswith(b"HTTP/1.1 101 "), head
    assert b"\r\nSec-WebSocket-Accept: " + accept_of(key) + b"\r\n" in head
    return reader


@pytest.mark.short
@pytest.mark.legitimate
def test_messages_of_all_sizes_come_back(lab, gate, ca):
    with TlsWebsocketOrigin(lab) as origin, TlsHttpWire(gate, origin, ca) as wire:
        reader = opened(wire, origin, frame(PING, b"first", is_masked=True))
        assert read_frame(reader) == (PONG, b"first", True)
        for size in SIZES:
            data = os.urandom(size)
            wire.send(frame(BINARY, data, is_masked=True))
            assert read_frame(reader) == (BINARY, data, True)
        wire.send(frame(CLOSE, b"\x03\xe8", is_masked=True))
        assert read_frame(reader) == (CLOSE, b"\x03\xe8", True)
        assert reader.rest() == b"" and wire.ended == "fin"
        assert b"\r\nVia:" not in origin.heads[0]
        request = gate.one_record(host=origin.name, event="request")
        assert (request["status"], request["rule"], request["tls"]) == (
            101,
            "sockets",
            "intercepted",
        )
        close = gate.one_record(event="close", id=request["id"])
    assert close["reason"] == "allowed"
    assert close["bytes_up"] > sum(SIZES) and close["bytes_down"] > sum(SIZES)


class Duplex:
    """A client that writes and reads at once, on one thread: two may not use one SSLSocket."""

    def __init__(self, gate, name, ca):
        self._tunnel = raw_tunnel(gate, name)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._engine = client_context(ca).wrap_bio(
            self._incoming, self._outgoing, server_hostname=name
        )
        self._run(self._engine.do_handshake)

    def _run(self, step):
        while True:
            try:
                result = step()
                self._tunnel.sendall(self._outgoing.read())
                return result
            except ssl.SSLWantReadError:
                self._tunnel.sendall(self._outgoing.read())
                self._incoming.write(self._tunnel.recv(1 << 16))

    def ask(self, data):
        """What one read of the answer gives."""
        self._engine.write(data)
        return self._run(lambda: self._engine.read(1 << 16))

    def exchange(self, data, size):
        """Writes all of it while so many bytes come."""
        self._tunnel.setblocking(False)
        heard, unsent, at = bytearray(), b"", 0
        while len(heard) < size:
            if not unsent and at < len(data):
                self._engine.write(data[at : at + (1 << 18)])
                unsent, at = self._outgoing.read(), at + (1 << 18)
            readable, writable, _ = select.select(
                [self._tunnel], [self._tunnel] if unsent else [], [], 10
            )
            assert readable or writable, f"stuck behind {len(heard)} bytes"
            if writable:
                unsent = unsent[self._tunnel.send(unsent) :]
            if readable:
                fresh = self._tunnel.recv(1 << 18)
                assert fresh, f"ended behind {len(heard)} bytes"
                self._incoming.write(fresh)
                with contextlib.suppress(ssl.SSLWantReadError):
                    while True:
                        heard += self._engine.read(1 << 18)
        return bytes(heard)


@pytest.mark.legitimate
def test_both_ways_at_once(lab, gate, ca):
    """16 MiB each way, so that every buffer on the way is full at times."""
    data, count = os.urandom(1 << 16), 256
    asked = frame(BINARY, data, is_masked=True) * count
    with TlsWebsocketOrigin(lab) as origin:
        duplex = Duplex(gate, origin.name, ca)
        head = duplex.ask(handshake(origin.name, b"A" * 22 + b"==", ""))
        assert head.startswith(b"HTTP/1.1 101 ") and head.endswith(b"\r\n\r\n"), head
        told = frame(BINARY, data) * count
        assert duplex.exchange(asked, len(told)) == told


def say_bye(connection):
    connection.sendall(frame(TEXT, b"bye"))


def say_bye_and_cut(connection):
    say_bye(connection)
    cut(connection)


def say_bye_and_reset(connection):
    say_bye(connection)
    time.sleep(0.05)  # a reset overtakes what was not delivered yet
    reset(connection)


# What the origin does once the first message has come, how the client's leg ends then, and why.
ORIGIN_ENDS = {
    "close_notify": (say_bye, ["fin"], "allowed"),
    "cut": (say_bye_and_cut, ["truncated", "reset"], "origin_reset"),
    "reset": (say_bye_and_reset, ["truncated", "reset"], "origin_reset"),
}


@pytest.mark.parametrize("how", ORIGIN_ENDS)
def test_the_origins_end_is_the_clients(lab, gate, ca, how):
    plays, ended, reason = ORIGIN_ENDS[how]
    with TlsWebsocketOrigin(lab, plays=plays) as origin, TlsHttpWire(gate, origin, ca) as wire:
        reader = opened(wire, origin, frame(TEXT, b"hello", is_masked=True))
        assert read_frame(reader) == (TEXT, b"bye", True), "what came before the end is delivered"
        assert reader.rest() == b""
        assert wire.ended in ended
        if how == "close_notify":
            wire.socket.unwrap()
        wire.socket.close()
        close = gate.wait_records(event="close", host=origin.name)[-1]
    assert close["reason"] == reason, close


@pytest.mark.parametrize("how", ["close_notify", "cut", "reset"])
def test_the_clients_end_is_the_origins(lab, gate, ca, how):
    with TlsWebsocketOrigin(lab) as origin, TlsHttpWire(gate, origin, ca) as wire:
        reader = opened(wire, origin, frame(TEXT, b"hello", is_masked=True))
        assert read_frame(reader) == (TEXT, b"hello", True)
        if how == "close_notify":
            wire.socket.unwrap()
        elif how == "reset":
            wire.reset()
        wire.socket.close()
        seen = origin.seen[-1]
        wait_until(lambda: seen.ended, 5, "the origin to hear of the end")
        assert gate.wait_records(event="close", host=origin.name)[-1]["reason"] in (
            "allowed",
            "client_gone",
        )


@pytest.mark.attack
def test_a_reload_that_forbids_it_cuts_it(lab, make_gate, ca):
    gate = make_gate(policy_with(lab, ca, TLS_POLICY))
    with TlsWebsocketOrigin(lab) as origin, TlsHttpWire(gate, origin, ca) as wire:
        reader = opened(wire, origin, frame(TEXT, b"hello", is_masked=True))
        assert read_frame(reader) == (TEXT, b"hello", True)
        gate.reload(policy_with(lab, ca, WITHOUT))
        assert reader.rest() == b"" and wire.ended in ("truncated", "reset")
        wait_until(lambda: origin.seen[-1].ended, 5, "the origin's leg to end too")
        assert gate.one_record(event="close", host=origin.name)["reason"] == "tunnel_revoked"
        with TlsHttpWire(gate, origin, ca) as again:
            refused = again.send(handshake(origin.name, b"A" * 22 + b"==", "")).read_http()
            assert (refused.status, refused.reason) == (403, "websocket_not_allowed")


@pytest.mark.legitimate
@pytest.mark.parametrize("framing", ["chunked", "until close", "length"])
def test_events_come_as_they_are_made(lab, gate, ca, framing):
    def serve(connection, seen):
        if read_some(connection, seen):
            speak(connection, framing)

    with TlsOrigin(lab, serve) as origin, TlsHttpWire(gate, origin, ca) as wire:
        wire.send(in_tunnel(wire.target))
        late, text = [], ""
        while len(late) < EVENTS and (data := wire.read_more()):
            now = time.monotonic()
            text += data.decode()
            *whole, rest = re.split(r"(?<=\n\n)", text)
            late += [each for part in whole for each in delays(part, now)]
            text = rest
        assert_at_once(late)


class Digesting(TlsHttpOrigin):
    """Keeps a digest of each body instead of the body."""

    def __init__(self, lab):
        self.digests, self.bytes_read = [], 0
        super().__init__(lab)

    def _serve_http(self, connection, seen):
        reader = Reader(lambda: connection.recv(1 << 18))
        head = reader.head()
        digest, left = hashlib.sha256(), int(re.search(rb"(?i)\ncontent-length: (\d+)", head)[1])
        data = reader.ahead
        while True:
            digest.update(data)
            self.bytes_read += len(data)
            left -= len(data)
            if left <= 0 or not (data := connection.recv(1 << 18)):
                break
        self.digests.append((left, digest.hexdigest(), head))
        connection.sendall(answer("stored"))


def aws_chunks(total):
    """As an SDK signs a stream: pieces of 64 KiB with a size and a signature, then a trailer."""
    piece, signature = os.urandom(1 << 16), b";chunk-signature=" + b"a" * 64
    for _ in range(total // len(piece)):
        yield b"%x%s\r\n%s\r\n" % (len(piece), signature, piece)
    yield b"0%s\r\nx-amz-checksum-crc32:AAAAAA==\r\n" % signature
    yield b"x-amz-trailer-signature:" + b"b" * 64 + b"\r\n\r\n"


@pytest.mark.shipped
@pytest.mark.legitimate
def test_an_aws_chunked_upload_of_64_mib_passes_byte_for_byte_in_bounded_memory(lab, gate, ca):
    pieces = list(aws_chunks(64 * MIB))
    wanted, length = hashlib.sha256(b"".join(pieces)).hexdigest(), sum(map(len, pieces))
    pid = gate.process.pid
    with Digesting(lab) as origin, TlsHttpWire(gate, origin, ca, timeout=60) as wire:
        fields = (
            "Content-Encoding: aws-chunked\r\nX-Amz-Trailer: x-amz-checksum-crc32\r\n"
            "X-Amz-Content-SHA256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER\r\n"
            f"X-Amz-Decoded-Content-Length: {64 * MIB}\r\nContent-Length: {length}\r\n"
        )
        wire.send(in_tunnel(wire.target, "/key", "PUT", fields))
        before = peak = resident_bytes(pid)
        for number, piece in enumerate(pieces):
            wire.send(piece)
            if number % 50 == 0:
                peak = max(peak, resident_bytes(pid))
        assert wire.read_http().body == b"stored"
        left, digest, head = origin.digests[0]
    assert (left, digest) == (0, wanted) and fields.encode() in head
    print(f"{(peak - before) / MIB:.1f} MiB more while 64 MiB went up")
    assert peak - before < 4 * MIB


@pytest.mark.legitimate
def test_trailers_that_the_signing_mode_names_pass_in_chunks(lab, gate, ca):
    """Transfer-Encoding: chunked around it, the trailer behind the last chunk."""
    body = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"
    fields = (
        "Transfer-Encoding: chunked\r\nX-Amz-Trailer: x-amz-checksum-crc32\r\n"
        "X-Amz-Content-SHA256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\r\n"
    )
    with TlsHttpOrigin(lab) as origin, TlsHttpWire(gate, origin, ca) as wire:
        told = wire.send(in_tunnel(wire.target, "/key", "PUT", fields) + body).read_http()
        assert told.body == b"PUT /key 5" and body in origin.received


@pytest.mark.shipped
@pytest.mark.legitimate
def test_a_download_of_64_mib_is_whole_and_costs_no_memory(lab, gate, ca):
    data = os.urandom(MIB)
    script = [answer(b"", fields=f"Content-Length: {64 * MIB}\r\n", framing="none")]
    pid = gate.process.pid
    with TlsHttpOrigin(lab, script=lambda _: [*script, *[data] * 64, FIN]) as origin:
        with TlsHttpWire(gate, origin, ca, timeout=60) as wire:
            wire.send(in_tunnel(wire.target))
            assert Reader(lambda: wire.socket.recv(1)).head().startswith(b"HTTP/1.1 200 OK")
            digest, left = hashlib.sha256(), 64 * MIB
            before = peak = resident_bytes(pid)
            while left:
                part = wire.socket.recv(min(left, 1 << 18))
                assert part
                left -= len(part)
                digest.update(part)
                peak = max(peak, resident_bytes(pid)) if left % 64 == 0 else peak
    assert digest.hexdigest() == hashlib.sha256(data * 64).hexdigest()
    assert peak - before < 4 * MIB


def test_a_drain_ends_a_quiet_websocket_and_then_itself(lab, make_gate, ca):
    gate = make_gate(policy_with(lab, ca, "timeouts: {drain: 9s}\n" + textwrap.dedent(TLS_POLICY)))
    with TlsWebsocketOrigin(lab) as origin, TlsHttpWire(gate, origin, ca) as wire:
        opened(wire, origin)
        time.sleep(2.2)  # what was quiet for 2 s ends first
        began = time.monotonic()
        gate.signal(signal.SIGTERM)
        assert gate.wait(8) == 0
        assert time.monotonic() - began < 5
        assert gate.one_record(host=origin.name, event="close")["reason"] == "draining"
