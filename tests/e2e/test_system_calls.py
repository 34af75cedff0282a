"""System calls decide what a session costs (SPEED.md section d): so many each operation, counted
by strace on a gate with one worker, and no more."""
import os
import re
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from hello import hello
from lab import end_with_parent, wait_until
from origins import Origin
from wire import Wire

SESSIONS = 1_000
IN_FLIGHT = 32
POLICY = """
    workers: 1
    metrics: off
    rules:
      - {name: origins, hosts: ["*.example.org"]}
"""
DENIED = "denied.example.net"
# What a gate does by itself while it is counted: its timers and its audit log's writer.
BACKGROUND = {"futex", "clock_nanosleep", "timerfd_settime", "restart_syscall", "write", "writev"}


def allowed(gate, origin):
    """CONNECT, ClientHello, ServerHello, end."""
    with Wire(gate) as wire:
        wire.tunnel(origin.name).send(hello(origin.name)).read_record()


def denied(gate, _):
    with Wire(gate) as wire:
        assert wire.connect(DENIED).read(12) == b"HTTP/1.1 403"
        wire.rest()


def sni_denied(gate, origin):
    with Wire(gate) as wire:
        wire.tunnel(origin.name).send(hello(DENIED))
        assert wire.read(7)[:1] == b"\x15"


# The operation, and the calls that one may take: a little more than what was measured.
ROWS = [(allowed, 27.0), (denied, 6.0), (sni_denied, 20.0)]
ECHO_CALLS_MAX = 5.0


class Counted:
    """Counts the system calls of a gate while the block runs."""

    def __init__(self, gate, folder):
        self._pid, self._path = gate.process.pid, f"{folder}/strace"
        self.calls = {}

    def __enter__(self):
        self._strace = subprocess.Popen(
            ["strace", "-c", "-f", "-qq", "-o", self._path, "-p", str(self._pid)],
            stderr=subprocess.PIPE,
            preexec_fn=end_with_parent,
        )
        wait_until(self._is_traced, 10, "strace to be there")
        return self

    def __exit__(self, *_):
        self._strace.send_signal(signal.SIGINT)
        self._strace.wait(10)
        self._strace.stderr.close()
        with open(self._path, encoding="utf-8") as file:
            for line in file:
                # % time, seconds, usecs/call, calls, errors (where there are some), name
                found = re.fullmatch(
                    r"\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)", line[:-1]
                )
                if found and found[2] not in BACKGROUND | {"total"}:
                    self.calls[found[2]] = int(found[1])

    def _is_traced(self):
        """Every thread has its tracer."""
        tasks = f"/proc/{self._pid}/task"
        for task in os.listdir(tasks):
            with open(f"{tasks}/{task}/status", encoding="ascii") as status:
                if "TracerPid:\t0" in status.read():
                    return False
        return True

    def each(self, operations):
        """Calls each operation by name, the most first, and their sum; printed."""
        listed = sorted(self.calls.items(), key=lambda item: -item[1])
        total = sum(self.calls.values()) / operations
        words = ", ".join(f"{name} {count / operations:.2f}" for name, count in listed)
        print(f"{total:.2f} calls: {words}")
        return total


def all_at_once(operation, *arguments):
    """A thousand sessions, 32 in flight."""
    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        for done in [pool.submit(operation, *arguments) for _ in range(SESSIONS)]:
            done.result()


@pytest.mark.quiet
@pytest.mark.parametrize("operation, calls_max", ROWS, ids=[row[0].__name__ for row in ROWS])
def test_a_session_takes_no_more_system_calls_than_its_budget(make_gate, lab, operation, calls_max):
    gate = make_gate(POLICY)
    with Origin(lab) as origin:
        operation(gate, origin)  # the name is resolved
        with Counted(gate, gate.folder) as counted:
            all_at_once(operation, gate, origin)
    each = counted.each(SESSIONS)
    assert 3 < each <= calls_max, counted.calls


def test_a_byte_and_its_echo_take_no_more_system_calls_than_their_budget(make_gate, lab):
    gate = make_gate(POLICY)
    with Origin(lab) as origin, ExitStack() as stack:
        wires = [stack.enter_context(Wire(gate)).tls_tunnel(origin.name) for _ in range(IN_FLIGHT)]

        def echo_on_all():
            for wire in wires:
                wire.send(b"x")
            for wire in wires:
                assert wire.read(1) == b"x"

        echo_on_all()
        turns = SESSIONS // IN_FLIGHT
        with Counted(gate, gate.folder) as counted:
            for _ in range(turns):
                echo_on_all()
    each = counted.each(turns * IN_FLIGHT)
    assert 3 < each <= ECHO_CALLS_MAX, counted.calls
