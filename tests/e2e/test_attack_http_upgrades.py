"""WebSocket upgrades, right and crooked, with a rule that takes them and with one that does not:
THREATS.md section D8, row T47. Nothing is a tunnel before a 101 that fits the offer."""
import base64
import hashlib

import pytest

from gate import settle
from http_origin import FIN, HttpOrigin, answer, echo
from http_wire import HttpWire, absolute, in_tunnel
from lab import wait_until
from origins import read_some

pytestmark = [pytest.mark.attack]

RULES = """
    timeouts: {drain: 1s}
    rules:
      - {name: sockets, hosts: ["*.example.org"], schemes: [http], ports: [80], websocket: true}
      - {name: plain, hosts: ["*.example.org"], schemes: [http], ports: [8080]}
"""
KEY = base64.b64encode(b"sixteen bytes ok").decode()
ACCEPT = base64.b64encode(
    hashlib.sha1((KEY + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
).decode()
OFFER = (
    f"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: {KEY}\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chat\r\n"
)
RIGHT = (
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    f"Sec-WebSocket-Accept: {ACCEPT}\r\n"
)


@pytest.fixture(scope="module")
def gate(share_gate):
    return share_gate(RULES)


def accepting(head=RIGHT, first=b""):
    """An origin that says this to an offer, and then sends everything back with `echo:` before."""

    def script(request):
        if request.target != "/socket":
            return echo(request)

        def talk(connection):
            while data := read_some(connection, request.seen):
                connection.sendall(b"echo:" + data)

        return [head.encode() + b"\r\n" + first, talk, FIN]

    return script


@pytest.mark.short
@pytest.mark.legitimate
@pytest.mark.parametrize("place", [absolute, in_tunnel], ids=["proxy", "tunnel"])
def test_t47_a_right_handshake_opens_a_tunnel_whose_bytes_are_counted(gate, lab, place):
    with HttpOrigin(lab, script=accepting(first=b"hello")) as origin:
        with HttpWire(gate, origin) as wire:
            if place is in_tunnel:
                wire.tunnel(origin.name, 80)
            wire.send(place(origin, "/socket", fields=OFFER) + b"early")
            told = wire.read_http()
            assert told.status == 101 and told.get("Upgrade") == "websocket"
            assert told.get("Sec-WebSocket-Accept") == ACCEPT
            assert wire.read(5) == b"hello"
            assert wire.read(10) == b"echo:early"
            # What looks like a request is none any more.
            sent = absolute(origin, "/smuggled")
            assert wire.send(sent).read(5 + len(sent)) == b"echo:" + sent
            wire.finish_writing().read_all()
        (request,) = origin.requests
        assert request.get("Sec-WebSocket-Protocol") == "chat"
        assert request.get("Upgrade").lower() == "websocket"
        records = gate.wait_records(1, host=origin.name, rule="sockets")
        up = wait_until(
            lambda: max(each.get("bytes_up", 0) for each in gate.records(host=origin.name)), 5
        )
        assert up >= len(b"early") + len(sent), records


@pytest.mark.short
def test_t47_without_websocket_in_a_rule_the_offer_is_refused(gate, lab):
    with HttpOrigin(lab, 8080, script=accepting()) as origin, HttpWire(gate, origin) as wire:
        told = wire.ask("/socket", fields=OFFER)
        assert (told.status, told.reason) == (403, "websocket_not_allowed")
        settle(0.1)
        assert origin.received == b""
        assert gate.one_record(host=origin.name)["decision"] == "block"


CROOKED_ANSWERS = {
    "to h2c": RIGHT.replace("websocket", "h2c"),
    "to two protocols": RIGHT.replace("websocket", "websocket, h2c"),
    "two Upgrades": RIGHT + "Upgrade: h2c\r\n",
    "no Upgrade": RIGHT.replace("Upgrade: websocket\r\n", ""),
    "no accept": RIGHT.replace(f"Sec-WebSocket-Accept: {ACCEPT}\r\n", ""),
    "an empty accept": RIGHT.replace(ACCEPT, ""),
    "another accept": RIGHT.replace(ACCEPT, base64.b64encode(b"x" * 20).decode()),
    "two accepts": RIGHT + f"Sec-WebSocket-Accept: {ACCEPT}\r\n",
    "a length": RIGHT + "Content-Length: 5\r\n",
    "chunks": RIGHT + "Transfer-Encoding: chunked\r\n",
    "HTTP/1.0": RIGHT.replace("HTTP/1.1", "HTTP/1.0"),
    "not named by Connection": RIGHT.replace("Connection: Upgrade\r\n", ""),
}


@pytest.mark.parametrize("shape", CROOKED_ANSWERS)
def test_t47_a_101_that_does_not_fit_the_offer_is_refused(gate, lab, shape):
    with HttpOrigin(lab, script=accepting(CROOKED_ANSWERS[shape], b"evil")) as origin:
        with HttpWire(gate, origin) as wire:
            wire.send(absolute(origin, "/socket", fields=OFFER) + absolute(origin, "/behind"))
            told = wire.read_http()
            assert (told.status, told.reason) == (502, "origin_malformed"), told
            wire.assert_ended()
        assert [each.target for each in origin.requests] == ["/socket"]
        wait_until(lambda: origin.seen[0].ended, 5, "the end at the origin")


@pytest.mark.parametrize("status", ["200 OK", "400 Bad Request", "426 Upgrade Required"])
def test_t47_an_offer_that_is_declined_leaves_http_and_what_is_behind_is_judged(gate, lab, status):
    """The attack: a proxy that opens the tunnel on the offer, whatever the answer."""
    declined = answer("no", status, "Upgrade: websocket\r\nConnection: Upgrade\r\n")

    def script(request):
        return declined if request.target == "/socket" else echo(request)

    with HttpOrigin(lab, script=script) as origin, HttpWire(gate, origin) as wire:
        evil = b"GET http://www.evil.example/ HTTP/1.1\r\nHost: www.evil.example\r\n\r\n"
        wire.send(absolute(origin, "/socket", fields=OFFER) + evil + absolute(origin, "/behind"))
        assert wire.read_http().status == int(status[:3])
        assert wire.read_http().reason == "host_not_allowed"
        assert wire.read_http().body == b"GET /behind 0"
        assert [each.target for each in origin.requests] == ["/socket", "/behind"]


CROOKED_OFFERS = {
    "no key": OFFER.replace(f"Sec-WebSocket-Key: {KEY}\r\n", ""),
    "two keys": OFFER + f"Sec-WebSocket-Key: {KEY}\r\n",
    "a short key": OFFER.replace(KEY, "c2hvcnQ="),
    "no version": OFFER.replace("Sec-WebSocket-Version: 13\r\n", ""),
    "version 777": OFFER.replace("13", "777"),
    "two versions": OFFER + "Sec-WebSocket-Version: 13\r\n",
    "not named by Connection": OFFER.replace("Connection: Upgrade\r\n", ""),
    "h2c": OFFER.replace("websocket\r", "h2c\r"),
}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("shape", CROOKED_OFFERS)
def test_t47_a_crooked_offer_is_never_passed_on_and_a_101_to_it_is_refused(
    gate, lab, shape, method
):
    with HttpOrigin(lab, script=accepting()) as origin, HttpWire(gate, origin) as wire:
        body = b"hello" if method == "POST" else b""
        told = wire.ask("/socket", method, CROOKED_OFFERS[shape], body)
        assert told.status in (400, 403, 502), told
        for request in origin.requests:
            assert request.get("Upgrade") is None and request.get("Connection") is None


def test_t47_a_reload_that_takes_the_rule_away_ends_the_tunnel(make_gate, lab):
    gate = make_gate(RULES)
    with HttpOrigin(lab, script=accepting()) as origin, HttpWire(gate, origin) as wire:
        assert wire.ask("/socket", fields=OFFER).status == 101
        assert wire.send(b"one").read(8) == b"echo:one"
        gate.reload(RULES.replace(", websocket: true", ""))
        assert wire.read_all() == b""
        wait_until(lambda: origin.seen[0].ended, 5, "the end at the origin")
        gate.wait_records(reason="tunnel_revoked")
