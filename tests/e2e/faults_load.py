"""Clients that never stop: one session after another while something is done to the gate."""
import threading

from hello import hello
from wire import ESTABLISHED, Wire


class Load:
    """Clients in threads, each with one session after another until the body ends. A session is a
    CONNECT, a hello, an echo and a FIN; whatever goes wrong in one is kept in `failures`."""

    def __init__(self, gates, host, clients=3):
        self._gates, self._host = gates, host
        self.sessions, self.failures = 0, []
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(clients)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _run(self):
        while not self._is_over.is_set():
            step = "connect"
            try:
                with Wire(self._gates[0], timeout=15) as wire:
                    step = "CONNECT"
                    head = wire.connect(self._host).read(len(ESTABLISHED))
                    assert head == ESTABLISHED, head
                    step = "hello"
                    assert wire.send(hello(self._host)).read_record()[0] == 22
                    step = "echo"
                    assert wire.send(b"echo").finish_writing().rest() == b"echo"
                self.sessions += 1
            except (OSError, AssertionError) as failure:
                self.failures.append((step, repr(failure)))
