"""A client that says HTTP as a test writes it and reads answers strictly, each by its own framing:
what has two readings fails the test, and what stands behind an answer is never taken for its part.
"""
import asyncio
import re
from dataclasses import dataclass, field
from typing import NamedTuple

from wire import Wire

HEAD_BYTES_MAX = 1 << 20
_STATUS_LINE = re.compile(rb"HTTP/1\.1 (\d{3}) ([\t\x20-\x7e\x80-\xff]*)\r\n")
_FIELD_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*([^\r\n\0]*?)[\t ]*\r\n")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})\r\n")


@dataclass
class HttpAnswer:
    """One final answer, with the statuses of the interim ones before it."""

    status: int = 0
    phrase: str = ""
    fields: list = field(default_factory=list)  # (name, value) as they came
    body: bytes = b""  # without its chunks
    framing: str = "none"  # `none`, `length`, `chunked`, `close`
    is_whole: bool = False
    interim: list = field(default_factory=list)
    head: bytes = b""

    def get(self, name):
        """The value of a field that stands there once at most; None without it."""
        values = self.all(name)
        assert len(values) < 2, (name, values)
        return values[0] if values else None

    def all(self, name):
        return [value for held, value in self.fields if held.lower() == name.lower()]

    @property
    def reason(self):
        """The gate's own reason; empty where the answer is an origin's."""
        match = re.search(r'^sallyport; .*details="(\w+)"', self.get("Proxy-Status") or "")
        return match[1] if match else ""

    @property
    def is_closing(self):
        return (self.get("Connection") or "").lower() == "close"


class Bytes:
    """All that came from a connection that has ended."""

    def __init__(self, data):
        self._data = data

    def read(self, length):
        data, self._data = self._data[:length], self._data[length:]
        return data

    def read_line(self):
        """With its LF; shorter if the bytes end."""
        return self.read((self._data.find(b"\n") + 1) or len(self._data))

    def read_all(self):
        return self.read(len(self._data))

    def __bool__(self):
        return bool(self._data)


def read_answer(source, method="GET"):
    """The next answer, its interim ones included; not whole if the connection ends before it, and
    of status 0 if not even its head came."""
    answer = HttpAnswer()
    while True:
        if not _read_head(source, answer):
            return answer
        if answer.status >= 200 or answer.status == 101:
            break
        assert not answer.all("Content-Length") and not answer.all("Transfer-Encoding")
        answer.interim.append(answer.status)
    coding, length = answer.get("Transfer-Encoding"), answer.get("Content-Length")
    assert coding in (None, "chunked", "Chunked") and (coding is None or length is None), answer
    if method == "HEAD" or answer.status in (101, 204, 304):
        answer.is_whole = True
    elif coding:
        answer.framing = "chunked"
        _read_chunks(source, answer)
    elif length is not None:
        assert re.fullmatch(r"0|[1-9]\d{0,18}", length), answer
        answer.framing = "length"
        answer.body = source.read(int(length))
        answer.is_whole = len(answer.body) == int(length)
    else:
        answer.framing = "close"
        answer.body = source.read_all()
        answer.is_whole = True  # as far as it can be told
    return answer


def _read_head(source, answer):
    line = source.read_line()
    if not line.endswith(b"\n"):
        answer.head, answer.status = line, 0
        return False
    match = _STATUS_LINE.fullmatch(line)
    assert match, f"no status line: {line!r}"
    answer.head, answer.fields = line, []
    while (line := source.read_line()) != b"\r\n":
        answer.head += line
        if not line.endswith(b"\n"):
            return False
        name_and_value = _FIELD_LINE.fullmatch(line)
        assert name_and_value, f"no field line: {line!r}"
        answer.fields.append(tuple(part.decode("latin-1") for part in name_and_value.groups()))
        assert len(answer.head) < HEAD_BYTES_MAX
    answer.status, answer.phrase = int(match[1]), match[2].decode("latin-1")
    return True


def _read_chunks(source, answer):
    while True:
        line = source.read_line()
        if not line.endswith(b"\n"):
            return
        match = _CHUNK_SIZE.fullmatch(line)
        assert match, f"no plain chunk size: {line!r}"
        size = int(match[1], 16)
        data = source.read(size)
        answer.body += data
        end = source.read(2)
        if len(data) < size or len(end) < 2:
            return
        assert end == b"\r\n", f"behind a chunk {end!r}; trailers never pass"
        if size == 0:
            answer.is_whole = True
            return


def read_answers(data, methods=()):
    """All answers in these bytes, in order; nothing may be left over that is none."""
    source, answers, methods = Bytes(data), [], list(methods)
    while source:
        answers.append(read_answer(source, methods.pop(0) if methods else "GET"))
    return answers


