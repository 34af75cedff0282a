"""What comes late is judged as if it had come in time: the first bytes of a client that was silent,
and a verdict that falls after a rule has ended."""

import time

import pytest

from gate import settle
from hello import ACCESS_DENIED, hello
from lab import wait_until
from origins import Origin, only_listen, read_some
from wire import Wire

pytestmark = pytest.mark.short

POLICY = """
    timeouts: {client_hello: 1s, drain: 1s}
    rules:
      - {name: any-bytes, hosts: ["*.example.org"], tls: optional}
      - {name: no-tls-here, effect: deny, hosts: [plain.example.org], schemes: [https]}
"""


@pytest.fixture(scope="module")
def gate(share_gate):
    return share_gate(POLICY)


def late_tunnel(gate, name):
    """A tunnel whose client was silent until it was decided."""
    wire = Wire(gate)
    wire.tunnel(name)
    gate.wait_records(event="connect", host=name, decision="allow")
    return wire


@pytest.mark.legitimate
def test_a_late_hello_of_the_same_host_passes(gate, lab):
    with Origin(lab) as origin, late_tunnel(gate, origin.name) as wire:
        sent = hello(origin.name)
        wire.send(sent)
        assert wire.read_record()[0] == 22
        assert origin.received == sent


@pytest.mark.attack
@pytest.mark.parametrize("piece", [1 << 20, 7])
def test_a_late_hello_of_another_host_is_cut(gate, lab, piece):
    with Origin(lab) as origin, late_tunnel(gate, origin.name) as wire:
        told = wire.send_in_pieces(hello("evil.example.net"), piece, 0.001).rest()
        assert told == bytes.fromhex("15030300020231")
        closed = gate.wait_records(event="close", host=origin.name)[-1]
        assert closed["reason"] == "sni_mismatch"
        assert origin.received == b""


@pytest.mark.legitimate
def test_late_bytes_that_are_no_tls_pass(gate, lab):
    with Origin(lab) as origin, late_tunnel(gate, origin.name) as wire:
        wire.send(b"SSH-2.0-late\r\n")
        settle()
        assert origin.received == b"SSH-2.0-late\r\n"


@pytest.mark.attack
def test_silence_dodges_no_monitor_mode_contradiction(make_gate, lab):
    gate = make_gate(
        """
        mode: monitor
        timeouts: {client_hello: 1s, drain: 1s}
        rules:
          - {name: tls-only, hosts: ["*.example.org"]}
        """
    )
    with Origin(lab) as origin, Wire(gate) as wire:
        wire.tunnel(origin.name)
        gate.wait_records(event="connect", host=origin.name, decision="would_block")
        wire.send(hello("evil.example.net"))
        assert wire.rest() == bytes.fromhex("15030300020231")
        assert origin.received == b""


@pytest.mark.attack
def test_a_rule_that_ends_while_the_hello_is_awaited_does_not_allow(make_gate, lab):
    ends = int(time.time()) + 3
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ends))
    gate = make_gate(
        f"""
        timeouts: {{client_hello: 20s, drain: 1s}}
        rules:
          - {{name: brief, hosts: ["*.example.org"], until: {until}}}
        """
    )
    with Origin(lab) as origin, Wire(gate) as wire:
        wire.tunnel(origin.name)
        time.sleep(max(0.0, ends - time.time()) + 0.5)
        wire.send(hello(origin.name)).rest()
        record = gate.wait_records(event="connect", host=origin.name)[-1]
        assert (record["decision"], record["reason"]) == ("block", "rule_expired")
        assert origin.received == b""


def wait_received(origin, data):
    wait_until(lambda: origin.received == data, 5, f"the origin to get {data!r}")


def wait_seen_end(origin, how):
    wait_until(lambda: origin.seen and origin.seen[-1].ended == how, 5, f"the origin's {how}")


# An upper-case word may yet become HTTP, until its client ends or has had its time.
@pytest.mark.legitimate
@pytest.mark.parametrize("word", [b"PING", b"A", b"PRI * HT"])
@pytest.mark.parametrize("is_late", [False, True])
def test_a_word_that_ends_unfinished_is_delivered_with_its_end(gate, lab, word, is_late):
    with Origin(lab, serve=only_listen) as origin, Wire(gate) as wire:
        wire.tunnel(origin.name)
        if is_late:
            gate.wait_records(event="connect", host=origin.name, decision="allow")
        wire.send(word).finish_writing()
        wait_seen_end(origin, "fin")
        assert origin.received == word


@pytest.mark.legitimate
def test_a_late_word_alone_is_delivered_when_its_time_is_up(gate, lab):
    def talks(connection, seen):
        connection.settimeout(0.1)
        for _ in range(40):  # what the origin says meanwhile gives the client no more time
            connection.sendall(b".")
            try:
                read_some(connection, seen)
            except TimeoutError:
                pass

    with Origin(lab, serve=talks) as origin, late_tunnel(gate, origin.name) as wire:
        wire.send(b"A")
        settle(0.5)
        assert origin.received == b"", "it may yet be HTTP"
        wait_received(origin, b"A")
        wire.send(b"B")
        wait_received(origin, b"AB")


@pytest.mark.attack
def test_a_late_hello_that_is_never_finished_is_refused_when_its_time_is_up(gate, lab):
    with Origin(lab, serve=only_listen) as origin, late_tunnel(gate, origin.name) as wire:
        assert wire.send(hello(origin.name)[:40]).rest() == ACCESS_DENIED
        closed = gate.one_record(event="close", host=origin.name)
        assert (closed["decision"], closed["reason"]) == ("block", "client_hello_timeout")
        assert origin.received == b""


@pytest.mark.attack
@pytest.mark.parametrize("is_late", [False, True])
def test_nothing_of_a_hello_that_is_cut_off_passes(gate, lab, is_late):
    with Origin(lab) as origin, Wire(gate) as wire:
        wire.tunnel(origin.name)
        if is_late:
            gate.wait_records(event="connect", host=origin.name, decision="allow")
        wire.send(hello(origin.name)[:40]).finish_writing().rest()
        event = "close" if is_late else "connect"
        told = gate.wait_records(event=event, host=origin.name, reason="client_gone")[-1]
        assert told["decision"] == "allow"
        assert origin.received == b""
