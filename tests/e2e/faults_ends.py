"""How a connection ends, and what a gate must have recorded of it."""
import socket
import threading

import pytest

from lab import wait_until
from origins import reset
from wire import Wire

POLICY = """
    timeouts: {header: 5s, connect: 1s, client_hello: 2s, idle: 3s, drain: 1s}
    rules:
      - {name: origins, hosts: ["*.example.org"]}
"""
LONG = b"x" * (8 << 20)  # more than the buffers of two connections hold
ALLOWED = ("connect", "allow", "allowed")


def closed(*reasons):
    return ("close", "allow", *reasons)


def end(connection, how):
    if how == "rst":
        reset(connection)
    elif how == "half":
        connection.shutdown(socket.SHUT_WR)
    else:
        connection.close()


def try_to(function, *arguments):
    """An end may come while it is done."""
    try:
        function(*arguments)
    except OSError:
        pass


def in_background(function, *arguments):
    threading.Thread(target=try_to, args=(function, *arguments), daemon=True).start()


_sources = iter(f"10.20.{net}.{host}" for net in range(100, 250) for host in range(1, 250))


class Client:
    """A client of a gate at an address that no other has, so that its records are known."""

    def __init__(self, gate, lab):
        self._gate, self.names, self.source = gate, lab.names, next(_sources)

    def wire(self):
        return Wire(self._gate, self.source)

    def assert_records(self, expected):
        """Its records are these, once each."""

        def told():
            records = [each for each in self._gate.records() if each.get("client") == self.source]
            return [(each["event"], each["decision"], each["reason"]) for each in records]

        wait_until(lambda: len(told()) >= len(expected), 10, f"{expected}; there are {told()}")
        for (event, decision, reason), wanted in zip(told(), expected, strict=True):
            assert (event, decision) == wanted[:2] and reason in wanted[2:], told()


def cases(table):
    """One case for each way to end."""
    return [
        pytest.param(moment, how, expected, id=f"{moment.__name__}-{how}")
        for moment, *outcomes in table
        for how, expected in zip(("fin", "half", "rst"), outcomes, strict=True)
    ]
