"""The wall clock is set while the gate runs (T91): deadlines do not move, records show the new
time, and `until` is judged by it.

The clock of a machine cannot be set for one process, so the gate runs with libfaketime, which moves
its wall clock (a file says where to) and leaves the monotonic one alone.
"""
import datetime
import glob
import time

import pytest

from faults import run_through
from gate import settle
from hello import hello
from lab import wait_until
from origins import Origin
from wire import Wire, blocked_answer

LIBRARIES = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
pytestmark = pytest.mark.skipif(not LIBRARIES, reason="the package faketime is missing")
DAY = 86_400
YEAR = 365 * DAY
RULES = """
rules:
  - {name: origins, hosts: ["*.example.org"]}
"""


class Clock:
    """The wall clock of the gates that a test starts."""

    def __init__(self, monkeypatch, lab):
        self._path = f"{lab.make_folder('clock')}/offset"
        self.set(0)
        run_through(
            monkeypatch,
            lab,
            "/usr/bin/env",
            f"LD_PRELOAD={LIBRARIES[0]}",
            f"FAKETIME_TIMESTAMP_FILE={self._path}",
            "FAKETIME_NO_CACHE=1",
            "FAKETIME_DONT_FAKE_MONOTONIC=1",
            "FAKETIME_DONT_RESET=1",
        )

    def set(self, seconds):
        """So far is the clock from the true time."""
        with open(self._path, "w", encoding="ascii") as file:
            file.write(f"{seconds:+d}\n")


@pytest.fixture
def clock(monkeypatch, lab):
    return Clock(monkeypatch, lab)


def off_by(record):
    """How far a record's time is from the true one, in seconds."""
    written = datetime.datetime.fromisoformat(record["time"])
    return (written - datetime.datetime.now(datetime.timezone.utc)).total_seconds()


def iso(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


def seconds_to_end(wire):
    began = time.monotonic()
    try:
        wire.rest(15)
    except ConnectionResetError:
        pass
    return time.monotonic() - began


@pytest.mark.shipped
@pytest.mark.parametrize("step", [YEAR, -YEAR], ids=["a year on", "a year back"])
def test_a_step_moves_no_deadline_and_the_records_tell_the_new_time(make_gate, clock, lab, step):
    gate = make_gate(
        "timeouts: {header: 1s, client_hello: 1s, connect: 2s, idle: 2s, drain: 1s}" + RULES
    )
    with Origin(lab) as origin:
        with Wire(gate) as wire:
            wire.tls_tunnel(origin.name)
        assert abs(off_by(gate.wait_records(event="close")[0])) < 5
        idle = Wire(gate).tls_tunnel(origin.name)
        slow_hello = Wire(gate).tunnel(origin.name).send(hello(origin.name)[:20])
        slow_head = Wire(gate).send(b"CONNECT ")
        clock.set(step)
        with Wire(gate, source="10.20.3.1") as wire:
            wire.tls_tunnel(origin.name)
        ends = [seconds_to_end(wire) for wire in (slow_head, slow_hello, idle)]
        gate.wait_records(event="connect", reason="header_timeout")
        gate.wait_records(event="connect", reason="client_hello_timeout")
        closed = gate.wait_records(event="close", reason="idle_timeout")[0]
        after = gate.wait_records(2, client="10.20.3.1")
    print(
        f"clock {step:+d} s: head, hello and idle of 1, 1 and 2 s ended at "
        f"{ends[0]:.1f}, {sum(ends[:2]):.1f} and {sum(ends):.1f} s, new records are "
        f"{off_by(after[0]):+.0f} s off"
    )
    assert 0.5 < ends[0] < 2.5 and 1.5 < sum(ends) < 4.5
    assert all(abs(off_by(record) - step) < 15 for record in (*after, closed))


@pytest.mark.shipped
@pytest.mark.parametrize("step", [YEAR, -YEAR], ids=["a year on", "a year back"])
def test_a_duration_does_not_hold_the_clocks_step(make_gate, clock, lab, step):
    gate = make_gate("timeouts: {drain: 1s}" + RULES)
    with Origin(lab) as origin, Wire(gate) as tunnel, Wire(gate) as wire:
        tunnel.tls_tunnel(origin.name)
        wire.tunnel(origin.name)
        clock.set(step)
        settle(0.2)
        wire.send(hello(origin.name)).read_record()
        tunnel.finish_writing().rest()
        connect = gate.wait_records(2, event="connect")[-1]
        close = gate.wait_records(event="close")[0]
    assert 100 < connect["duration_ms"] < 5000 and 100 < close["duration_ms"] < 5000


UNTIL = """
    timeouts: {{drain: 1s}}
    rules:
      - {{name: guests, hosts: ["*.example.org"], until: {until}}}
"""


@pytest.mark.shipped
def test_a_step_over_an_end_ends_new_tunnels_at_once(make_gate, clock, lab):
    gate = make_gate(UNTIL.format(until=iso(DAY)))
    with Origin(lab) as origin:
        with Wire(gate) as wire:
            wire.tls_tunnel(origin.name)
        clock.set(2 * DAY)
        assert blocked_answer(gate, origin.name).phrase.endswith("rule_expired")
        clock.set(0)
        with Wire(gate) as wire:  # and a step back lets them in again
            wire.tls_tunnel(origin.name)


@pytest.mark.shipped
@pytest.mark.soak
def test_a_step_over_an_end_cuts_live_tunnels_within_a_minute(make_gate, clock, lab):
    gate = make_gate(UNTIL.format(until=iso(DAY)))
    with Origin(lab) as origin, Wire(gate) as wire:
        wire.tls_tunnel(origin.name)
        clock.set(2 * DAY)
        began = time.monotonic()
        wait_until(lambda: gate.records(event="close"), 75, "the tunnel to be cut")
        print(f"a live tunnel was cut {time.monotonic() - began:.0f} s after the clock's step")
        assert gate.one_record(event="close")["reason"] == "tunnel_revoked"


@pytest.mark.shipped
def test_a_step_back_keeps_live_tunnels_and_reloads(make_gate, clock, lab):
    policy = UNTIL.format(until=iso(2))
    gate = make_gate(policy)
    with Origin(lab) as origin, Wire(gate) as wire:
        wire.tls_tunnel(origin.name)
        clock.set(-DAY)
        settle(2.3)  # the true end is over, the gate's is not
        assert wire.send(b"here").read(4) == b"here"
        told = gate.reload(policy + "\n      - {name: more, hosts: [more.example.net]}\n")
        assert "errors" not in told and abs(off_by(told) + DAY) < 5
        assert wire.send(b"here").read(4) == b"here"
