"""Reload and drain: live tunnels are judged again, a bad file changes nothing, and the end is
orderly."""
import signal
import time

import pytest

from gate import settle
from hello import hello
from lab import wait_until
from origins import Origin
from wire import Wire, blocked_answer

OPEN = """
    rules:
      - {name: origins, hosts: ["*.example.org"]}
"""
CLOSED = """
    rules:
      - {name: nothing, hosts: [nothing.example.net]}
"""
BAD = """
    rules:
      - {name: origins, hosts: ["*.example.org"], colour: blue}
"""


def policy_hash(gate):
    return next(
        labels["hash"] for name, labels, _ in gate.metrics() if name == "sallyport_policy_info"
    )


def rest_until_any_end(wire):
    try:
        return wire.rest(10)
    except ConnectionResetError:
        return b""


@pytest.mark.short
def test_a_reload_takes_the_new_policy_and_tells_it(make_gate, lab):
    gate = make_gate(CLOSED)
    before = policy_hash(gate)
    with Origin(lab) as origin:
        assert blocked_answer(gate, origin.name).status == 403
        told = gate.reload(OPEN)
        assert (told["previous_policy"], "errors" in told and told["errors"] != []) == (
            before,
            False,
        )
        assert told["policy"] == policy_hash(gate) != before
        with Wire(gate) as wire:
            wire.tls_tunnel(origin.name)
        assert gate.wait_records(event="connect", decision="allow")[0]["policy"] == told["policy"]
    assert (
        sum(
            number for name, _, number in gate.metrics() if name == "sallyport_policy_reloads_total"
        )
        == 1
    )


def test_a_changed_file_is_taken_without_a_signal(make_gate, lab):
    gate = make_gate(CLOSED)
    gate.write_policy(OPEN)
    gate.wait_records(event="reload")
    with Origin(lab) as origin, Wire(gate) as wire:
        wire.tls_tunnel(origin.name)


@pytest.mark.short
def test_a_live_tunnel_that_is_now_blocked_is_cut(make_gate, lab):
    gate = make_gate(OPEN)
    with Origin(lab) as origin, Wire(gate) as wire:
        wire.tls_tunnel(origin.name)
        opened = gate.one_record(event="connect", host=origin.name)
        gate.reload(CLOSED)
        rest_until_any_end(wire)
        close = gate.one_record(event="close", id=opened["id"])
        assert close["reason"] == "tunnel_revoked"
        assert (close["rule"], close["policy"]) == (
            opened["rule"],
            opened["policy"],
        ), "those of the opening verdict"
    assert gate.metric("sallyport_tunnels_closed_total", reason="tunnel_revoked") == 1


@pytest.mark.short
def test_a_live_tunnel_that_is_still_allowed_lives_on(make_gate, lab):
    gate = make_gate(OPEN)
    with Origin(lab) as origin, Wire(gate) as wire:
        wire.tls_tunnel(origin.name)
        gate.reload(OPEN.replace("origins", "renamed"))
        assert wire.send(b"still here").read(10) == b"still here"


def test_a_tunnel_is_cut_when_its_rule_has_expired(make_gate, lab):
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 4))
    gate = make_gate(
        f"""
        rules:
          - {{name: guests, hosts: ["*.example.org"], until: {until}}}
    """
    )
    with Origin(lab) as origin, Wire(gate) as wire:
        wire.tls_tunnel(origin.name)
        rest_until_any_end(wire)
        assert gate.wait_records(event="close")[0]["reason"] == "tunnel_revoked"
        assert blocked_answer(gate, origin.name).phrase.endswith("rule_expired")


@pytest.mark.attack
def test_no_tunnel_outlives_the_instant_at_which_its_rule_ends(make_gate, lab):
    """Hellos come in closely around an `until`: live tunnels are judged at that instant and not
    again, so none may open behind it, however shortly."""
    end = int(time.time()) + 4
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(end))
    gate = make_gate(
        f"""
        rules:
          - {{name: guests, hosts: ["*.example.org"], until: {until}}}
    """
    )

    with Origin(lab) as origin:
        first = hello(origin.name)
        dialled = [Wire(gate).tunnel(origin.name) for _ in range(400)]
        early = len(dialled) // 8  # on a busy machine they alone are before it
        for number, wire in enumerate(dialled):
            begins = end - 0.4 if number < early else end - 0.01 + (number - early) * 50e-6
            while time.time() < begins:  # a sleep is not that exact
                pass
            wire.socket.send(first)
        settle(0.5)
        open_tunnels = gate.metric("sallyport_tunnels")
        told = {record["reason"] for record in gate.records(event="connect")}
        for wire in dialled:
            wire.socket.close()
    assert told == {"allowed", "rule_expired"}, "it was at that instant"
    assert open_tunnels == 0


