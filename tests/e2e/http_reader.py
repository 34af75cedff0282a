"""Reads HTTP messages off a stream to the byte, each by its own framing; a stream that ends too
early is told of."""
import re

HEAD_END = b"\r\n\r\n"


class Cut(ConnectionError):
    """The stream ended within a message: fails a test, and ends an origin's thread in silence."""


class Reader:
    """Takes messages off a stream: `receive` gives more bytes, or none at its end."""

    def __init__(self, receive):
        self.receive, self.ahead = receive, b""

    def more(self):
        data = self.receive()
        self.ahead += data
        return bool(data)

    def head(self):
        """With its empty line; empty at the end of the stream."""
        while HEAD_END not in self.ahead:
            if not self.more():
                if self.ahead:
                    raise Cut(f"half a head: {self.ahead!r}")
                return b""
        head, _, self.ahead = self.ahead.partition(HEAD_END)
        return head + HEAD_END

    def exactly(self, size):
        while len(self.ahead) < size:
            if not self.more():
                raise Cut(f"ended {size - len(self.ahead)} bytes before its end")
        data, self.ahead = self.ahead[:size], self.ahead[size:]
        return data

    def chunks(self):
        """The raw chunks, to the line after the last."""
        raw = b""
        while True:
            while b"\r\n" not in self.ahead:
                if not self.more():
                    raise Cut(f"ended within {self.ahead!r}")
            line, _, self.ahead = self.ahead.partition(b"\r\n")
            size = int(line, 16)
            raw += line + b"\r\n" + self.exactly(size + 2)
            if not size:
                return raw

    def rest(self):
        while self.more():
            pass
        data, self.ahead = self.ahead, b""
        return data

    def body(self, head, has_none=False):
        """The raw body that the head announces; until the end of an answer without a length."""
        length = re.search(rb"(?i)\r\ncontent-length:[ \t]*(\d+)[ \t]*\r\n", head)
        if has_none:
            return b""
        if re.search(rb"(?i)\r\ntransfer-encoding:[ \t]*chunked\r\n", head):
            return self.chunks()
        if length:
            return self.exactly(int(length[1]))
        return self.rest() if head.startswith(b"HTTP/") else b""
