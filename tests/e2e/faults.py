"""What the tests of faults measure and bring about: a process's descriptors, memory and CPU time,
programs of their own beside the test, and a gate that runs as somebody else."""
import os
import resource
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager

from gate import binary
from hello import hello
from lab import end_with_parent, wait_until
from storm import percentile
from wire import Wire

HERE = os.path.dirname(os.path.abspath(__file__))
MIB = 1 << 20
# The gauges that must be back at 0 when nobody is connected any more.
GAUGES = ("sallyport_tunnels", "sallyport_sessions")


def descriptors(pid, kind="socket:"):
    """How many of a process's descriptors are of a kind: `socket:`, `pipe:` or "" for all."""
    count = 0
    for number in os.listdir(f"/proc/{pid}/fd"):
        try:
            count += os.readlink(f"/proc/{pid}/fd/{number}").startswith(kind)
        except FileNotFoundError:
            pass  # closed meanwhile
    return count


def resident_bytes(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def raise_descriptor_limit():
    """Of the tests themselves: they are all the clients of a crowd."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def socket_memory():
    """The kernel's memory for TCP buffers of the whole machine, in bytes."""
    with open("/proc/net/sockstat", encoding="ascii") as file:
        line = next(line for line in file if line.startswith("TCP:")).split()
    return int(line[line.index("mem") + 1]) * os.sysconf("SC_PAGESIZE")


class Leaks:
    """What a gate holds now, and that it holds no more later."""

    def __init__(self, gate):
        self._gate = gate
        self.sockets = descriptors(gate.process.pid)

    def assert_none(self, seconds=10):
        """Sockets and gauges are back where they were; returns the sockets."""

        def is_back():
            return descriptors(self._gate.process.pid) <= self.sockets and not any(
                self._gate.metric(gauge) for gauge in GAUGES
            )

        try:
            wait_until(is_back, seconds, "descriptors and gauges to come back")
        except AssertionError:
            gauges = {gauge: self._gate.metric(gauge) for gauge in GAUGES}
            now = descriptors(self._gate.process.pid)
            raise AssertionError(f"sockets {self.sockets} -> {now}, {gauges}") from None
        return descriptors(self._gate.process.pid)


@contextmanager
def beside(*arguments, started_by=()):
    """Runs faults_peer.py with these arguments; it has said `ready` when the body begins."""
    process = subprocess.Popen(
        [*started_by, sys.executable, f"{HERE}/faults_peer.py", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=end_with_parent,
    )
    try:
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@contextmanager
def setting(name, value):
    """A sysctl of the lab's namespace has this value for as long as the body runs."""
    path = f"/proc/sys/{name}"
    with open(path, encoding="ascii") as file:
        usual = file.read()
    write(path, value)
    try:
        yield
    finally:
        write(path, usual)


def write(path, value):
    with open(path, "w", encoding="ascii") as file:
        file.write(str(value))


class Elsewhere:
    """A name and an address at which a program beside the test is the origin."""

    def __init__(self, lab):
        self.name, self.address = lab.next_origin()

    def serves(self, manner="echo"):
        return beside("origin", self.address, manner)


def run_through(monkeypatch, lab, *prefix):
    """Gates that start from now on are started by this command: `setpriv`, `env`."""
    path = f"{lab.make_folder('started-by')}/sallyport"
    words = " ".join(f"'{word}'" for word in (*prefix, binary()))
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'#!/bin/sh\nexec {words} "$@"\n')
    os.chmod(path, 0o755)
    monkeypatch.setenv("SALLYPORT_BINARY", path)


def seconds_of_a_tunnel(gate, host, source=None):
    """From the client's SYN to the origin's answer to its hello."""
    began = time.perf_counter()
    with Wire(gate, source) as wire:
        wire.connect(host)
        assert wire.read(39).startswith(b"HTTP/1.1 200")
        wire.send(hello(host)).read_record()
        return time.perf_counter() - began


def tunnel_seconds_p99(gate, host, source, rounds=5, tunnels=200):
    """The 99th percentile of each round, the median of the rounds: one noisy moment of the machine
    is not the gate's."""
    return statistics.median(
        percentile([seconds_of_a_tunnel(gate, host, source) for _ in range(tunnels)], 0.99)
        for _ in range(rounds)
    )
