"""Issue 6: what everyday clients and origins say in plain HTTP passes, line by line as it came.

The shapes stand in tests/data/http/legitimate.txt. After each, the same connection carries a second
request: what was framed in another way than the gate took it would be found there.
"""
import re
import threading

import pytest

import http_shapes
from http_reader import HEAD_END, Reader
from origins import Origin, read_some
from wire import Wire

pytestmark = pytest.mark.legitimate

POLICY = """
    rules:
      - {name: plain, hosts: ["*.example.org"], schemes: [http], ports: ["1-65535"]}
"""
SECTIONS = http_shapes.sections()
SENTINEL_BODY = b"the sentinel"


class Stage:
    """What the origin plays now, and what it got: (head, raw body) of each request."""

    def __init__(self):
        self.shape, self.size, self.got = None, 1 << 20, []
        self.is_idle = threading.Event()

    def play(self, shape, size):
        self.shape, self.size, self.got = shape, size, []


def answer(connection, shape, size):
    for each in shape.answers:
        if each.first_line.startswith("HTTP/1.1 100") and "waits" in shape.flags:
            continue  # sent before the body was read
        send_in_pieces(connection, each.head_as_sent() + each.body, size)


def send_in_pieces(connection, data, size):
    for at in range(0, len(data), size):
        connection.sendall(data[at : at + size])


@pytest.fixture(scope="module")
def gate(share_gate):
    return share_gate(POLICY)


@pytest.fixture(scope="module")
def stage():
    return Stage()


@pytest.fixture(scope="module")
def origin(lab, stage):
    def serve(connection, seen):
        reader = Reader(lambda: read_some(connection, seen))
        while head := reader.head():
            if b" /the-sentinel " in head:
                stage.got.append((head, b""))
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n" + SENTINEL_BODY)
                continue
            shape = stage.shape
            if "early" in shape.flags:
                stage.got.append((head, b""))
                answer(connection, shape, stage.size)
                continue
            if "waits" in shape.flags:
                connection.sendall(shape.answers[0].head_as_sent())
            stage.got.append((head, reader.body(head)))
            answer(connection, shape, stage.size)
            if "closes" in shape.flags:
                return

    with Origin(lab, 80, serve) as origin:
        yield origin


def assert_head(head, first_line, message, has_via=True):
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


def assert_answers(reader, shape):
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
        assert_head(head, first_line + " " * (len(first_line) == 12), told)
        has_none = asks_head or status in ("204", "304")
        body = reader.body(head, has_none)
        if told.is_chunked() and not has_none:
            is_chunked = any(line.lower() == "transfer-encoding: chunked" for line in told.kept())
            assert (
                http_shapes.unchunked(body) if is_chunked else body
            ) == http_shapes.lenient_unchunked(told.body)
        else:
            assert body == told.body


def assert_arrived(got, shape):
    head, body = got
    assert_head(head, http_shapes.target_as_it_leaves(shape.request.first_line), shape.request)
    if "early" in shape.flags:
        return
    if shape.request.is_chunked():
        sent = http_shapes.unchunked(shape.request.body)
        assert http_shapes.unchunked(body) == sent
    else:
        assert body == shape.request.body


def perform(gate, origin, stage, shape, size):
    stage.play(shape, size)
    with Wire(gate) as wire:
        if "tunnel" in shape.flags:
            wire.tunnel(origin.name, 80)
        reader = Reader(wire.read_at_once)
        wire.send_in_pieces(shape.request.head_as_sent(), size)
        if "waits" in shape.flags:
            assert reader.head() == b"HTTP/1.1 100 Continue\r\n\r\n"
        is_early = "early" in shape.flags
        if not is_early:
            wire.send_in_pieces(shape.request.body, size)
        answers = shape.answers
        if "waits" in shape.flags:
            answers = answers[1:]
        assert_answers(reader, http_shapes.Shape(**{**vars(shape), "answers": answers}))
        if shape.is_last():
            if is_early:
                wire.send(shape.request.body)
            assert reader.rest() == b""
        else:
            target = "" if "tunnel" in shape.flags else f"http://{origin.name}"
            wire.send(f"GET {target}/the-sentinel HTTP/1.1\r\nHost: {origin.name}\r\n\r\n".encode())
            head = reader.head()
            assert head.startswith(b"HTTP/1.1 200 OK\r\n"), head
            assert reader.exactly(12) == SENTINEL_BODY
            assert len(stage.got) == 2
    assert_arrived(stage.got[0], shape)


@pytest.mark.parametrize(
    "section",
    [
        pytest.param(
            section, id=http_shapes.name_of(section), marks=() if at % 10 else pytest.mark.short
        )
        for at, section in enumerate(SECTIONS)
    ],
)
def test_a_shape_passes(gate, origin, stage, section):
    perform(gate, origin, stage, http_shapes.read_shape(section, origin.name), 1 << 20)


@pytest.mark.parametrize(
    "section", SECTIONS, ids=[http_shapes.name_of(section) for section in SECTIONS]
)
def test_a_shape_in_small_pieces_passes(gate, origin, stage, section):
    shape = http_shapes.read_shape(section, origin.name)
    length = len(shape.request.head_as_sent())
    size = 1 if length < 200 else 13 if length < 2000 else 997
    perform(gate, origin, stage, shape, size)


def test_each_shape_is_written_as_it_would_be_sent():
    """Lengths agree with bodies, every title has its mark, and there are at least 80."""
    for section in SECTIONS:
        shape = http_shapes.read_shape(section, "o100.example.org")
        assert shape.how in ("run", "told"), section
        assert shape.flags <= {"tunnel", "waits", "early", "closes"}, section
        status = shape.answers[-1].first_line[9:12]
        for message in [shape.request, shape.answers[-1]]:
            length = message.value("content-length")
            is_bodiless = message is not shape.request and (
                shape.request.first_line.startswith("HEAD ") or status in ("204", "304")
            )
            if length and not is_bodiless:
                assert int(length) == len(message.body), (shape.name, len(message.body))
    assert len(SECTIONS) >= 80
    assert len({http_shapes.name_of(section) for section in SECTIONS}) == len(SECTIONS)
