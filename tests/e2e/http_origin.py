"""An origin that reads HTTP strictly and answers as a test scripts it. It remembers each request
byte for byte, which connection it came by, and all bytes that came by each connection; what is no
request in its one reading fails the test that asks."""
import re
import socket
import threading
import time
from dataclasses import dataclass, field

from lab import wait_until
from origins import Origin, Seen, read_some, reset

_REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Z-]+) ([!-~]+) HTTP/1\.1\r\n")
_FIELD_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*([^\r\n\0]*?)[\t ]*\r\n")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})\r\n")

# What a script does beside sending bytes; a number is a pause in seconds, a callable is called with
# the connection.
FIN, RESET, HOLD = "fin", "reset", "hold"


@dataclass
class Request:
    """One request that reached the origin, as far as it came."""

    seen: Seen  # the connection that it came by
    head: bytes
    method: str
    target: str
    fields: list  # (name, value) as they came
    body: bytes = b""
    chunks: list = field(default_factory=list)  # sizes, where it was chunked
    is_whole: bool = False

    def get(self, name):
        """The value of a field that stands there once at most; None without it."""
        values = self.all(name)
        assert len(values) < 2, (name, values)
        return values[0] if values else None

    def all(self, name):
        return [value for held, value in self.fields if held.lower() == name.lower()]


class Ended(Exception):
    """The connection ended within a request."""


def answer(body=b"", status="200 OK", fields="", framing="length"):
    """The bytes of an answer."""
    body = body if isinstance(body, bytes) else body.encode()
    if framing == "length":
        fields += f"Content-Length: {len(body)}\r\n"
    elif framing == "chunked":
        fields += "Transfer-Encoding: chunked\r\n"
        body = (b"%x\r\n%s\r\n" % (len(body), body) if body else b"") + b"0\r\n\r\n"
    return f"HTTP/1.1 {status}\r\n{fields}\r\n".encode("latin-1") + body


def echo(request):
    """The answer that names its request, so that a wrong one is seen."""
    whole = answer(f"{request.method} {request.target} {len(request.body)}")
    return whole.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if request.method == "HEAD" else whole


class HttpOrigin(Origin):
    """Answers each request by `script(request)`: bytes, or a list of bytes, pauses, FIN, RESET,
    HOLD (says nothing more and reads to the end) and callables. `at` is when the script runs: at
    the request's `end`, or at its `head`, when the body is still to come and is read only behind
    the answer."""

    def __init__(self, lab, port=80, script=echo, at="end", address=None, first=b""):
        self.requests = []  # whole and begun ones, in the order of their heads
        self.faults = []  # what was no request
        self._script, self._at, self._first = script, at, first
        self._lists = threading.Lock()
        super().__init__(lab, port, self._serve_http, address)

    def whole(self, *targets):
        """The requests that came whole, or those of them that have these targets."""
        return [
            each
            for each in list(self.requests)
            if each.is_whole and (not targets or each.target in targets)
        ]

    def wait_whole(self, count, seconds=10):
        return wait_until(
            lambda: len(found := self.whole()) >= count and found,
            seconds,
            f"{count} requests at the origin; there are {len(self.requests)}",
        )

    def forget(self):
        """What reached it until now counts no more; connections stay. For when all is quiet."""
        self.seen[:] = [seen for seen in self.seen if not seen.ended]
        for seen in self.seen:
            seen.data.clear()
        self.requests.clear()

    def assert_read(self):
        """Everything that came was HTTP, in the one reading."""
        assert not self.faults, self.faults

    def _serve_http(self, connection, seen):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._first:
            connection.sendall(self._first)
        reader = _Reader(connection, seen)
        while not seen.ended:
            try:
                request = self._read_head(reader, seen)
                if request is None:
                    return
                if self._at == "end":
                    _read_body(reader, request)
                if not _play(connection, seen, self._script(request)):
                    return
                if self._at == "head":
                    _read_body(reader, request)
            except Ended:
                return
            except ValueError as fault:
                self.faults.append((str(fault), bytes(seen.data[-300:])))
                return

    def _read_head(self, reader, seen):
        line = reader.read_line(is_first=True)
        if not line:
            return None
        match = _REQUEST_LINE.fullmatch(line)
        if not match:
            raise ValueError(f"no request line: {line[:200]!r}")
        head, fields = line, []
        while (line := reader.read_line()) != b"\r\n":
            name_and_value = _FIELD_LINE.fullmatch(line)
            if not name_and_value:
                raise ValueError(f"no field line: {line[:200]!r}")
            fields.append(tuple(part.decode("latin-1") for part in name_and_value.groups()))
            head += line
        method, target = (part.decode("ascii") for part in match.groups())
        request = Request(seen, head + b"\r\n", method, target, fields)
        with self._lists:
            self.requests.append(request)
        return request


class _Reader:
    """What came and was not read yet."""

    def __init__(self, connection, seen):
        self._connection, self._seen, self._unread = connection, seen, b""

    def _more(self):
        data = read_some(self._connection, self._seen)
        self._unread += data
        return bool(data)

    def read_line(self, is_first=False):
        while b"\n" not in self._unread:
            if not self._more():
                if is_first and not self._unread:
                    return b""
                raise Ended
        at = self._unread.index(b"\n") + 1
        line, self._unread = self._unread[:at], self._unread[at:]
        return line

    def read(self, length, request):
        """That many bytes, as they come, to the request's body."""
        while length:
            if not self._unread and not self._more():
                raise Ended
            data, self._unread = self._unread[:length], self._unread[length:]
            request.body += data
            length -= len(data)

    def expect(self, wanted):
        while len(self._unread) < len(wanted):
            if not self._more():
                raise Ended
        got, self._unread = self._unread[: len(wanted)], self._unread[len(wanted) :]
        if got != wanted:
            raise ValueError(f"{got!r} instead of {wanted!r}")


def _read_body(reader, request):
    length, coding = request.get("Content-Length"), request.get("Transfer-Encoding")
    if coding is not None:
        if coding != "chunked" or length is not None:
            raise ValueError(f"framed by {coding!r} and {length!r}")
        _read_chunks(reader, request)
    elif length is not None:
        if not re.fullmatch(r"0|[1-9]\d{0,17}", length):
            raise ValueError(f"Content-Length {length!r}")
        reader.read(int(length), request)
    request.is_whole = True


def _read_chunks(reader, request):
    while True:
        line = reader.read_line()
        match = _CHUNK_SIZE.fullmatch(line)
        if not match:
            raise ValueError(f"no chunk size: {line[:200]!r}")
        size = int(match[1], 16)
        request.chunks.append(size)
        reader.read(size, request)
        if size == 0:
            break
        reader.expect(b"\r\n")
    while (line := reader.read_line()) != b"\r\n":
        if not _FIELD_LINE.fullmatch(line):
            raise ValueError(f"no trailer: {line[:200]!r}")
        request.fields.append(tuple(line.decode("latin-1").strip().split(":", 1)))


def _play(connection, seen, script):
    """False where the script has ended the connection."""
    for step in script if isinstance(script, list) else [script]:
        if step == FIN:
            return False
        if step == RESET:
            reset(connection)
            seen.ended = "reset by us"
            return False
        if step == HOLD:
            while read_some(connection, seen):
                pass
            return False
        if callable(step):
            step(connection)
        elif isinstance(step, (int, float)):
            time.sleep(step)
        else:
            connection.sendall(step)
    return True
