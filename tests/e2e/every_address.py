"""A listener on every address that there is. Loopback, metadata, private ranges, the addresses of
interfaces and all others answer on its port, so that a connection to an address which must not be
dialled does not fail by itself: it arrives here, is counted, and so are its bytes."""
import collections
import selectors
import socket
import threading

from gate import free_port
from lab import run, wait_until

ALL_LOCAL = (("-4", "0.0.0.0/0"), ("-6", "::/0"))


class EveryAddress:
    """`connections` and `bytes` count by the address that was dialled. A context manager: while it
    lives, the lab's namespace has every address."""

    def __init__(self):
        self.port = free_port()
        self.connections = collections.Counter()
        self.bytes = collections.Counter()
        self._selector = selectors.DefaultSelector()
        self._is_over = False
        for family, network in ALL_LOCAL:
            run("ip", family, "route", "replace", "local", network, "dev", "lo")
        for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
            listener = socket.create_server((address, self.port), family=family, backlog=4096)
            listener.setblocking(False)
            self._selector.register(listener, selectors.EVENT_READ, None)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._is_over = True
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()
        for family, network in ALL_LOCAL:
            run("ip", family, "route", "del", "local", network, "dev", "lo")

    def forget(self):
        self.connections.clear()
        self.bytes.clear()

    def wait_bytes(self, address, count=1):
        """Bytes of an allowed connection: they come a moment after the client was told 200."""
        wait_until(lambda: self.bytes[address] >= count, what=f"bytes at {address}")

    def _serve(self):
        while not self._is_over:
            for key, _ in self._selector.select(0.1):
                if key.data is None:
                    self._accept(key.fileobj)
                else:
                    self._read(key.fileobj, key.data)

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except BlockingIOError:
                return
            address = connection.getsockname()[0]
            self.connections[address] += 1
            connection.setblocking(False)
            self._selector.register(connection, selectors.EVENT_READ, address)

    def _read(self, connection, address):
        try:
            data = connection.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self.bytes[address] += len(data)
        if not data:
            self._selector.unregister(connection)
            connection.close()
