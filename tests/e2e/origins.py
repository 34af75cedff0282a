"""Origins written in Python, for what a real server does not do: each remembers all that reached
it."""
import socket
import struct
import threading

from hello import HELLO_RETRY_RANDOM, record, server_hello


class Seen:
    """One connection that reached an origin: what came, and how it ended."""

    def __init__(self, peer):
        self.peer = peer
        self.data = bytearray()
        self.ended = ""  # `fin` or `reset`


class Origin:
    """A TCP server on its own address. Without a `serve` of the test it answers the first bytes
    with a ServerHello and echoes everything after them. A context manager: gone at the end."""

    def __init__(self, lab, port=443, serve=None, address=None):
        self.name, own_address = lab.next_origin()
        self.address, self.port = address or own_address, port
        if address:
            lab.make_local(address)
            lab.names.set(self.name, address)
        self.seen = []
        self._serve = serve or tls_like
        self._lock = threading.Lock()
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        self._listener = socket.create_server((self.address, port), family=family, backlog=4096)
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Whoever connects from now on is refused."""
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._listener.close()

    @property
    def received(self):
        """All bytes of all connections."""
        return b"".join(bytes(seen.data) for seen in list(self.seen))

    def _accept(self):
        while True:
            try:
                connection, peer = self._listener.accept()
            except OSError:
                return
            seen = Seen(peer[0])
            self.seen.append(seen)
            threading.Thread(target=self._run, args=(connection, seen), daemon=True).start()

    def _run(self, connection, seen):
        with connection:
            try:
                connection.settimeout(60)
                self._serve(connection, seen)
            except ConnectionResetError:
                seen.ended = "reset"
            except OSError:
                seen.ended = seen.ended or "error"


def read_some(connection, seen, limit=1 << 16):
    data = connection.recv(limit)
    seen.data += data
    if not data:
        seen.ended = "fin"
    return data


def tls_like(connection, seen):
    """ServerHello after the first bytes, then an echo; a FIN is answered by a FIN."""
    if read_some(connection, seen):
        connection.sendall(record(server_hello()))
        while data := read_some(connection, seen):
            connection.sendall(data)


def hello_retry(connection, seen):
    """Asks for a second ClientHello, then behaves as `tls_like`."""
    if read_some(connection, seen):
        connection.sendall(record(server_hello(HELLO_RETRY_RANDOM)))
        tls_like(connection, seen)


def only_listen(connection, seen):
    """Says nothing, and reads to the end."""
    while read_some(connection, seen):
        pass


def speak_first(connection, seen):
    """As SSH and SMTP do."""
    connection.sendall(b"SSH-2.0-lab\r\n")
    while data := read_some(connection, seen):
        connection.sendall(data)


def reset(connection):
    """Ends the connection by a RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class SilentAddress:
    """An address where SYNs vanish: the listener's queue is full and nobody accepts."""

    def __init__(self, lab, port=443, address=None):
        self.name, own_address = lab.next_origin()
        self.address = address or own_address
        if address:
            lab.make_local(address)
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        self._listener = socket.create_server((self.address, port), family=family, backlog=0)
        self._fillers = []
        for _ in range(4):
            filler = socket.socket(family)
            filler.setblocking(False)
            filler.connect_ex((self.address, port))
            self._fillers.append(filler)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for each in self._fillers + [self._listener]:
            each.close()
