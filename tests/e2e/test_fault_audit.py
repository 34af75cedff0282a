"""The audit log's disk fills up, its reader stops, its file goes, its writer is killed (T92, T93):
nothing unrecorded where records are required, nobody waits, and every line is a whole one."""
import json
import os
import signal
import time

import pytest

from faults import cpu_seconds, seconds_of_a_tunnel
from faults_load import Load
from gate import Gate, settle
from lab import run, wait_until
from origins import Origin
from wire import Wire, blocked_answer

RULES = """
timeouts: {drain: 1s}
rules:
  - {name: origins, hosts: ["*.example.org"]}
"""
PAGE = 4096


@pytest.fixture
def disk(lab):
    """A folder on a disk of 2 MiB."""
    folder = lab.make_folder("disk")
    run("/usr/bin/mount", "-t", "tmpfs", "-o", "size=2m", "none", folder)
    yield folder
    run("/usr/bin/umount", "-l", folder)


def audited(path, is_required):
    return f"audit: {{path: {path}, required: {str(is_required).lower()}}}" + RULES


def fill(disk):
    """Nothing more goes onto it: not even one page."""
    with open(f"{disk}/other", "ab", buffering=0) as file:
        try:
            while True:
                file.write(bytes(PAGE))
        except OSError:
            return


def lines_of(path):
    """All lines of a file, each a whole record; the last one is complete too."""
    with open(path, "rb") as file:
        data = file.read()
    assert not data or data.endswith(b"\n"), data[-200:]
    return [json.loads(line) for line in data.splitlines()]


def is_unavailable(gate, host):
    answer = blocked_answer(gate, host, more=b"x")
    return answer.status == 503 and answer.phrase.endswith("audit_unavailable")


def test_a_full_disk_closes_the_gate_and_room_on_it_opens_it_again(make_gate, lab, disk):
    gate = make_gate(audited(f"{disk}/audit.jsonl", True))
    gate.audit = f"{disk}/audit.jsonl"
    with Origin(lab) as origin:
        living = Wire(gate).tls_tunnel(origin.name)
        fill(disk)
        let_in = 0
        while not is_unavailable(gate, origin.name):
            let_in += 1
            assert let_in < 500
        spent = cpu_seconds(gate.process.pid)
        for _ in range(20):
            assert is_unavailable(gate, origin.name)
        assert living.send(b"lives").read(5) == b"lives", "what was let through is recorded already"
        living.socket.close()
        settle(1)
        spent = cpu_seconds(gate.process.pid) - spent
        os.unlink(f"{disk}/other")
        began = time.monotonic()

        def is_let_in():
            with Wire(gate) as wire:
                return wire.connect(origin.name).read(12) == b"HTTP/1.1 200"

        wait_until(is_let_in, 5, "the gate to open again")
        took = time.monotonic() - began
        gate.wait_records(20, event="connect", reason="audit_unavailable")
        gate.wait_records(event="close", reason="allowed")
        requests = gate.metric("sallyport_requests_total")
        wait_until(lambda: len(gate.records(event="connect")) == requests, what="all records")
        gate.stop()
    records = lines_of(gate.audit)
    print(
        f"disk full: closed after {let_in} more attempts, open again {took:.2f} s after there was "
        f"room; {len(records)} records, 0 of {requests:.0f} attempts lost, {spent:.2f} s of CPU"
    )
    assert spent < 0.5


def test_a_full_disk_stops_nobody_where_audit_is_not_required(make_gate, lab, disk):
    gate = make_gate(audited(f"{disk}/audit.jsonl", False))
    gate.audit = f"{disk}/audit.jsonl"
    with Origin(lab) as origin:
        fill(disk)
        for _ in range(100):
            with Wire(gate) as wire:
                wire.tls_tunnel(origin.name)
        # What waited is written once there is room.
        run("/usr/bin/mount", "-o", "remount,size=8m", disk)
        assert len(gate.wait_records(100, event="close")) == 100
        assert gate.metric("sallyport_audit_lost_total") == 0
        gate.stop()
    assert {record["reason"] for record in lines_of(gate.audit)} == {"allowed"}


class StoppedReader:
    """A gate whose records go into a pipe that nobody reads."""

    def __init__(self, lab, policy):
        self.end, write_end = os.pipe()
        self.gate = Gate(lab, policy, stdout=write_end)
        self.gate.start()
        os.close(write_end)

    def read_all(self):
        """Reads until the gate has ended; every line is a whole record."""
        data = bytearray()
        while piece := os.read(self.end, 1 << 20):
            data += piece
        return [json.loads(line) for line in data.splitlines()]


@pytest.fixture
def stopped_reader(lab):
    started = []

    def start(policy):
        started.append(StoppedReader(lab, policy))
        return started[-1]

    yield start
    for each in started:
        each.gate.remove()
        os.close(each.end)


@pytest.mark.attack
@pytest.mark.parametrize("is_required", [True, pytest.param(False, marks=pytest.mark.soak)])
def test_a_flood_of_blocks_into_a_pipe_that_nobody_reads_stops_nobody(
    stopped_reader, lab, is_required
):
    reader = stopped_reader("workers: 1\n" + audited("stdout", is_required))
    gate = reader.gate
    with Origin(lab) as origin:
        before = max(seconds_of_a_tunnel(gate, origin.name) for _ in range(20))
        flood(gate, 12_000)
        lost = gate.metric("sallyport_audit_lost_total")
        after = max(seconds_of_a_tunnel(gate, origin.name) for _ in range(20))
        waiting = gate.metric("sallyport_audit_records_total")
        requests = gate.metric("sallyport_requests_total")
    gate.signal(signal.SIGTERM)
    records = reader.read_all()
    assert gate.wait(10) == 0
    connects = [record for record in records if record["event"] == "connect"]
    allowed = sum(record["decision"] == "allow" for record in connects)
    print(
        f"required: {is_required}; nobody read: {waiting:.0f} written, {lost:.0f} of "
        f"{requests:.0f} lost, all of blocks; slowest tunnel {before * 1e3:.1f} -> "
        f"{after * 1e3:.1f} ms"
    )
    assert lost > 0, "or nothing was shown"
    assert allowed == 40
    assert len(connects) + lost == requests


def flood(gate, count):
    """So many blocked attempts, whose records are as long as a client can make them."""
    name = ".".join(["x" * 60] * 4)
    head = f"CONNECT {name}:443 HTTP/1.1\r\n\r\n".encode()
    for _ in range(count):
        with Wire(gate) as wire:
            wire.send(head).read(12)


@pytest.mark.soak
def test_a_stopped_reader_closes_the_gate_where_audit_is_required(stopped_reader, lab):
    reader = stopped_reader("workers: 1\n" + audited("stdout", True))
    gate = reader.gate
    long_name = ".".join(["y" * 60] * 3 + ["example.org"])
    with Origin(lab) as origin:
        lab.names.set(long_name, origin.address)
        served = 0
        while True:
            with Wire(gate) as wire:
                wire.connect(long_name)
                if not wire.read(39).startswith(b"HTTP/1.1 200"):
                    break
                served += 1
                assert served < 60_000
        began = time.monotonic()
        gate.signal(signal.SIGTERM)
        records = reader.read_all()
    assert gate.wait(10) == 0
    connects = [record for record in records if record["event"] == "connect"]
    print(f"nobody read: closed after {served} tunnels; {len(connects)} connect records came")
    assert len(connects) >= served
    assert time.monotonic() - began < 10


def test_a_file_that_is_removed_is_opened_anew_at_sigusr1_under_load(make_gate, lab):
    gate = make_gate(RULES)
    with Origin(lab) as origin:
        kept = []
        for turn in range(5):
            for _ in range(20):
                with Wire(gate) as wire:
                    wire.tls_tunnel(origin.name)
            os.rename(gate.audit, f"{gate.audit}.{turn}")
            kept.append(f"{gate.audit}.{turn}")
            gate.signal(signal.SIGUSR1)
            wait_until(lambda: os.path.exists(gate.audit), 1, "the new file")
        with Wire(gate) as wire:
            wire.tls_tunnel(origin.name)
        gate.stop()
    ids = [
        record["id"]
        for path in (*kept, gate.audit)
        for record in lines_of(path)
        if record["event"] == "connect"
    ]
    assert len(ids) == len(set(ids)) == 101


def test_a_killed_gate_starts_at_once_on_the_same_port(make_gate, lab):
    """T93: a port that tunnels were open on, with both ends still there."""
    gate = make_gate(RULES)
    with Origin(lab) as origin:
        wires = [Wire(gate).tls_tunnel(origin.name) for _ in range(50)]
        kill(gate)
        assert "refused" in str(try_to_connect(gate)), "while it is down nobody passes"
        began = time.monotonic()
        gate.start()
        took = time.monotonic() - began
        with Wire(gate) as wire:
            wire.tls_tunnel(origin.name)
        for wire in wires:
            wire.socket.close()
        print(f"SIGKILL with 50 tunnels: ready {took:.2f} s after the start")
        assert took < 2
        gate.wait_records(event="close")
    lines_of(gate.audit)


def kill(gate):
    gate.signal(signal.SIGKILL)
    assert gate.wait() == -signal.SIGKILL


def try_to_connect(gate):
    try:
        Wire(gate).socket.close()
    except OSError as error:
        return error
    return None


def test_a_line_that_a_kill_tore_does_not_take_the_next_with_it(make_gate, lab, disk):
    """The disk fills within a line, and the gate is killed before there is room again."""
    gate = make_gate(audited(f"{disk}/audit.jsonl", False))
    gate.audit = f"{disk}/audit.jsonl"
    with Origin(lab) as origin:
        for _ in range(3):
            with Wire(gate) as wire:
                wire.tls_tunnel(origin.name)
        gate.wait_records(3, event="close")
        fill(disk)
        for _ in range(20):
            blocked_answer(gate, "blocked.example.net")
        settle()
        kill(gate)
        with open(gate.audit, "rb") as file:
            assert not file.read().endswith(b"\n"), "or nothing was torn"
        os.unlink(f"{disk}/other")
        gate.start()
        for _ in range(3):
            with Wire(gate) as wire:
                wire.tls_tunnel(origin.name)
        wait_until(lambda: gate.metric("sallyport_audit_records_total") >= 6, what="6 records")
        gate.stop()
    good, torn = [], 0
    with open(gate.audit, "rb") as file:
        for line in file.read().splitlines():
            try:
                good.append(json.loads(line))
            except ValueError:
                torn += 1
    assert torn == 1
    events = [record["event"] for record in good if record["decision"] == "allow"]
    assert (events.count("connect"), events.count("close")) == (6, 6)


@pytest.mark.soak
def test_kills_under_load_leave_at_most_one_torn_line_each(make_gate, lab):
    gate = make_gate(RULES)
    kills, torn, good = 20, 0, 0
    with Origin(lab) as origin:
        for turn in range(kills):
            with Load([gate], origin.name) as load:
                wait_until(lambda: load.sessions > 40 + turn * 7, 30, "some sessions")
                kill(gate)
            gate.start()
    with open(gate.audit, "rb") as file:
        for line in file.read().splitlines():
            try:
                json.loads(line)
                good += 1
            except ValueError:
                torn += 1
    print(f"{kills} kills: {good} whole lines, {torn} torn")
    assert torn <= kills
