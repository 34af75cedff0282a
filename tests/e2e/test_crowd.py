"""Many tunnels at once, limits, and connections that never say a word (SEMANTICS.md section 11)."""
import asyncio
import resource
import socket
import time

import pytest

from gate import settle
from hello import hello
from lab import wait_until
from origins import Origin
from wire import ESTABLISHED, Wire, parse_answer

POLICY = """
    rules:
      - {name: origins, hosts: ["*.example.org"]}
"""


def raise_descriptor_limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def whole_tunnel(gate, host, all_connected):
    """One client: waits until all have connected, then goes through a tunnel to its end."""
    reader, writer = await asyncio.open_connection(gate.host, gate.port)
    await all_connected.wait()
    writer.write(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n".encode())
    head = await reader.readexactly(len(ESTABLISHED))
    assert head == ESTABLISHED, head
    writer.write(hello(host))
    assert (await reader.read(1 << 14))[:1] == b"\x16"
    writer.close()


@pytest.mark.legitimate
def test_1800_tunnels_at_once_from_one_client_are_all_served(make_gate, lab):
    """As `npm ci` opens them; the default limit is 512 a client, the others wait unread."""
    raise_descriptor_limit()
    gate = make_gate(POLICY)
    with Origin(lab) as origin:

        async def crowd():
            all_connected = asyncio.Barrier(1800)
            tunnels = [whole_tunnel(gate, origin.name, all_connected) for _ in range(1800)]
            await asyncio.wait_for(asyncio.gather(*tunnels), 60)

        asyncio.run(crowd())
        allowed = gate.wait_records(1800, 30, event="connect", host=origin.name, decision="allow")
        closed = gate.wait_records(1800, 30, event="close", host=origin.name)
    assert len(allowed) == len(closed) == 1800
    assert len({record["id"] for record in allowed}) == 1800
    assert gate.metric("sallyport_requests_total") == 1800
    assert gate.metric("sallyport_tunnels") == 0


LIMIT_OF_TWO = """
    workers: 1
    limits: {connections_per_client: 2}
    rules:
      - {name: origins, hosts: ["*.example.org"]}
"""


@pytest.mark.short
@pytest.mark.legitimate
def test_above_a_clients_limit_the_next_are_served_in_order_of_arrival(make_gate, lab):
    gate = make_gate(LIMIT_OF_TWO)
    with Origin(lab) as origin:
        served = [Wire(gate).tls_tunnel(origin.name) for _ in range(2)]
        waiting = []
        for _ in range(4):
            waiting.append(Wire(gate).connect(origin.name))
            settle(0.05)
        assert all(wire.is_silent(0.05) for wire in waiting)
        for place, wire in enumerate(waiting):
            served.pop(0).socket.close()
            assert wire.read(39) == ESTABLISHED, place
            assert all(later.is_silent(0.02) for later in waiting[place + 1 :])
            wire.send(hello(origin.name)).read_record()
            served.append(wire)


@pytest.mark.short
def test_another_client_does_not_wait_for_a_clients_limit(make_gate, lab):
    gate = make_gate(LIMIT_OF_TWO)
    with Origin(lab) as origin:
        held = [Wire(gate).tls_tunnel(origin.name) for _ in range(2)]
        waiting = Wire(gate).connect(origin.name)
        with Wire(gate, source="10.20.0.9") as other:
            other.tls_tunnel(origin.name)
        assert len(held) == 2 and waiting.is_silent(0.1)


@pytest.mark.short
def test_with_four_times_the_limit_waiting_the_next_is_told_503_at_once(make_gate, lab):
    gate = make_gate(LIMIT_OF_TWO)
    with Origin(lab) as origin:
        held = [Wire(gate).tls_tunnel(origin.name) for _ in range(2)]
        waiting = [Wire(gate).connect(origin.name) for _ in range(8)]
        settle()
        with Wire(gate) as wire:
            answer = wire.connect(origin.name).answer(timeout=3)
        assert (answer.status, answer.phrase) == (503, "Blocked by sallyport: connection_limit")
        assert int(answer.headers["retry-after"]) > 0
        assert gate.one_record(reason="connection_limit")["status"] == 503
        assert len(held) == 2 and all(each.is_silent(0.01) for each in waiting)


def test_who_waits_for_ten_seconds_is_told_503(make_gate, lab):
    gate = make_gate(LIMIT_OF_TWO)
    with Origin(lab) as origin:
        held = [Wire(gate).tls_tunnel(origin.name) for _ in range(2)]
        started = time.monotonic()
        with Wire(gate) as wire:
            answer = wire.connect(origin.name).answer(timeout=15)
        assert (answer.status, "retry-after" in answer.headers) == (503, True)
        assert 9 < time.monotonic() - started < 13
        assert len(held) == 2


def test_the_limit_of_all_connections_is_kept(make_gate, lab):
    gate = make_gate(
        """
        limits: {connections: 10, connections_per_client: 10}
        rules:
          - {name: origins, hosts: ["*.example.org"]}
    """
    )
    with Origin(lab) as origin:
        held = [Wire(gate).tls_tunnel(origin.name) for _ in range(10)]
        with Wire(gate, source="10.20.0.10") as more:
            more.connect(origin.name)
            more.socket.settimeout(3)
            try:
                told = more.read(1 << 14)
            except (TimeoutError, ConnectionResetError):
                told = b""
            assert not told.startswith(b"HTTP/1.1 200")
            if told:
                assert parse_answer(told).status == 503
        held.pop().socket.close()
        settle()
        with Wire(gate) as wire:
            wire.tls_tunnel(origin.name)


@pytest.mark.short
@pytest.mark.attack
def test_one_client_leaves_half_of_all_connections_to_the_others(make_gate, lab):
    gate = make_gate(
        """
        limits: {connections: 10}
        rules:
          - {name: origins, hosts: ["*.example.org"]}
    """
    )
    with Origin(lab) as origin:
        held = [Wire(gate).tls_tunnel(origin.name) for _ in range(5)]
        with Wire(gate) as waits, Wire(gate, source="10.20.0.10") as other:
            assert waits.connect(origin.name).is_silent(0.5)
            other.tls_tunnel(origin.name)
            held.pop().socket.close()
            assert waits.read(len(ESTABLISHED)) == ESTABLISHED


@pytest.mark.short
@pytest.mark.legitimate
def test_a_connection_without_a_byte_leaves_nothing(make_gate, lab):
    gate = make_gate(
        """
        timeouts: {header: 1s, drain: 1s}
        rules:
          - {name: origins, hosts: ["*.example.org"]}
    """
    )
    log = gate.stderr()
    with Wire(gate):
        pass  # closes at once
    Wire(gate).reset()
    with Wire(gate) as wire:
        assert wire.rest(timeout=5) == b""  # closed by the gate at the deadline, with no answer
    settle()
    assert gate.records() == []
    assert gate.metric("sallyport_requests_total") == 0
    assert gate.stderr() == log


def test_no_descriptor_is_left_behind(make_gate, lab):
    gate = make_gate(POLICY)
    with Origin(lab) as origin:
        with Wire(gate) as wire:
            wire.tls_tunnel(origin.name)
        gate.wait_records(event="close")
        settle()
        before = gate.metric("process_open_fds")
        for number in range(60):
            wire = Wire(gate)
            if number % 3 == 0:
                wire.tls_tunnel(origin.name)
            elif number % 3 == 1:
                wire.connect("blocked.example.net").rest()
            wire.reset() if number % 2 else wire.socket.close()
        gate.wait_records(21, event="close")
        settle(0.5)
        assert gate.metric("process_open_fds") <= before + 4


def test_a_full_descriptor_table_pauses_accepting_and_resumes(make_gate, lab):
    gate = make_gate(POLICY)
    few = int(gate.metric("process_open_fds")) + 40
    resource.prlimit(gate.process.pid, resource.RLIMIT_NOFILE, (few, few))
    with Origin(lab) as origin:
        crowd = []
        for _ in range(150):
            client = socket.create_connection((gate.host, gate.port), 5)
            client.sendall(f"CONNECT {origin.name}:443 HTTP/1.1\r\n\r\n".encode())
            crowd.append(client)
        settle(0.5)
        spent = cpu_seconds(gate.process.pid)
        settle(1)
        assert cpu_seconds(gate.process.pid) - spent < 0.5, "it must not spin"
        for client in crowd:
            client.close()

        def is_served():
            try:
                with Wire(gate, timeout=3) as wire:
                    return wire.connect(origin.name).read(12) == b"HTTP/1.1 200"
            except OSError:
                return False

        wait_until(is_served, 10, "service to come back")


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100
