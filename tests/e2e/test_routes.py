"""`destinations.routes`: hosts that are reached elsewhere. The name that was asked for stays that
of everything but the connection; a private address passes for the route alone."""
import pytest

from gate import free_port
from http_origin import HttpOrigin
from http_wire import HttpWire
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