class HttpWire(Wire):
    """One connection to the gate on which exchanges follow each other. `ended` is `fin` or `reset`
    once the gate has ended it."""

    ended = ""

    def __init__(self, gate, origin=None, source=None, timeout=10):
        super().__init__(gate, source, timeout)
        self._origin = origin

    def read_more(self):
        try:
            data = self.socket.recv(1 << 16)
        except ConnectionResetError:
            data, self.ended = b"", "reset"
        if not data:
            self.ended = self.ended or "fin"
        self._unread += data
        return data

    def read(self, length):
        parts, missing = [self._unread[:length]], length - len(self._unread[:length])
        self._unread = self._unread[length:]
        while missing and self.read_more():
            parts.append(self._unread[:missing])
            self._unread = self._unread[missing:]
            missing -= len(parts[-1])
        return b"".join(parts)

    def read_line(self):
        while b"\n" not in self._unread and self.read_more():
            pass
        return self.read((self._unread.find(b"\n") + 1) or len(self._unread))

    def read_all(self):
        while self.read_more():
            pass
        return self.read(len(self._unread))

    def read_http(self, method="GET"):
        """The next answer."""
        return read_answer(self, method)

    def ask(self, path="/", method="GET", fields="", body=b""):
        """One exchange with the origin in absolute-form."""
        return self.send(absolute(self._origin, path, method, fields, body)).read_http(method)

    def assert_ended(self, seconds=5):
        """Nothing more comes, and the gate ends the connection; returns how."""
        self.socket.settimeout(seconds)
        left = self.read_all()
        assert left == b"", left
        return self.ended


class At(NamedTuple):
    """Whom a request is for, where no origin of the test stands."""

    name: str
    port: int = 80


def authority_of(origin):
    """As it stands in a URL and in Host."""
    return origin.name if origin.port == 80 else f"{origin.name}:{origin.port}"


def absolute(origin, path="/", method="GET", fields="", body=b"", version="1.1"):
    """A request as a proxy is sent it; `fields` are whole lines. A body gets its Content-Length
    if the fields frame none."""
    return _request(f"http://{authority_of(origin)}{path}", origin, method, fields, body, version)


def in_tunnel(origin, path="/", method="GET", fields="", body=b"", version="1.1"):
    """A request as it stands in a tunnel to the origin."""
    return _request(path, origin, method, fields, body, version)


def _request(target, origin, method, fields, body, version):
    if body and not re.search(r"(?im)^(content-length|transfer-encoding):", fields):
        fields += f"Content-Length: {len(body)}\r\n"
    head = f"{method} {target} HTTP/{version}\r\nHost: {authority_of(origin)}\r\n{fields}\r\n"
    return head.encode("latin-1") + body


@dataclass
class Heard:
    """What one connection was told, to its end: `fin`, `reset` or `open` where time ran out."""

    data: bytes
    ended: str


async def say(gate, pieces, pause=0.001, seconds=10, ends=True, source=None):
    """Writes the pieces, each a write of its own with a pause behind it, then ends the direction,
    and hears all that comes meanwhile. What the gate will not read any more is not sent."""
    reader, writer = await asyncio.open_connection(
        gate.host, gate.port, local_addr=(source, 0) if source else None
    )
    data = bytearray()

    async def hear():
        try:
            while more := await reader.read(1 << 16):
                data.extend(more)
            return "fin"
        except ConnectionError:
            return "reset"

    hearing = asyncio.ensure_future(hear())
    try:
        for number, piece in enumerate(pieces):
            if hearing.done():
                break
            if number:
                await asyncio.sleep(pause)
            writer.write(piece)
            await writer.drain()
        if ends and not hearing.done():
            writer.write_eof()
    except (ConnectionError, OSError):
        pass
    try:
        ended = await asyncio.wait_for(hearing, seconds)
    except asyncio.TimeoutError:
        ended = "open"
    finally:
        writer.transport.abort()
    return Heard(bytes(data), ended)


def cut_at(data, *cuts):
    """The data in pieces that begin at these places."""
    edges = [0, *sorted(cuts), len(data)]
    return [data[begin:end] for begin, end in zip(edges, edges[1:]) if end > begin]


def cut_everywhere(data):
    """One byte a piece."""
    return [data[at : at + 1] for at in range(len(data))]


def sample_cuts(length, full, count=6):
    """Where to cut bytes in two: everywhere with --full, else places spread over them."""
    if full or length <= count:
        return list(range(1, length))
    return sorted({1 + (length - 2) * number // (count - 1) for number in range(count)})


async def gather(jobs, at_once=24):
    """Runs the coroutines, so many at a time; their results in order."""
    turns = asyncio.Semaphore(at_once)

    async def one(job):
        async with turns:
            return await job

    return await asyncio.gather(*(one(job) for job in jobs))
