"""Crowds that hold on to what they have: thousands of idle tunnels, ends that never read."""
import asyncio
import time

import pytest

from faults import (
    MIB,
    Elsewhere,
    Leaks,
    cpu_seconds,
    descriptors,
    raise_descriptor_limit,
    resident_bytes,
    socket_memory,
    tunnel_seconds_p99,
)
from hello import hello
from wire import ESTABLISHED, Wire

POLICY = """
    timeouts: {drain: 3s, client_hello: 30s}
    limits: {connections: 9500, connections_per_client: 9500}
    rules:
      - {name: origins, hosts: ["*.example.org"]}
"""
KIB = 1 << 10
SPAN = 2  # seconds


async def open_tunnel(gate, host, turns):
    """One client through CONNECT and hello; the stream goes on living."""
    async with turns:
        reader, writer = await asyncio.open_connection(gate.host, gate.port, limit=1 << 12)
        writer.write(f"CONNECT {host}:443 HTTP/1.1\r\n\r\n".encode())
        assert await reader.readexactly(len(ESTABLISHED)) == ESTABLISHED
        writer.write(hello(host))
        head = await reader.readexactly(5)
        await reader.readexactly(int.from_bytes(head[3:], "big"))
    return reader, writer


async def is_alive(tunnel, number):
    reader, writer = tunnel
    sent = b"%08d" % number
    writer.write(sent)
    return await reader.readexactly(8) == sent


async def hold_idle(gate, host, count, told):
    """Opens that many, holds them for a while, and counts those that still carry bytes."""
    turns = asyncio.Semaphore(200)
    began = time.monotonic()
    tunnels = await asyncio.gather(*(open_tunnel(gate, host, turns) for _ in range(count)))
    told["opened in"] = time.monotonic() - began
    told["memory"] = resident_bytes(gate.process.pid)
    told["pipes"] = descriptors(gate.process.pid, "pipe:")
    told["tunnels"] = gate.metric("sallyport_tunnels")
    spent = cpu_seconds(gate.process.pid)
    await asyncio.sleep(SPAN)
    told["cpu"] = (cpu_seconds(gate.process.pid) - spent) / SPAN
    alive = await asyncio.gather(*(is_alive(each, at) for at, each in enumerate(tunnels)))
    told["alive"] = sum(alive)
    for _, writer in tunnels:
        writer.close()


@pytest.mark.shipped
@pytest.mark.parametrize("count", [500, pytest.param(9000, marks=pytest.mark.soak)])
def test_idle_tunnels_cost_little_and_live_on(make_gate, lab, count):
    raise_descriptor_limit()
    gate = make_gate(POLICY)
    elsewhere, told = Elsewhere(lab), {}
    with elsewhere.serves("echo"):
        with Wire(gate) as wire:
            wire.tls_tunnel(elsewhere.name)
        gate.wait_records(event="close")
        leaks, before = Leaks(gate), resident_bytes(gate.process.pid)
        pipes = descriptors(gate.process.pid, "pipe:")
        asyncio.run(hold_idle(gate, elsewhere.name, count, told))
        gate.wait_records(count + 1, 30, event="close")
    a_tunnel = (told["memory"] - before) / count
    print(
        f"{count} idle tunnels opened in {told['opened in']:.1f} s: "
        f"{a_tunnel / KIB:.2f} KiB of the gate's memory each, {told['cpu'] * 100:.1f} % of a core, "
        f"{told['alive']} alive"
    )
    assert told["alive"] == told["tunnels"] == count
    assert told["pipes"] == pipes
    assert a_tunnel < 8 * KIB
    assert told["cpu"] < 0.05
    leaks.assert_none(20)


def fill(wires):
    """Sends on each until nothing more goes in anywhere, not even a second later."""
    piece, quiet_since = bytes(MIB), time.monotonic()
    for wire in wires:
        wire.socket.setblocking(False)
    while time.monotonic() - quiet_since < 1:
        for wire in wires:
            try:
                wire.socket.send(piece)
                quiet_since = time.monotonic()
            except BlockingIOError:
                pass
        time.sleep(0.01)


def settled(measure, seconds=20):
    """A number that grows, once it grows no more."""
    end, last = time.monotonic() + seconds, measure()
    while time.monotonic() < end:
        time.sleep(0.5)
        now = measure()
        if now <= last:
            return now
        last = now
    return last


@pytest.mark.attack
@pytest.mark.parametrize(
    "who, count",
    [
        ("client", 20),
        pytest.param("client", 100, marks=pytest.mark.soak),
        pytest.param("origin", 100, marks=pytest.mark.soak),
    ],
)
def test_who_never_reads_costs_little_and_stops_nobody(make_gate, lab, who, count):
    """T87: tunnels whose one end sends all it can and whose other end never reads."""
    gate = make_gate(POLICY)
    pid = gate.process.pid
    bad, good = Elsewhere(lab), Elsewhere(lab)
    with good.serves("echo"):
        baseline = tunnel_seconds_p99(gate, good.name, "10.20.8.1", 3, 100)
        gate.wait_records(300, 30, event="close")
        leaks, before, kernel = Leaks(gate), resident_bytes(pid), socket_memory()
        with bad.serves("endless" if who == "client" else "deaf"):
            wires = [Wire(gate).tls_tunnel(bad.name) for _ in range(count)]
            if who == "origin":
                fill(wires)
            held = (settled(lambda: resident_bytes(pid)) - before) / count
            in_kernel = (socket_memory() - kernel) / count
            pipes = descriptors(pid, "pipe:") // 2
            spent = cpu_seconds(pid)
            time.sleep(1)
            spent = cpu_seconds(pid) - spent
            while_held = tunnel_seconds_p99(gate, good.name, "10.20.8.2", 3, 100)
            if who == "client":
                for wire in wires:
                    wire.reset()
        gate.wait_records(count, 30, event="close", host=bad.name)
        for wire in wires:
            wire.socket.close()
        leaks.assert_none()
    print(
        f"{count} tunnels whose {who} never reads: {held / KIB:.1f} KiB of the gate's memory each, "
        f"{in_kernel / KIB:.0f} KiB of the kernel's for all four sockets, {pipes} pipes in all, "
        f"{spent * 100:.0f} % of a core; others' p99 {baseline * 1e3:.2f} -> "
        f"{while_held * 1e3:.2f} ms"
    )
    assert held <= 128 * KIB, "two buffers of 64 KiB"
    assert pipes <= 256
    assert spent < 0.2
