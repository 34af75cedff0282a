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
      - {name: pages, hosts: ["*.example.org"], schemes: [http]}
"""
GOOD = "10.20.8.1"
ATTEMPTS = 3  # a noisy neighbour on the machine is not the gate's fault


def assert_good_clients_do_not_notice(gate, host, crowd, sessions, held_kib=16):
    """Measures before and during the crowd's deed; `crowd()` is a context in which it goes on. Of
    each session the gate may hold so many KiB."""
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
        assert held < sessions * held_kib * 1024
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
    """slowhttptest(1) against the gate, for as long as the body runs."""

    def __init__(self, lab, gate, host, count, *manner):
        self._lab = lab
        self._command = [
            "/usr/bin/slowhttptest",
            *(*manner, "-c", str(count), "-r", "1000", "-l", "120", "-p", "3"),
            # Through the gate: an origin-form target would be refused by its first line.
            *("-d", f"{gate.host}:{gate.port}", "-u", f"http://{host}/"),
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
@pytest.mark.parametrize(
    "manner, count, held_kib",
    [
        pytest.param(("-H", "-i", "5", "-x", "24"), 4000, 16, id="slow heads"),
        pytest.param(("-B", "-i", "5", "-x", "24", "-s", "8192"), 1500, 16, id="slow bodies"),
        # A piece of an answer that its client does not take is kept: one read of it.
        pytest.param(("-X", "-n", "5", "-w", "512", "-y", "1024"), 1500, 128, id="slow readers"),
    ],
)
def test_slowhttptest_is_not_noticed(make_gate, lab, manner, count, held_kib):
    raise_descriptor_limit()
    gate = make_gate(POLICY)
    print(run("/usr/bin/dpkg-query", "-W", "slowhttptest").strip())
    good, slow = Elsewhere(lab), Elsewhere(lab)
    with good.serves("echo"), slow.serves("pages"):
        assert_good_clients_do_not_notice(
            gate,
            good.name,
            lambda: SlowHttpTest(lab, gate, slow.name, count, *manner),
            count * 7 // 8,
            held_kib,
        )
