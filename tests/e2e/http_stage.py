"""Plays the shapes of http_shapes.py: an origin that says its part, a client that says the
other, and what each must have got of the other, line by line."""
import re
import threading

import http_shapes
from http_reader import HEAD_END, Reader
from origins import read_some
from wire import Wire

SENTINEL_BODY = b"the sentinel"


class Stage:
    """What the origin plays now, and what it got: (head, raw body) of each request."""

    def __init__(self):
        self.shape, self.size, self.got = None, 1 << 20, []
        self.is_idle = threading.Event()

    def play(self, shape, size):
        self.shape, self.size, self.got = shape, size, []

    def serve(self, connection, seen):
        """What an origin does on each connection."""
        reader = Reader(lambda: read_some(connection, seen))
        while head := reader.head():
            if b" /the-sentinel " in head:
                self.got.append((head, b""))
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n" + SENTINEL_BODY)
                continue
            shape = self.shape
            if "early" in shape.flags:
                self.got.append((head, b""))
                answer(connection, shape, self.size)
                continue
            if "waits" in shape.flags:
                connection.sendall(shape.answers[0].head_as_sent())
            self.got.append((head, reader.body(head)))
            answer(connection, shape, self.size)
            if "closes" in shape.flags:
                return


def answer(connection, shape, size):
    for each in shape.answers:
        if each.first_line.startswith("HTTP/1.1 100") and "waits" in shape.flags:
            continue  # sent before the body was read
        send_in_pieces(connection, each.head_as_sent() + each.body, size)


def send_in_pieces(connection, data, size):
    for at in range(0, len(data), size):
        connection.sendall(data[at : at + size])


def assert_head(head, first_line, message, has_via):
    """The kept lines in their order; what stands besides them is what must."""
    first, *lines = head.removesuffix(HEAD_END).decode("latin-1").split("\r\n")
    assert first == first_line
    besides = list(lines)
    at = 0
    for line in message.kept():
        assert line in lines[at:], f"{line!r} is not in its place in {lines}"
        at = lines.index(line, at) + 1
        besides.remove(line)
    via = [line for line in besides if re.fullmatch(r"Via: 1\.[01] sallyport-[0-9a-f]{16}", line)]
    assert len(via) == has_via, besides
    assert sorted(set(besides) - set(via)) == sorted(message.added())
    assert len(besides) == len(via) + len(message.added()), besides


def assert_answers(reader, shape, has_via):
    """Each interim answer and the answer; its body to the byte."""
    asks_head = shape.request.first_line.startswith("HEAD ")
    for told in shape.answers:
        if told.is_dropped:
            continue
        head = reader.head()
        status = told.first_line[9:12]
        if status[0] == "1":
            plain = "HTTP/1.1 100 Continue" if status == "100" else told.first_line
            assert_head(head, plain, told, has_via=False)
            continue
        first_line = re.sub(r"^HTTP/1\.0", "HTTP/1.1", told.first_line)
        assert_head(head, first_line + " " * (len(first_line) == 12), told, has_via)
        has_none = asks_head or status in ("204", "304")
        body = reader.body(head, has_none)
        if told.is_chunked() and not has_none:
            is_chunked = any(line.lower() == "transfer-encoding: chunked" for line in told.kept())
            assert (
                http_shapes.unchunked(body) if is_chunked else body
            ) == http_shapes.lenient_unchunked(told.body)
        else:
            assert body == told.body


def assert_arrived(got, shape, has_via):
    head, body = got
    assert_head(
        head, http_shapes.target_as_it_leaves(shape.request.first_line), shape.request, has_via
    )
    if "early" in shape.flags:
        return
    if shape.request.is_chunked():
        sent = http_shapes.unchunked(shape.request.body)
        assert http_shapes.unchunked(body) == sent
    else:
        assert body == shape.request.body


class PlainHttp:
    """Where the client is: at the gate, or in a tunnel to port 80."""

    has_via = True

    def __init__(self, gate, origin):
        self.gate, self.origin = gate, origin

    def open(self, shape):
        wire = Wire(self.gate)
        return wire.tunnel(self.origin.name, 80) if "tunnel" in shape.flags else wire

    def head_of(self, shape):
        return shape.request.head_as_sent()

    def sentinel(self, shape):
        target = "" if "tunnel" in shape.flags else f"http://{self.origin.name}"
        return f"GET {target}/the-sentinel HTTP/1.1\r\nHost: {self.origin.name}\r\n\r\n".encode()


def perform(place, stage, shape, size):
    """Plays the shape where the place is, and then a second request on the same connection."""
    stage.play(shape, size)
    with place.open(shape) as wire:
        reader = Reader(wire.read_at_once)
        wire.send_in_pieces(place.head_of(shape), size)
        if "waits" in shape.flags:
            assert reader.head() == b"HTTP/1.1 100 Continue\r\n\r\n"
        is_early = "early" in shape.flags
        if not is_early:
            wire.send_in_pieces(shape.request.body, size)
        answers = shape.answers
        if "waits" in shape.flags:
            answers = answers[1:]
        told = http_shapes.Shape(**{**vars(shape), "answers": answers})
        assert_answers(reader, told, place.has_via)
        if shape.is_last():
            if is_early:
                wire.send(shape.request.body)
            assert reader.rest() == b""
        else:
            wire.send(place.sentinel(shape))
            head = reader.head()
            assert head.startswith(b"HTTP/1.1 200 OK\r\n"), head
            assert reader.exactly(12) == SENTINEL_BODY
            assert len(stage.got) == 2
    assert_arrived(stage.got[0], shape, place.has_via)


def size_of_small_pieces(shape):
    length = len(shape.request.head_as_sent())
    return 1 if length < 200 else 13 if length < 2000 else 997
