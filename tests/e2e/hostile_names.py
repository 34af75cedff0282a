"""A DNS server, and those who pretend to be it: every answer is what a test's function says, in
bytes, by UDP and by TCP, in time or late, from its own address or from another."""
import collections
import socket
import struct
import threading
import time
from dataclasses import dataclass

from dns_wire import read_query
from gate import free_port


@dataclass(frozen=True)
class Spoofed:
    """A datagram that comes from another address or port than the one that was asked."""

    message: bytes
    source: str = "127.0.0.1"


class HostileNames:
    """Serves 127.0.0.1, on a port of its own or the one given. `speak(query)` returns what happens,
    in order: bytes are sent to who asked, a Spoofed from elsewhere, a number is a wait in seconds.
    Without TCP its port refuses connections. A context manager: gone at the end."""

    def __init__(self, speak, has_tcp=True, port=0):
        self.speak = speak
        self.queries = []  # (name, type, is_tcp)
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.port = port or free_port()
        self._udp.bind(("127.0.0.1", self.port))
        self.address = f"127.0.0.1:{self.port}"
        self._tcp = socket.create_server(("127.0.0.1", self.port)) if has_tcp else None
        threading.Thread(target=self._serve_udp, daemon=True).start()
        if has_tcp:
            threading.Thread(target=self._serve_tcp, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """From now on its port is closed: who asks is refused by ICMP."""
        for each in (self._udp, self._tcp):
            if each is not None:
                try:
                    each.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits
                except OSError:
                    pass
                each.close()

    def count(self, name, is_tcp=None):
        return sum(
            asked == name and is_tcp in (None, by_tcp) for asked, _, by_tcp in list(self.queries)
        )

    def counts(self):
        """How often each name was asked for."""
        return collections.Counter(name for name, _, _ in list(self.queries))

    def _serve_udp(self):
        while True:
            try:
                packet, peer = self._udp.recvfrom(4096)
            except OSError:
                return
            if not packet:
                return
            query = read_query(packet)
            self.queries.append((query.name, query.kind, False))
            acts = self.speak(query)
            if any(isinstance(act, (int, float)) for act in acts):
                threading.Thread(target=self._play, args=(acts, peer), daemon=True).start()
            else:
                self._play(acts, peer)

    def _play(self, acts, peer):
        for act in acts:
            try:
                if isinstance(act, bytes):
                    self._udp.sendto(act, peer)
                elif isinstance(act, Spoofed):
                    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
                        other.bind((act.source, 0))
                        other.sendto(act.message, peer)
                else:
                    time.sleep(act)
            except OSError:
                return  # closed meanwhile

    def _serve_tcp(self):
        while True:
            try:
                connection, _ = self._tcp.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection):
        with connection, connection.makefile("rb") as incoming:
            try:
                connection.settimeout(10)
                while len(length := incoming.read(2)) == 2:
                    query = read_query(incoming.read(struct.unpack("!H", length)[0]), is_tcp=True)
                    self.queries.append((query.name, query.kind, True))
                    for act in self.speak(query):
                        if isinstance(act, bytes):
                            connection.sendall(struct.pack("!H", len(act)) + act)
                        else:
                            time.sleep(act)
            except OSError:
                pass