@pytest.mark.short
def test_a_bad_file_changes_nothing_and_says_so(make_gate, lab):
    gate = make_gate(OPEN)
    before = policy_hash(gate)
    with Origin(lab) as origin, Wire(gate) as wire:
        wire.tls_tunnel(origin.name)
        told = gate.reload(BAD)
        assert any("colour" in error for error in told["errors"])
        assert wire.send(b"here").read(4) == b"here"
        with Wire(gate) as another:
            another.tls_tunnel(origin.name)
    assert "colour" in gate.stderr()
    assert policy_hash(gate) == before


@pytest.mark.parametrize(
    "key, line",
    [
        ("listeners", 'listeners: [{protocol: http, address: "127.0.0.1:1"}]'),
        ("metrics", "metrics: off"),
        ("workers", "workers: 7"),
        ("audit", "audit: {path: stderr}"),
    ],
)
def test_what_cannot_be_reloaded_fails_by_name(make_gate, lab, key, line):
    gate = make_gate(OPEN)
    told = gate.reload(OPEN + "    " + line + "\n")
    assert any(key in error for error in told["errors"])
    with Origin(lab) as origin, Wire(gate) as wire:
        wire.tls_tunnel(origin.name)


def test_many_reloads_under_traffic_lose_nothing(make_gate, lab):
    gate = make_gate(OPEN)
    with Origin(lab) as origin:
        for number in range(20):
            gate.write_policy(OPEN.replace("origins", f"origins-{number}"))
            gate.signal(signal.SIGHUP)
            for _ in range(5):
                with Wire(gate) as wire:
                    wire.tls_tunnel(origin.name)
        assert len(gate.wait_records(100, event="connect", decision="allow")) == 100


@pytest.mark.short
def test_a_drain_fails_readiness_first_then_cuts_and_ends_with_0(make_gate, lab):
    gate = make_gate("timeouts: {drain: 3s}\n" + OPEN.replace("\n    ", "\n"))
    with Origin(lab) as origin, Wire(gate) as wire:
        wire.tls_tunnel(origin.name)
        started = time.monotonic()
        gate.signal(signal.SIGTERM)
        wait_until(lambda: gate.ready() == 503, 1, "readiness to fail")
        assert gate.get("/healthz")[0] == 200, "it is well, only not to be used"
        for _ in range(4):  # a tunnel in use lives on meanwhile
            assert wire.send(b".").read(1) == b"."
            time.sleep(0.2)
        rest_until_any_end(wire)
        assert gate.wait(10) == 0
        assert time.monotonic() - started < 6
        opened = gate.one_record(event="connect", host=origin.name)
        assert gate.one_record(event="close", id=opened["id"])["reason"] == "draining"


def test_idle_tunnels_end_first(make_gate, lab):
    gate = make_gate("timeouts: {drain: 6s}\n" + OPEN.replace("\n    ", "\n"))
    with Origin(lab) as origin, Wire(gate) as idle, Wire(gate) as busy:
        idle.tls_tunnel(origin.name)
        busy.tls_tunnel(origin.name)
        settle(1.5)
        busy.send(b".").read(1)
        gate.signal(signal.SIGTERM)
        idle_end = busy_end = None
        idle.socket.settimeout(0.05)
        while busy_end is None:
            try:
                if idle_end is None and not idle.socket.recv(1):
                    idle_end = time.monotonic()
            except TimeoutError:
                pass
            except ConnectionResetError:
                idle_end = time.monotonic()
            try:
                if busy.send(b".").read(1) == b"":
                    busy_end = time.monotonic()
            except OSError:
                busy_end = time.monotonic()
        assert idle_end is not None and idle_end < busy_end
        assert gate.wait(10) == 0


@pytest.mark.short
def test_a_drain_without_tunnels_is_quick(make_gate, lab):
    gate = make_gate("timeouts: {drain: 20s}\n" + OPEN.replace("\n    ", "\n"))
    with Origin(lab) as origin, Wire(gate) as wire:
        wire.tls_tunnel(origin.name)
    gate.wait_records(event="close")
    started = time.monotonic()
    gate.stop()
    assert time.monotonic() - started < 5


def test_whoever_comes_during_a_drain_is_not_served(make_gate, lab):
    gate = make_gate("timeouts: {drain: 3s}\n" + OPEN.replace("\n    ", "\n"))
    with Origin(lab) as origin, Wire(gate) as wire:
        wire.tls_tunnel(origin.name)
        gate.signal(signal.SIGTERM)
        wait_until(lambda: gate.ready() == 503, 1)
        settle()
        try:
            assert blocked_answer(gate, origin.name).status == 503
            assert gate.one_record(reason="draining", status=503)
        except (ConnectionRefusedError, ConnectionResetError):
            pass  # the listener is closed already: as good
        assert wire.send(b".").read(1) in (b".", b"")


@pytest.mark.short
def test_a_second_sigterm_stops_at_once(make_gate, lab):
    gate = make_gate("timeouts: {drain: 30s}\n" + OPEN.replace("\n    ", "\n"))
    with Origin(lab) as origin, Wire(gate) as wire:
        wire.tls_tunnel(origin.name)
        gate.signal(signal.SIGTERM)
        settle(0.5)
        assert gate.is_running()
        gate.signal(signal.SIGTERM)
        gate.wait(3)
