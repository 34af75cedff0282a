"""`destinations.routes`: hosts that are reached elsewhere. The name that was asked for stays that
of everything but the connection; a private address passes for the route alone."""
import threading

import pytest

from gate import free_port, settle
from hello import hello
from http_origin import FIN, HttpOrigin, echo as echo_request
from http_wire import At, HttpWire, absolute, in_tunnel
from interception import TlsHttpOrigin, TlsHttpWire, make_ca, policy_with, sign_for
from origins import Origin
from wire import Wire, blocked_answer

PRIVATE, OTHER = "10.20.7.7", "10.20.7.8"


def policy_to(target, host="*.example.org", more=""):
    return f"""
    destinations: {{routes: [{{hosts: ["{host}"], connect_to: "{target}"}}]}}
    rules:
      - {{name: all, hosts: ["*.example.org"], schemes: [https, http], ports: [80, 443, 8443]}}
      {more}
    """


def echo(gate, host, port=443):
    with Wire(gate) as wire:
        wire.tls_tunnel(host, port)
        return wire.send(b"echo").finish_writing().rest()


def test_a_tunnel_goes_where_the_route_leads_and_its_own_name_is_not_resolved(lab, make_gate):
    with Origin(lab, port=8443, address=PRIVATE) as origin:
        gate = make_gate(policy_to(f"{PRIVATE}:8443"))
        lab.names.set("routed.example.org", "52.94.77.66")
        assert echo(gate, "routed.example.org") == b"echo"
        assert b"routed.example.org" in origin.received, "the hello is the client's own"
        assert not lab.names.count("routed.example.org")
        record = gate.one_record(host="routed.example.org", event="connect")
        assert (record["origin"], record["port"], record["reason"]) == (PRIVATE, 443, "allowed")


def test_a_name_behind_the_route_is_resolved_in_its_place(lab, make_gate):
    with Origin(lab, port=8443, address=OTHER) as origin:
        gate = make_gate(policy_to(f"{origin.name}:8443", host="by-name.example.org"))
        assert echo(gate, "by-name.example.org") == b"echo"
        assert not lab.names.count("by-name.example.org")


@pytest.mark.attack
@pytest.mark.parametrize("target", ["127.0.0.1", "169.254.169.254", "52.95.110.1", "224.0.0.1"])
def test_what_the_guard_never_lets_pass_does_not_pass_for_a_route(lab, make_gate, target):
    lab.names.set("vpce.example.net", target)
    gate = make_gate(policy_to("vpce.example.net:8443"))
    answer = blocked_answer(gate, "routed.example.org")
    assert (answer.status, answer.phrase) == (403, "Blocked by sallyport: destination_forbidden")


@pytest.mark.attack
def test_a_private_address_passes_for_the_route_alone(lab, make_gate):
    with Origin(lab, port=8443, address=PRIVATE) as origin:
        gate = make_gate(policy_to(f"{PRIVATE}:8443", host="routed.example.org"))
        lab.names.set("unrouted.example.org", PRIVATE)
        answer = blocked_answer(gate, "unrouted.example.org", 8443)
        assert answer.phrase.endswith("destination_forbidden")
        assert origin.received == b""


def test_requests_go_there_too_with_their_own_host(lab, make_gate):
    with HttpOrigin(lab, port=8443, address=PRIVATE) as origin:
        gate = make_gate(policy_to(f"{PRIVATE}:8443"))
        with HttpWire(gate) as wire:
            wire.send(b"GET http://plain.example.org/x HTTP/1.1\r\nHost: plain.example.org\r\n\r\n")
            assert wire.read_http().status == 200
        assert [each.get("Host") for each in origin.requests] == ["plain.example.org"]


def test_within_tls_the_name_that_was_asked_for_is_verified(lab, make_gate):
    ca = make_ca(lab.make_folder("ca"))
    routed = type("Routed", (), {"name": "verified.example.org", "port": 443})
    for names, status in [([routed.name], 200), (["vpce.example.net"], 502)]:
        port = free_port()
        certificate = sign_for(lab, names)
        with TlsHttpOrigin(lab, port=port, address=PRIVATE, certificate=certificate) as origin:
            policy = policy_with(lab, ca, policy_to("@", more="").replace("destinations:", "#", 1))
            route = f'routes: [{{hosts: ["*.example.org"], connect_to: "{PRIVATE}:{port}"}}]'
            policy = policy.replace("ca_bundle:", f"{route}, ca_bundle:").replace(
                "schemes: [https, http]", "methods: [GET]"
            )
            with TlsHttpWire(make_gate(policy), routed, ca) as wire:
                assert wire.ask("/x").status == status
            assert origin.hellos[0] == routed.name
            assert len(origin.requests) == (status == 200)


def test_a_reload_that_takes_the_route_away_ends_its_tunnels(lab, make_gate):
    with Origin(lab, port=8443, address=PRIVATE):
        gate = make_gate(policy_to(f"{PRIVATE}:8443"))
        lab.names.set("routed.example.org", "52.94.77.66")
        with Wire(gate) as wire:
            wire.tls_tunnel("routed.example.org")
            gate.reload('rules: [{name: all, hosts: ["*.example.org"]}]\n')
            assert wire.rest(5) is not None
        closed = gate.wait_records(1, host="routed.example.org", event="close")[0]
        assert closed["reason"] == "tunnel_revoked"


