"""What an attacker has received: a number in a file that outlives restarts and that others read."""
import json
import os
import threading


class ByteCounter:
    """Owns PATH. Every count is on disk before `add` returns."""

    def __init__(self, path):
        self._path, self._lock = path, threading.Lock()
        self._received = read(path) if os.path.exists(path) else {}
        self._write()

    def add(self, way, size):
        """`way` says how the bytes came, for the reader."""
        if size:
            with self._lock:
                self._received[way] = self._received.get(way, 0) + size
                self._write()

    def _write(self):
        with open(f"{self._path}.new", "w", encoding="ascii") as file:
            json.dump(self._received, file)
        os.rename(f"{self._path}.new", self._path)


def read(path):
    """Bytes by the way they came."""
    with open(path, encoding="ascii") as file:
        return json.load(file)
