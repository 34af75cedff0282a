"""A WebSocket and a policy that changes while it opens, or while it is open."""
import time

import pytest

from http_wire import HttpWire
from test_http_websockets import handshake, opened
from websocket_origin import TEXT, WebsocketOrigin, accept_of, frame, read_frame
from wire import Wire

POLICY = """
    rules:
      - {name: sockets, hosts: ["*.example.org"], schemes: [http], websocket: true}
"""
WITHOUT = POLICY.replace(", websocket: true", "")
ELSEWHERE = """
    destinations: {routes: [{hosts: ["*.example.org"], connect_to: "10.20.7.9:80"}]}
""" + POLICY
KEY = b"AAAAAAAAAAAAAAAAAAAAAA=="


def slow(key):
    """The 101, after a while."""
    time.sleep(1.5)
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept_of(key) + b"\r\n\r\n" + frame(TEXT, b"welcome")
    )


@pytest.mark.attack
def test_a_101_that_comes_behind_a_reload_without_websocket_opens_nothing(make_gate, lab):
    gate = make_gate(POLICY)
    with WebsocketOrigin(lab, answer=slow) as origin, HttpWire(gate, origin) as wire:
        wire.send(handshake(origin.name, KEY, f"http://{origin.name}"))
        time.sleep(0.3)
        gate.reload(WITHOUT)
        answer = wire.read_http()
        assert (answer.status, answer.reason) == (403, "websocket_not_allowed")
    record = gate.one_record(host=origin.name)
    assert (record["event"], record["reason"]) == ("request", "websocket_not_allowed")


@pytest.mark.attack
def test_a_101_that_comes_behind_a_reload_by_another_way_opens_nothing(make_gate, lab):
    """No rule forbids it: the client may ask again, and gets there by the way of now."""
    gate = make_gate(POLICY)
    with WebsocketOrigin(lab, answer=slow) as origin, HttpWire(gate, origin) as wire:
        wire.send(handshake(origin.name, KEY, f"http://{origin.name}"))
        time.sleep(0.3)
        gate.reload(ELSEWHERE)
        answer = wire.read_http()
        assert (answer.status, answer.reason) == (500, "tunnel_revoked")
    record = gate.one_record(host=origin.name)
    told = tuple(record[key] for key in ("event", "decision", "reason"))
    assert told == ("request", "allow", "tunnel_revoked")


@pytest.mark.attack
@pytest.mark.parametrize("policy", [WITHOUT, ELSEWHERE], ids=["no websocket", "another way"])
def test_an_open_websocket_ends_by_a_reload_that_takes_it_away(make_gate, lab, policy):
    gate = make_gate(POLICY)
    with WebsocketOrigin(lab) as origin, Wire(gate) as wire:
        reader = opened(wire, origin, is_tunnel=False)
        gate.reload(policy)
        assert reader.rest() == b""
    assert gate.wait_records(event="close")[-1]["reason"] == "tunnel_revoked"


@pytest.mark.legitimate
def test_monitor_mode_leaves_an_open_websocket_that_a_reload_would_end(make_gate, lab):
    gate = make_gate("\n    mode: monitor" + POLICY)
    with WebsocketOrigin(lab) as origin, Wire(gate) as wire:
        reader = opened(wire, origin, is_tunnel=False)
        gate.reload("\n    mode: monitor" + WITHOUT)
        wire.send(frame(TEXT, b"still here", is_masked=True))
        assert read_frame(reader) == (TEXT, b"still here", True)
