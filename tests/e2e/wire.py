"""A client that says exactly what a test writes, and reads exactly what comes back."""
import re
import socket
import struct
import time
from dataclasses import dataclass

from hello import hello

ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


@dataclass
class Answer:
    """An HTTP answer of the gate, whose body ends with its length or with the connection."""

    status: int
    phrase: str
    headers: dict
    body: str


class Wire:
    """One TCP connection to a gate; `source` is the client's address. A context manager."""

    def __init__(self, gate, source=None, timeout=10):
        host = "::1" if source and ":" in source else gate.host
        self.socket = socket.create_connection(
            (host, gate.port), timeout, (source, 0) if source else None
        )
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._unread = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)
        return self

    def send_in_pieces(self, data, size=1, pause=0.0):
        for at in range(0, len(data), size):
            self.send(data[at : at + size])
            time.sleep(pause)
        return self

    def connect(self, host, port=443, more=b""):
        """Sends a CONNECT, with bytes right behind it."""
        return self.send(
            f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode("latin-1")
            + more
        )

    def tunnel(self, host, port=443):
        """A CONNECT that must be answered by the 200."""
        self.connect(host, port)
        head = self.read(len(ESTABLISHED))
        assert head == ESTABLISHED, head + self.rest(2)
        return self

    def tls_tunnel(self, host, port=443):
        """A tunnel through which a ClientHello went and a ServerHello came back."""
        self.tunnel(host, port).send(hello(host))
        assert self.read_record()[0] == 22
        return self

    def read(self, length):
        """That many bytes, or fewer if the connection ends."""
        while len(self._unread) < length:
            data = self.socket.recv(1 << 16)
            if not data:
                break
            self._unread += data
        data, self._unread = self._unread[:length], self._unread[length:]
        return data

    def read_record(self):
        """One whole TLS record."""
        head = self.read(5)
        assert len(head) == 5, f"no TLS record but {head + self.rest(1)!r}"
        return head + self.read(struct.unpack("!H", head[3:])[0])

    def take_unread(self):
        """What came along with what was read, for who reads the socket from here on."""
        data, self._unread = self._unread, b""
        return data

    def read_at_once(self):
        """What one read gives."""
        return self.socket.recv(1 << 16)

    def rest(self, timeout=10):
        """Everything until the end of the connection; that it ends in time, and by FIN, is
        asserted."""
        self.socket.settimeout(timeout)
        data, self._unread = bytearray(self._unread), b""
        while more := self.socket.recv(1 << 18):
            data += more
        return bytes(data)

    def is_silent(self, seconds):
        """Nothing comes, not even an end."""
        self.socket.settimeout(seconds)
        try:
            self._unread += self.socket.recv(1 << 16)
            return False
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(10)

    def answer(self, timeout=10):
        """The HTTP answer, after which the gate must close."""
        return parse_answer(self.rest(timeout))

    def finish_writing(self):
        self.socket.shutdown(socket.SHUT_WR)
        return self

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


def parse_answer(data):
    head, separator, body = data.partition(b"\r\n\r\n")
    assert separator, f"no whole head in {data!r}"
    first, *lines = head.decode("latin-1").split("\r\n")
    match = re.fullmatch(r"HTTP/1\.1 (\d{3}) (.*)", first)
    assert match, first
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    if "content-length" in headers:
        assert int(headers["content-length"]) == len(body), "the body is as long as it says"
    return Answer(int(match[1]), match[2], headers, body.decode())


def blocked_answer(gate, host, port=443, more=b"", source=None):
    """What a CONNECT is told that the gate refuses."""
    with Wire(gate, source) as wire:
        return wire.connect(host, port, more).answer()