ROUTED = At("routed.example.org", 80)
# The third differs by its port alone: what was dialled by the old way may not be kept for it.
WAYS = {"another address": (OTHER, 8443), "no route": (None, 80), "another port": (PRIVATE, 8444)}


class TwoWays:
    """A gate whose route leads to the origin `old`, and by a reload to `new`, or nowhere. What the
    old one answers waits for the reload."""

    def __init__(self, lab, make_gate, way, behind):
        address, port = WAYS[way]
        self._reloaded = threading.Event()
        self.old = HttpOrigin(
            lab,
            port=8443,
            address=PRIVATE,
            script=lambda request: behind(request, lambda _: self._reloaded.wait(10)),
        )
        self.new = HttpOrigin(lab, port=port, address=address)
        lab.names.set(ROUTED.name, self.new.address)
        self.gate = make_gate("\n    workers: 1" + policy_to(f"{PRIVATE}:8443"))
        routed = "*.example.org" if address else "others.example.net"
        self._next = policy_to(f"{address or OTHER}:{port}", host=routed)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for origin in (self.old, self.new):
            origin.__exit__(None, None, None)

    def reload(self):
        assert self.gate.reload("\n    workers: 1" + self._next).get("errors") is None
        settle(0.2)
        self._reloaded.set()

    def targets(self):
        return [[each.target for each in origin.requests] for origin in (self.old, self.new)]


@pytest.mark.legitimate
@pytest.mark.parametrize("way", WAYS)
def test_an_exchange_under_way_ends_on_its_way_and_the_next_takes_the_way_of_now(
    lab, make_gate, way
):
    ways = TwoWays(lab, make_gate, way, lambda request, wait: [wait, echo_request(request)])
    with ways, HttpWire(ways.gate) as wire:
        wire.send(absolute(ROUTED, "/1"))
        ways.old.wait_whole(1)
        ways.reload()
        assert wire.read_http().body == b"GET /1 0"
        assert wire.send(absolute(ROUTED, "/2")).read_http().body == b"GET /2 0"
        assert ways.targets() == [["/1"], ["/2"]]
        records = ways.gate.wait_records(2, host=ROUTED.name)
        assert [each["reason"] for each in records] == ["allowed"] * 2
        assert [each["origin"] for each in records] == [PRIVATE, ways.new.address]


@pytest.mark.attack
@pytest.mark.parametrize("way", WAYS)
def test_a_request_that_is_asked_again_goes_by_the_way_of_now(lab, make_gate, way):
    def once(request, wait):
        return echo_request(request) if request.target == "/1" else [wait, FIN]

    ways = TwoWays(lab, make_gate, way, once)
    with ways, HttpWire(ways.gate) as wire:
        assert wire.send(absolute(ROUTED, "/1")).read_http().status == 200
        wire.send(absolute(ROUTED, "/2"))
        ways.old.wait_whole(2)
        ways.reload()
        assert wire.read_http().body == b"GET /2 0"
        assert ways.targets() == [["/1", "/2"], ["/2"]]
        record = ways.gate.wait_records(2, host=ROUTED.name)[-1]
        assert (record["reason"], record["origin"]) == ("allowed", ways.new.address)


@pytest.mark.legitimate
def test_an_intercepted_exchange_under_way_ends_on_its_way(lab, make_gate):
    ca = make_ca(lab.make_folder("ca"))
    certificate = sign_for(lab, [ROUTED.name])
    reloaded = threading.Event()

    def policy_by(target):
        routes = f'routes: [{{hosts: ["{ROUTED.name}"], connect_to: "{target}"}}], ca_bundle:'
        rules = 'rules: [{name: read, hosts: ["*.example.org"], methods: [GET]}]\n'
        return policy_with(lab, ca, rules).replace("ca_bundle:", routes)

    def script(request):
        return [lambda _: reloaded.wait(10), echo_request(request)]

    old = TlsHttpOrigin(lab, script, port=8443, address=PRIVATE, certificate=certificate)
    new = TlsHttpOrigin(lab, port=8444, address=PRIVATE, certificate=certificate)
    gate = make_gate(policy_by(f"{PRIVATE}:8443"))
    routed = At(ROUTED.name, 443)
    with old, new, TlsHttpWire(gate, routed, ca) as wire:
        wire.send(in_tunnel(wire.target, "/1"))
        old.wait_whole(1)
        assert gate.reload(policy_by(f"{PRIVATE}:8444")).get("errors") is None
        settle(0.2)
        reloaded.set()
        assert wire.read_http().body == b"GET /1 0"
        assert wire.ask("/2").body == b"GET /2 0"
        assert [each.target for each in old.requests] == ["/1"]
        assert [each.target for each in new.requests] == ["/2"]
        records = gate.wait_records(2, host=ROUTED.name)
        assert [each["reason"] for each in records] == ["allowed"] * 2


@pytest.mark.attack
def test_a_tunnel_without_a_byte_yet_does_not_go_by_a_way_that_is_gone(lab, make_gate):
    with Origin(lab, port=8443, address=PRIVATE) as old:
        gate = make_gate(policy_to(f"{PRIVATE}:8443"))
        with Wire(gate) as wire:
            wire.tunnel(ROUTED.name)
            gate.reload(policy_to(f"{OTHER}:8443"))
            settle(0.2)
            assert wire.send(hello(ROUTED.name)).rest() == b""
        record = gate.one_record(host=ROUTED.name, event="connect")
        told = tuple(record[key] for key in ("decision", "reason", "status"))
        assert told == ("allow", "tunnel_revoked", 200)
        assert old.received == b""
