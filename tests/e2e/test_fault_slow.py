"""Thousands of clients that never come to the end of what they say (T85): good clients do not
notice, and the gate's memory stays small."""
import os
import subprocess

import pytest

from faults import (
    MIB,
    Elsewhere,
    Leaks,
    beside,
    cpu_seconds,
    raise_descriptor_limit,
    resident_bytes,
    tunnel_seconds_p99,
)
from lab import CLEAN_PATH, run, wait_until

pytestmark = [pytest.mark.attack, pytest.mark.soak]
POLICY = """
    timeouts: {header: 20s, client_hello: 10s, drain: 1s}
    limits: {connections_per_client: 5000}
    rules:
      - {name: origins, hosts: ["*.example.org"]}
"""
GOOD = "10.20.8.1"
ATTEMPTS = 3  # a noisy neighbour on the machine is not the gate's fault


def assert_good_clients_do_not_notice(gate, host, crowd, sessions):
    """Measures before and during the crowd's deed; `crowd()` is a context in which it goes on."""
    pid, told = gate.process.pid, []
    for _ in range(ATTEMPTS):
        baseline = tunnel_seconds_p99(gate, host, GOOD)
        memory = resident_bytes(pid)
        with crowd():
            wait_until(
                lambda: gate.metric("sallyport_sessions") >= sessions, 30, f"{sessions} sessions"
            )
            spent = cpu_seconds(pid)
            during = tunnel_seconds_p99(gate, host, GOOD)
            held = resident_bytes(pid) - memory
            still = gate.metric("sallyport_sessions")
        wait_until(lambda: gate.metric("sallyport_sessions") == 0, 30, "the crowd to be gone")
        told.append(
            f"{still:.0f} slow sessions: p99 of good CONNECT+hello {baseline * 1e3:.2f} -> "
            f"{during * 1e3:.2f} ms ({during / baseline:.2f}x), {held / MIB:.1f} MiB held, "
            f"{cpu_seconds(pid) - spent:.1f} s of CPU"
        )
        print(told[-1])
        assert held < sessions * 16 * 1024, "less than 16 KiB each"
        if during <= 2 * baseline:
            return
    raise AssertionError(told)


@pytest.mark.parametrize("kind", ["head", "hello"])
def test_2000_slow_clients_are_not_noticed(make_gate, lab, kind):
    raise_descriptor_limit()
    gate = make_gate(POLICY)
    elsewhere = Elsewhere(lab)
    with elsewhere.serves("echo"):
        leaks = Leaks(gate)
        assert_good_clients_do_not_notice(
            gate,
            elsewhere.name,
            lambda: beside("drip", gate.port, 2000, kind, elsewhere.name),
            1900,
        )
        leaks.assert_none(20)


class SlowHttpTest:
    """slowhttptest(1) in its slowloris manner against the gate, for as long as the body runs."""

    def __init__(self, lab, gate, count):
        self._lab = lab
        self._command = [
            "/usr/bin/slowhttptest",
            *("-H", "-c", str(count), "-r", "1000", "-i", "5", "-x", "24", "-l", "120", "-p", "3"),
            # Through the gate: an origin-form target would be refused by its first line.
            *("-d", f"{gate.host}:{gate.port}", "-u", "http://slow.example.org/"),
        ]

    def __enter__(self):
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PATH": CLEAN_PATH, "TERM": "dumb"},
            cwd=self._lab.make_folder("slowhttptest"),
        )

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()


@pytest.mark.skipif(
    not os.access("/usr/bin/slowhttptest", os.X_OK), reason="the package slowhttptest is missing"
)
def test_slowhttptest_is_not_noticed(make_gate, lab):
    raise_descriptor_limit()
    gate = make_gate(POLICY)
    print(run("/usr/bin/dpkg-query", "-W", "slowhttptest").strip())
    elsewhere = Elsewhere(lab)
    with elsewhere.serves("echo"):
        assert_good_clients_do_not_notice(
            gate, elsewhere.name, lambda: SlowHttpTest(lab, gate, 4000), 3500
        )
