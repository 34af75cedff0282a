"""A proxy between a client and the gate that lies about where the client goes: it renames every
CONNECT to an allowed host and leaves the bytes alone, as malware would. So the gate sees the
client's own SNI contradict the CONNECT."""
import re
import socket
import threading

from gate import free_port


class Fronting:
    """Listens on `proxy` (a URL); a context manager."""

    def __init__(self, gate, front):
        self._gate, self._front = gate, front
        self._port = free_port()
        self.proxy = f"http://127.0.0.1:{self._port}"
        self._listener = socket.create_server(("127.0.0.1", self._port))
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, socket.create_connection((self._gate.host, self._gate.port)) as gate:
            head = b""
            while b"\r\n\r\n" not in head:
                data = client.recv(1 << 16)
                if not data:
                    return
                head += data
            gate.sendall(re.sub(rb"^CONNECT \S+ ", f"CONNECT {self._front}:443 ".encode(), head))
            other_way = threading.Thread(target=_copy, args=(client, gate), daemon=True)
            other_way.start()
            _copy(gate, client)
            other_way.join(30)


def _copy(source, target):
    try:
        while data := source.recv(1 << 16):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass
