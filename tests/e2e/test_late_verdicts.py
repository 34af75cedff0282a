"""What is refused within an open tunnel is told as what it is: its `close` is a block, by the rule
that denied it and with the name that was refused, and counts as one."""

import pytest

from gate import settle
from hello import ACCESS_DENIED, HELLO_RETRY_RANDOM, hello, record, server_hello
from origins import Origin, only_listen, read_some
from wire import Wire

pytestmark = [pytest.mark.attack, pytest.mark.short]

POLICY = """
    timeouts: {client_hello: 1s, drain: 1s}
    clients: [{name: batch, networks: [127.0.0.0/8]}]
    rules:
      - {name: any-bytes, hosts: ["*.example.org"], tls: optional}
      - {name: never-http, effect: deny, hosts: ["*.example.org"], schemes: [http]}
"""
EVIL = "evil.example.net"


def asks_again(connection, seen):
    """An origin that asks for a second hello and never answers that."""
    if read_some(connection, seen):
        connection.sendall(record(server_hello(HELLO_RETRY_RANDOM)))
        only_listen(connection, seen)


def late(wire, gate, name):
    wire.tunnel(name)
    gate.wait_records(event="connect", host=name, decision="allow")
    return wire


def blocks(gate, **labels):
    return gate.metric("sallyport_blocked_total", client_name="batch", **labels)


def check_close(gate, name, reason, rule=None, sni=None):
    closed = gate.one_record(event="close", host=name)
    told = tuple(closed.get(key) for key in ("decision", "reason", "rule", "sni"))
    assert told == ("block", reason, rule, sni)
    assert closed["id"] == gate.one_record(event="connect", host=name)["id"]


def test_a_second_hello_of_another_host_is_a_block(gate, lab):
    before, requests = blocks(gate, reason="sni_mismatch"), gate.metric("sallyport_requests_total")
    with Origin(lab, serve=asks_again) as origin, Wire(gate) as wire:
        wire.tunnel(origin.name).send(hello(origin.name))
        assert HELLO_RETRY_RANDOM in wire.read_record()
        assert wire.send(hello(EVIL)).rest() == ACCESS_DENIED
        check_close(gate, origin.name, "sni_mismatch", sni=EVIL)
    assert blocks(gate, reason="sni_mismatch", rule="") == before + 1
    assert gate.metric("sallyport_requests_total") == requests + 1, "the CONNECT alone"


def test_a_second_hello_that_is_none_is_a_block(gate, lab):
    with Origin(lab, serve=asks_again) as origin, Wire(gate) as wire:
        wire.tunnel(origin.name).send(hello(origin.name))
        assert HELLO_RETRY_RANDOM in wire.read_record()
        assert wire.send(record(b"\x0b\x00\x00\x01\x00")).rest() == ACCESS_DENIED
        check_close(gate, origin.name, "malformed_client_hello")


def test_a_late_hello_of_another_host_is_a_block(gate, lab):
    with Origin(lab) as origin, Wire(gate) as wire:
        assert late(wire, gate, origin.name).send(hello(EVIL)).rest() == ACCESS_DENIED
        check_close(gate, origin.name, "sni_mismatch", sni=EVIL)


def test_late_http_that_a_rule_denies_is_a_block_by_that_rule_and_hears_no_alert(gate, lab):
    before = blocks(gate, reason="denied_by_rule", rule="never-http")
    with Origin(lab) as origin, Wire(gate) as wire:
        assert late(wire, gate, origin.name).send(b"GET / HTTP/1.1\r\n\r\n").rest() == b""
        check_close(gate, origin.name, "denied_by_rule", "never-http")
        assert origin.received == b""
    assert blocks(gate, reason="denied_by_rule", rule="never-http") == before + 1


def test_late_bytes_that_monitor_lets_pass_are_told_as_such(make_gate, lab):
    gate = make_gate(
        """
        timeouts: {client_hello: 1s, drain: 1s}
        rules:
          - {name: any-bytes, hosts: ["*.example.org"], tls: optional}
          - {name: never-http, effect: deny, hosts: ["*.example.org"], schemes: [http],
             mode: monitor}
        """
    )
    with Origin(lab) as origin, Wire(gate) as wire:
        late(wire, gate, origin.name).send(b"GET / HTTP/1.1\r\n\r\n")
        settle()
        assert origin.received == b"GET / HTTP/1.1\r\n\r\n"
        wire.reset()
        closed = gate.one_record(event="close", host=origin.name)
        told = tuple(closed[key] for key in ("decision", "reason", "rule"))
        assert told == ("would_block", "denied_by_rule", "never-http")
    assert gate.metric("sallyport_blocked_total") == 0
