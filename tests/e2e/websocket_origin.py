"""An origin that takes WebSocket upgrades and echoes every message (RFC 6455), and the frames that
a client of a test's own writes."""
import base64
import hashlib
import os
import re
import struct

from http_reader import Reader
from origins import Origin, read_some

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def accept_of(key):
    return base64.b64encode(hashlib.sha1(key + _GUID).digest())


def frame(kind, data, is_masked=False):
    """One whole frame."""
    mask_bit = 0x80 if is_masked else 0
    if len(data) < 126:
        head = struct.pack("!BB", 0x80 | kind, mask_bit | len(data))
    elif len(data) < 1 << 16:
        head = struct.pack("!BBH", 0x80 | kind, mask_bit | 126, len(data))
    else:
        head = struct.pack("!BBQ", 0x80 | kind, mask_bit | 127, len(data))
    return head + (masked(os.urandom(4), data) if is_masked else data)


def masked(mask, data):
    """The mask and the data under it."""
    whole = int.from_bytes(mask * (len(data) // 4 + 1), "big") >> 8 * (4 - len(data) % 4)
    return mask + (int.from_bytes(data, "big") ^ whole).to_bytes(len(data), "big")


def read_frame(reader):
    """(kind, data, whether it is the last of its message) of the next frame."""
    first, second = reader.exactly(2)
    length = second & 127
    if length == 126:
        (length,) = struct.unpack("!H", reader.exactly(2))
    elif length == 127:
        (length,) = struct.unpack("!Q", reader.exactly(8))
    mask = reader.exactly(4) if second & 128 else b""
    data = reader.exactly(length)
    return first & 15, masked(mask, data)[4:] if mask else data, bool(first & 128)


class WebsocketOrigin(Origin):
    """`heads` is what asked for an upgrade; other requests are answered `page`."""

    def __init__(self, lab, page=b"<h1>page</h1>", answer=None, port=80):
        self.heads, self.page, self.answer = [], page, answer
        super().__init__(lab, port, self._serve_requests)

    def _serve_requests(self, connection, seen):
        reader = Reader(lambda: read_some(connection, seen))
        while head := reader.head():
            key = re.search(rb"(?i)\r\nsec-websocket-key: *([^\r]+)\r\n", head)
            is_upgrade = re.search(rb"(?i)\r\nupgrade: *websocket\r\n", head)
            if not (key and is_upgrade):
                reader.body(head)
                connection.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s"
                    % (len(self.page), self.page)
                )
                continue
            self.heads.append(head)
            if self.answer:
                answer = self.answer(key[1])
                connection.sendall(answer)
                if not answer.startswith(b"HTTP/1.1 101 "):
                    continue
            else:
                connection.sendall(
                    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                    b"Connection: Upgrade\r\nSec-WebSocket-Accept: "
                    + accept_of(key[1])
                    + b"\r\n\r\n"
                )
            self._echo(connection, reader)
            return

    @staticmethod
    def _echo(connection, reader):
        while reader.ahead or reader.more():
            kind, data, is_last = read_frame(reader)
            if kind == PING:
                connection.sendall(frame(PONG, data))
                continue
            while not is_last:
                _, more, is_last = read_frame(reader)
                data += more
            connection.sendall(frame(kind, data))
            if kind == CLOSE:
                return
