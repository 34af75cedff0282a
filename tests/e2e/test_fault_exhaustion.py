"""Descriptors and ports run out: new clients wait or are told why, nothing spins, and service comes
back by itself (T86, T88)."""
import resource
import socket
import time

import pytest

from faults import Leaks, cpu_seconds, descriptors, run_through, setting
from gate import settle
from lab import wait_until
from origins import Origin
from wire import Wire

POLICY = """
    timeouts: {drain: 1s, connect: 2s}
    rules:
      - {name: origins, hosts: ["*.example.org"]}
"""


def is_served(gate, host):
    try:
        with Wire(gate, timeout=2) as wire:
            return wire.connect(host).read(12) == b"HTTP/1.1 200"
    except OSError:
        return False


def seconds_until_served(gate, host):
    began = time.monotonic()
    wait_until(lambda: is_served(gate, host), 15, "service to come back")
    return time.monotonic() - began


# How far above what it holds the limit is set, and whether the crowd asks for tunnels or only
# connects. 2: a client and its origin are all there can be.
SHORTAGES = [
    (20, True),
    *(pytest.param(*row, marks=pytest.mark.soak) for row in ((2, True), (21, True), (60, True))),
    pytest.param(60, False, marks=pytest.mark.soak),
]


@pytest.mark.attack
@pytest.mark.parametrize("left, asks", SHORTAGES)
def test_without_descriptors_it_does_not_spin_and_comes_back(make_gate, lab, left, asks):
    gate = make_gate(POLICY)
    pid = gate.process.pid
    with Origin(lab) as origin:
        with Wire(gate) as wire:
            wire.tls_tunnel(origin.name)
        gate.wait_records(event="close")
        leaks = Leaks(gate)
        usual = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        most = descriptors(pid, "") + left
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (most, usual[1]))
        crowd = [socket.create_connection((gate.host, gate.port), 5) for _ in range(150)]
        for client in crowd if asks else ():
            client.sendall(f"CONNECT {origin.name}:443 HTTP/1.1\r\n\r\n".encode())
        settle(0.5)
        spent = cpu_seconds(pid)
        time.sleep(2)
        spent = (cpu_seconds(pid) - spent) / 2
        for client in crowd:
            client.close()
        took = seconds_until_served(gate, origin.name)
        told = {each["reason"] for each in gate.records(event="connect")}
        print(
            f"{left} descriptors left, 150 clients: {spent * 100:.1f} % of a core while full, "
            f"served again after {took:.2f} s, reasons {sorted(told)}"
        )
        assert spent < 0.2
        assert "no file descriptor is left" in gate.stderr()
        assert told <= {"allowed", "client_gone", "connect_failed", "dns_failure"}
        resource.prlimit(pid, resource.RLIMIT_NOFILE, usual)
        leaks.assert_none()


@pytest.mark.soak
def test_a_small_limit_from_the_start_is_kept_without_running_out(make_gate, monkeypatch, lab):
    """`connections: auto` is what the descriptors carry, so they never run out."""
    run_through(monkeypatch, lab, "/usr/bin/prlimit", "--nofile=256:256")
    gate = make_gate(POLICY)
    pid = gate.process.pid
    with Origin(lab) as origin:
        crowd = []
        for number in range(200):
            address = (f"10.20.7.{number % 10 + 1}", 0)
            client = socket.create_connection((gate.host, gate.port), 5, address)
            client.sendall(f"CONNECT {origin.name}:443 HTTP/1.1\r\n\r\n".encode())
            crowd.append(client)
        settle(0.5)
        spent = cpu_seconds(pid)
        time.sleep(2)
        spent = (cpu_seconds(pid) - spent) / 2
        sessions = gate.metric("sallyport_sessions")
        for client in crowd:
            client.close()
        took = seconds_until_served(gate, origin.name)
    print(
        f"256 descriptors from the start, 200 clients: {sessions:.0f} taken in, "
        f"{spent * 100:.1f} % of a core, served again after {took:.2f} s"
    )
    assert spent < 0.2
    assert "no file descriptor is left" not in gate.stderr()
    assert "limits.connections is reached" in gate.stderr()


def test_without_ports_the_client_is_told_why_and_others_are_served(make_gate, lab):
    """T88: 50 ports, 80 tunnels to one origin; another origin has ports of its own."""
    gate = make_gate(POLICY)
    with Origin(lab) as origin, Origin(lab) as other:
        clients = [Wire(gate, source=f"10.20.6.{number + 1}") for number in range(81)]
        spare = clients.pop()
        with setting("net/ipv4/ip_local_port_range", "61000 61049"):
            for wire in clients:
                wire.connect(origin.name)
            answers = [wire.read(12) for wire in clients]
            spare.tls_tunnel(other.name).socket.close()
            served = [wire for wire, told in zip(clients, answers) if told == b"HTTP/1.1 200"]
            refused = [wire for wire, told in zip(clients, answers) if told == b"HTTP/1.1 502"]
            words = refused[0].rest()
            records = gate.wait_records(len(refused), event="connect", reason="connect_failed")
            for wire in clients:
                wire.reset()
            spent = cpu_seconds(gate.process.pid)
            took = seconds_until_served(gate, origin.name)
            spent = cpu_seconds(gate.process.pid) - spent
    print(
        f"50 ports, 80 clients: {len(served)} served, {len(refused)} told why, served again after "
        f"{took:.2f} s"
    )
    # A client's own port may be one of the 50.
    assert 40 <= len(served) <= 50
    assert len(records) == len(refused) == 80 - len(served)
    assert b"The gate has no port" in words
    assert spent < 0.5
