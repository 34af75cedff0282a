"""Reload and drain under load, and a successor on the same port: no session is lost that the policy
lets live (T62, T82)."""
import hashlib
import os
import signal
import subprocess
import time
from contextlib import contextmanager

import pytest

from faults import Leaks, setting
from faults_load import Load
from gate import settle
from hello import hello, record, server_hello
from lab import wait_until
from origins import Origin
from storm import percentile
from wire import ESTABLISHED, Wire

RULES = """
timeouts: {drain: 2s}
limits: {connections_per_client: 4000}
reload: signal
rules:
  - {name: origins, hosts: ["*.example.org"]}
"""
BLOCK = hashlib.shake_256(b"reload").digest(1 << 17)


class Echoes:
    """A tunnel that says something now and then and must hear the same."""

    def __init__(self, gate, host):
        self._wire, self.heard = Wire(gate).tls_tunnel(host), 0

    def speak(self):
        word = b"%08d" % self.heard
        assert self._wire.send(word).read(8) == word
        self.heard += 1

    def close(self):
        self._wire.socket.close()


@pytest.mark.parametrize("reloads", [100, pytest.param(1000, marks=pytest.mark.soak)])
def test_reloads_under_load_lose_no_session(make_gate, lab, reloads):
    """T82"""
    gate = make_gate(RULES)
    leaks, spans = Leaks(gate), []
    with Origin(lab) as origin:
        living = [Echoes(gate, origin.name) for _ in range(20)]
        with Load([gate], origin.name) as load:
            for number in range(reloads):
                gate.write_policy(RULES.replace("origins", f"origins-{number}"))
                began = time.monotonic()
                gate.signal(signal.SIGHUP)
                wait_until(
                    lambda: gate.metric("sallyport_policy_reloads_total") > number, 10, "a reload"
                )
                spans.append(time.monotonic() - began)
                living[number % 20].speak()
        for each in living:
            each.speak()
            each.close()
        lost, sessions = load.failures, load.sessions
        gate.wait_records(sessions + 20, 30, event="close")
    wrong = [each for each in gate.records(event="close") if each["reason"] != "allowed"]
    p99 = percentile(spans, 0.99)
    print(
        f"{reloads} reloads, {sessions} sessions and 20 long tunnels beside them: "
        f"{len(lost)} lost, {len(wrong)} ended otherwise; reload p99 {p99 * 1e3:.0f} ms"
    )
    assert not lost and not wrong and sessions > reloads
    leaks.assert_none()


TWO = """
timeouts: {{drain: 1s}}
rules:
  - {{name: first, hosts: [{first}]}}
  - {{name: second, hosts: [{second}]}}
"""


def test_a_reload_cuts_what_it_blocks_and_touches_nothing_else(make_gate, lab):
    """T62: 100 of 200 tunnels, with bytes under way in all of them."""
    with Origin(lab) as keeps, Origin(lab) as loses:
        gate = make_gate(TWO.format(first=keeps.name, second=loses.name))
        leaks = Leaks(gate)
        kept = [Wire(gate).tls_tunnel(keeps.name) for _ in range(100)]
        cut = [Wire(gate).tls_tunnel(loses.name) for _ in range(100)]
        half = len(BLOCK) // 2
        for wire in kept + cut:
            wire.send(BLOCK[:half])
        began = time.monotonic()
        gate.reload(TWO.format(first=keeps.name, second="nothing.example.net"))
        revoked = gate.wait_records(100, event="close", reason="tunnel_revoked")
        took = time.monotonic() - began
        for wire in kept:
            wire.send(BLOCK[half:])
        exact = sum(wire.read(len(BLOCK)) == BLOCK for wire in kept)
        ended = sum(has_ended(wire) for wire in cut)
        for wire in kept:
            wire.finish_writing()
            assert wire.rest() == b""
        closed = gate.wait_records(100, event="close", reason="allowed")
        for wire in kept + cut:
            wire.socket.close()
    print(
        f"reload with 200 tunnels: {len(revoked)} revoked within {took * 1e3:.0f} ms, "
        f"{exact} of 100 kept byte-exact"
    )
    assert (len(revoked), ended, exact, len(closed)) == (100, 100, 100, 100)
    assert {each["host"] for each in revoked} == {loses.name}
    leaks.assert_none()


def has_ended(wire):
    try:
        wire.rest(5)
    except ConnectionResetError:
        pass
    except TimeoutError:
        return False
    return True


