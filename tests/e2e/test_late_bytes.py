"""What comes late is judged as if it had come in time: the first bytes of a client that was silent,
and a verdict that falls after a rule has ended."""

import time

import pytest

from gate import settle
from hello import hello
from origins import Origin
from wire import Wire

pytestmark = pytest.mark.short

POLICY = """
    timeouts: {client_hello: 1s, drain: 1s}
    rules:
      - {name: any-bytes, hosts: ["*.example.org"], tls: optional}
      - {name: no-tls-here, effect: deny, hosts: [plain.example.org], schemes: [https]}
"""


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
