"""Many bytes, also where the gate's user has no pipes left for splice(2): not one byte differs."""
import hashlib
import os
import socket
import threading
import time
from contextlib import nullcontext

import pytest

from faults import MIB, Leaks, beside, descriptors, resident_bytes, run_through
from hello import hello, record, server_hello
from lab import wait_until
from origins import Origin
from wire import Wire

POLICY = """
    timeouts: {drain: 1s}
    rules:
      - {name: origins, hosts: ["*.example.org"]}
"""
# Never repeats within a window of any buffer's size.
PIECE = hashlib.shake_256(b"faults").digest(MIB + 13)
NOBODY = 65534


def write_all(connection, size):
    """Writes so many bytes and ends this direction; returns their hash."""
    told = hashlib.sha256()
    for at in range(0, size, len(PIECE)):
        piece = PIECE[: size - at]
        connection.sendall(piece)
        told.update(piece)
    connection.shutdown(socket.SHUT_WR)
    return told.hexdigest()


def read_all(connection, before=b""):
    """Reads to the end, behind what was read before; returns the count of bytes and their hash."""
    told, count, buffer = hashlib.sha256(before), len(before), bytearray(MIB)
    while size := connection.recv_into(buffer):
        told.update(memoryview(buffer)[:size])
        count += size
    return count, told.hexdigest()


class Both:
    """An end that reads to the end of the other while it writes `size` bytes of its own."""

    def __init__(self, connection, size, before=b""):
        self.sent = self.got = None

        def write():
            self.sent = write_all(connection, size)

        self._writer = threading.Thread(target=write)
        self._writer.start()
        self.got = read_all(connection, before)
        self._writer.join()


def exchange(gate, lab, size):
    """`size` bytes each way at once through one tunnel, all asserted; returns the seconds."""
    at_origin = []

    def serve(connection, seen):
        seen.data += connection.recv(1 << 14)
        connection.sendall(record(server_hello()))
        connection.settimeout(120)
        at_origin.append(Both(connection, size))

    with Origin(lab, serve=serve) as origin, Wire(gate, timeout=120) as wire:
        wire.tunnel(origin.name).send(hello(origin.name)).read_record()
        began = time.monotonic()
        at_client = Both(wire.socket, size, wire.take_unread())
        close = gate.wait_records(1, 60, event="close", host=origin.name)[-1]
        took = time.monotonic() - began
        wait_until(lambda: at_origin, 60, "the origin to have read all")
        assert at_client.got == (size, at_origin[0].sent)
        assert at_origin[0].got == (size, at_client.sent)
        hello_bytes = len(origin.received)
    assert close["reason"] == "allowed"
    assert close["bytes_up"] == size + hello_bytes and close["bytes_down"] > size
    return took


@pytest.mark.parametrize(
    "size",
    [64 * MIB, pytest.param(1024 * MIB, marks=pytest.mark.soak)],
    ids=["64 MiB", "1 GiB"],
)
def test_both_ways_at_once_are_byte_exact(make_gate, lab, size):
    gate = make_gate(POLICY)
    leaks, memory = Leaks(gate), resident_bytes(gate.process.pid)
    took = exchange(gate, lab, size)
    grown = resident_bytes(gate.process.pid) - memory
    print(
        f"{size // MIB} MiB each way: {took:.1f} s, {2 * size / MIB / took:.0f} MiB/s, "
        f"the gate's memory grew by {grown / MIB:.1f} MiB"
    )
    assert grown < 8 * MIB
    leaks.assert_none()


# What an ordinary user has not: its pipes are small once its allowance is spent, and it may not
# raise its own limits.
AS_NOBODY = (
    "/usr/bin/setpriv",
    f"--reuid={NOBODY}",
    f"--regid={NOBODY}",
    "--clear-groups",
    "--bounding-set=-all",
    "--inh-caps=-all",
    "--pdeathsig=TERM",
)


def gate_of_nobody(make_gate, monkeypatch, lab, policy):
    run_through(monkeypatch, lab, *AS_NOBODY)
    folder = lab.make_folder("nobody")
    # The audit log is the user's own.
    os.chown(folder, NOBODY, NOBODY)
    gate = make_gate(f"audit: {{path: {folder}/audit.jsonl}}\n" + policy.replace("\n    ", "\n"))
    gate.audit = f"{folder}/audit.jsonl"
    return gate


@pytest.mark.parametrize("is_full", [False, True], ids=["pipes left", "no pipe left"])
def test_an_ordinary_user_without_pipes_relays_all_the_same(make_gate, monkeypatch, lab, is_full):
    gate = gate_of_nobody(make_gate, monkeypatch, lab, POLICY)
    at_rest = descriptors(gate.process.pid, "pipe:")  # its signals come through one
    with beside("fill-pipes", started_by=AS_NOBODY) if is_full else nullcontext():
        took = exchange(gate, lab, 16 * MIB)
        pipes = (descriptors(gate.process.pid, "pipe:") - at_rest) // 2
    print(f"as uid {NOBODY}: 16 MiB each way in {took:.2f} s, {pipes} pipes used")
    assert (pipes == 0) == is_full, "splice was used, or it was not"