def slow_download(size, seconds):
    """An origin that gives so many bytes over so long a time, then ends."""

    def serve(connection, seen):
        seen.data += connection.recv(1 << 14)
        connection.sendall(record(server_hello()))
        for at in range(0, size, size // 20):
            connection.sendall(BLOCK[at : at + size // 20])
            time.sleep(seconds / 20)

    return serve


def test_a_drain_under_load_finishes_what_runs_and_ends_with_0(make_gate, lab):
    gate = make_gate(RULES.replace("drain: 2s", "drain: 6s"))
    size = 100_000
    with Origin(lab, serve=slow_download(size, 1.5)) as origin, Origin(lab) as echo:
        running = [Wire(gate).tls_tunnel(origin.name) for _ in range(50)]
        begun = [Wire(gate).tunnel(echo.name) for _ in range(10)]
        with Load([gate], echo.name) as load:
            settle(0.3)
            began = time.monotonic()
            gate.signal(signal.SIGTERM)
            wait_until(lambda: load.failures, 5, "a new connection to be refused")
        for wire in begun:  # their CONNECT was let in
            wire.send(hello(echo.name)).read_record()
            assert wire.finish_writing().rest() == b""
        whole = sum(wire.rest() == BLOCK[:size] for wire in running)
        for wire in running:
            wire.socket.close()
        assert gate.wait(10) == 0
        took = time.monotonic() - began
    steps = {step for step, _ in load.failures}
    print(
        f"drain: {whole} of 50 downloads and 10 of 10 begun sessions finished, exit status 0 after "
        f"{took:.1f} s; {load.sessions} sessions before, then refused at {sorted(steps)}"
    )
    assert whole == 50
    assert took < 6
    assert steps == {"connect"}, load.failures
    # the kernel resets what it had completed and nobody had accepted in the instant of the close
    refused = ("Refused", "ConnectionReset")
    assert all(any(word in failure for word in refused) for _, failure in load.failures)
    assert {each["reason"] for each in gate.records(event="close")} == {"allowed"}


def test_connections_that_wait_unaccepted_when_the_drain_begins_are_served(make_gate, lab):
    gate = make_gate(RULES)
    with Origin(lab) as origin:
        gate.signal(signal.SIGSTOP)
        wires = [Wire(gate).connect(origin.name) for _ in range(300)]
        gate.signal(signal.SIGTERM)
        gate.signal(signal.SIGCONT)
        for wire in wires:
            assert wire.read(len(ESTABLISHED)) == ESTABLISHED
            wire.socket.close()
        assert gate.wait(10) == 0


def successor(make_gate, port):
    """A gate on the port of another that runs."""
    gate = make_gate(f'listeners: [{{protocol: http, address: "127.0.0.1:{port}"}}]' + RULES)
    gate.port = port
    return gate


@pytest.mark.parametrize("upgrades", [2, pytest.param(20, marks=pytest.mark.soak)])
def test_a_successor_takes_the_port_over_without_one_refused_connection(make_gate, lab, upgrades):
    """With net.ipv4.tcp_migrate_req, as the README has it: without, the kernel resets about one
    connection in 100,000 (test_what_comes_between_the_last_accept_and_the_close_is_served)."""
    first = make_gate(RULES)
    gates = [first]
    with (
        setting("net/ipv4/tcp_migrate_req", 1),
        Origin(lab) as origin,
        Load(gates, origin.name, clients=4) as load,
    ):
        for _ in range(upgrades):
            old, new = gates[0], successor(make_gate, first.port)
            long_tunnel = Wire(old).tls_tunnel(origin.name)
            settle(0.2)
            old.signal(signal.SIGTERM)
            gates[0] = new
            assert old.wait(10) == 0
            long_tunnel.socket.close()
    print(
        f"{upgrades} upgrades under {load.sessions} sessions: {len(load.failures)} refused or lost "
        f"{load.failures[:5]}"
    )
    assert load.sessions > 100 * upgrades
    assert not load.failures


@contextmanager
def wide_gap(gate):
    """Makes every close(2) of the gate take its time, so that what comes between a listener's last
    accept and its close does come."""
    strace = subprocess.Popen(
        ["/usr/bin/strace", "-f", "-qq", "-o", "/dev/null", "-p", str(gate.process.pid)]
        + ["-e", "trace=close", "-e", "inject=close:delay_enter=30000"],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_until(lambda: is_traced(gate.process.pid), 5, "strace to be there")
        yield
    finally:
        strace.terminate()
        strace.wait()
        strace.stderr.close()


def is_traced(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return "TracerPid:\t0" not in file.read()


RESET_AT_CLOSE = pytest.mark.xfail(
    strict=True, reason="the kernel resets what it completed after the listener's last accept"
)


@pytest.mark.soak
@pytest.mark.skipif(not os.access("/usr/bin/strace", os.X_OK), reason="strace is missing")
@pytest.mark.parametrize("migrates", [pytest.param(0, marks=RESET_AT_CLOSE), 1])
def test_what_comes_between_the_last_accept_and_the_close_is_served(make_gate, lab, migrates):
    """With net.ipv4.tcp_migrate_req the kernel gives them to the successor's listener."""
    gate = make_gate(RULES)
    with Origin(lab) as origin, setting("net/ipv4/tcp_migrate_req", migrates):
        successor(make_gate, gate.port)
        with wide_gap(gate):
            gate.signal(signal.SIGTERM)
            wires = []
            while gate.is_running() and len(wires) < 2000:
                wires.append(Wire(gate).connect(origin.name))
                time.sleep(0.001)
            lost = sum(not is_let_through(wire) for wire in wires)
    print(f"tcp_migrate_req {migrates}: {lost} of {len(wires)} connections reset")
    assert lost == 0


def is_let_through(wire):
    with wire:
        try:
            return wire.read(len(ESTABLISHED)) == ESTABLISHED
        except ConnectionResetError:
            return False
