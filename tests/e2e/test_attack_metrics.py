"""The metrics that a flood of names leaves behind, and the port where they are read: THREATS.md
section 1H, rows T79 and T80. Nothing that a client chose becomes a label, and nothing is reached or
changed through that port."""
import socket
import time

import pytest

from decoy import Trial
from faults import MIB, resident_bytes
from gate import settle
from lab import OWN, wait_until
from wire import Wire

pytestmark = [pytest.mark.attack]

DENIED = "www.evil.example"
POLICY = """
    timeouts: {header: 2s, client_hello: 1s, connect: 3s, drain: 1s}
    rules:
      - {name: ours, hosts: ["*.allowed.example"]}
      - {name: loopback, hosts: ["127.0.0.1", "[::1]"], ports: [1-65535]}
"""


@pytest.fixture(scope="module")
def trial(lab):
    with Trial(lab, POLICY) as trial:
        trial.names.set("rebound.allowed.example", "127.0.0.1", "::1")
        yield trial


def flood(gate, hosts):
    """Denied CONNECTs, each for a host of its own."""
    for number in range(hosts):
        with Wire(gate) as wire:
            wire.send(f"CONNECT h{number}.evil.example:443 HTTP/1.1\r\n\r\n".encode())
            assert wire.read(13) == b"HTTP/1.1 403 "


@pytest.mark.shipped
@pytest.mark.parametrize("hosts", [3_000, pytest.param(100_000, marks=pytest.mark.soak)])
def test_t79_any_number_of_denied_hosts_is_the_same_number_of_series(make_gate, lab, hosts):
    gate = make_gate('rules: [{name: ours, hosts: ["*.allowed.example"]}]')
    flood(gate, 1_000)
    gate.wait_records(1_000, 20)
    series, memory = len(gate.metrics()), resident_bytes(gate.process.pid)
    flood(gate, hosts)
    after = len(gate.metrics())
    # The rings of audit lines are given back once it is quiet.
    wait_until(
        lambda: resident_bytes(gate.process.pid) - memory < 2 * MIB,
        20,
        "the gate to be no more than 2 MiB larger",
    )
    print(f"T79: {series} series before, {after} after {hosts} hosts more")
    assert after == series
    assert gate.metric("sallyport_blocked_total", reason="host_not_allowed") == 1_000 + hosts


def test_t80_the_metrics_port_is_not_reached_through_the_gate(trial):
    port = trial.gate.metrics_port
    for target in (f"127.0.0.1:{port}", f"[::1]:{port}", f"127.0.0.1:{trial.gate.port}"):
        trial.refused(f"CONNECT {target} HTTP/1.1\r\n\r\n".encode(), 403, "destination_forbidden")
    trial.refused(
        b"CONNECT rebound.allowed.example:443 HTTP/1.1\r\n\r\n", 403, "destination_forbidden"
    )
    trial.refused(
        f"GET http://127.0.0.1:{port}/metrics HTTP/1.0\r\n\r\n".encode(),
        403,
        "destination_forbidden",
        event="request",
    )


def test_t80_the_metrics_port_is_on_its_own_address_alone(trial):
    for address in (OWN, "10.20.0.1", "52.94.77.1"):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((address, trial.gate.metrics_port), 2)


def ask_endpoint(gate, head):
    with socket.create_connection(("127.0.0.1", gate.metrics_port), 5) as connection:
        connection.sendall(head.encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        return connection.recv(1 << 12).split(b" ")[1:2]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_t80_nothing_is_changed_over_http(trial, method):
    for path in ("/metrics", "/healthz", "/readyz", "/reload", "/quitquitquit"):
        assert ask_endpoint(trial.gate, f"{method} {path}") == [b"405"]
    assert trial.gate.ready() == 200


@pytest.mark.parametrize(
    "path",
    ["/config", "/reload", "/debug", "/quit", "/metrics/../config", "//metrics", "/%6detrics"],
)
def test_t80_there_are_three_paths_and_no_other(trial, path):
    assert ask_endpoint(trial.gate, f"GET {path}") == [b"404"]


def test_t80_who_holds_the_metrics_port_holds_up_nobody_else(trial):
    """400 half requests: clients of the gate feel nothing, and the port is free again in time."""
    held = []
    for _ in range(400):
        held.append(socket.create_connection(("127.0.0.1", trial.gate.metrics_port), 5))
        held[-1].sendall(b"GET /met")
    began = time.monotonic()
    trial.refused(f"CONNECT {DENIED}:443 HTTP/1.1\r\n\r\n".encode(), 403, "host_not_allowed")
    assert time.monotonic() - began < 0.5
    settle(0.2)
    for each in held:
        each.close()
    wait_until(lambda: trial.gate.ready() == 200, 10, "the endpoint to answer again")
    print(f"T80: answers again {time.monotonic() - began:.1f} s after 400 half requests")
