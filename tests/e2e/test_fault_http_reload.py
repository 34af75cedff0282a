"""What came while an origin thought: a client's end, and a policy that takes back."""
import time
from datetime import datetime, timedelta, timezone

import pytest

from faults import cpu_seconds
from http_origin import HOLD, HttpOrigin, echo
from http_wire import HttpWire, absolute
from lab import wait_until

POLICY = """
    workers: 1
    rules:
      - {name: plain, hosts: ["*.example.org"], schemes: [http], ports: ["1-65535"]}
"""
OTHERS = POLICY.replace("*.example.org", "*.example.net")


@pytest.mark.attack
def test_a_client_that_ended_its_side_is_waited_for_without_a_spin(make_gate, lab):
    gate = make_gate(POLICY)
    with HttpOrigin(lab, script=lambda request: [1.5, echo(request)]) as origin:
        with HttpWire(gate, origin) as wire:
            wire.send(absolute(origin, "/slow")).finish_writing()
            spent = cpu_seconds(gate.process.pid)
            time.sleep(1)
            assert cpu_seconds(gate.process.pid) - spent < 0.3
            assert wire.read_http().status == 200


@pytest.mark.attack
@pytest.mark.parametrize("ends_by", ["reload", "until"])
def test_an_exchange_under_way_ends_where_it_is_not_allowed_any_more(make_gate, lab, ends_by):
    """Uploads and answers that go on and on are tunnels in all but name."""
    until = datetime.now(timezone.utc) + timedelta(seconds=3)
    ending = f"schemes: [http], until: {until:%Y-%m-%dT%H:%M:%SZ},"
    gate = make_gate(POLICY.replace("schemes: [http],", ending) if ends_by == "until" else POLICY)
    endless = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"5\r\nbegin\r\n"
    with HttpOrigin(lab, script=lambda r: [endless, HOLD], at="head") as origin:
        with HttpWire(gate, origin) as down, HttpWire(gate, origin) as up:
            down.send(absolute(origin, "/down"))
            up.send(absolute(origin, "/up", "POST", "Content-Length: 1000\r\n", b"begin"))
            for wire in (down, up):  # both answers have begun, so that none can be refused
                assert wire.read(len("HTTP/1.1 200 OK")) == b"HTTP/1.1 200 OK"
            if ends_by == "reload":
                gate.reload(OTHERS)
            assert not down.read_all().endswith(b"0\r\n\r\n")
            assert down.ended == "fin"
            up.read_all()
    wait_until(lambda: len(gate.records(reason="tunnel_revoked")) == 2, 8, "both to be cut")


@pytest.mark.attack
def test_an_upload_under_way_is_refused_where_it_is_not_allowed_any_more(make_gate, lab):
    gate = make_gate(POLICY)
    with HttpOrigin(lab) as origin, HttpWire(gate, origin) as wire:
        wire.send(absolute(origin, "/up", "POST", "Content-Length: 1000\r\n", b"begin"))
        wait_until(lambda: origin.requests, 5, "the request")
        gate.reload(OTHERS)
        assert wire.read_http().reason == "host_not_allowed"
        record = gate.one_record(host=origin.name)
    assert (record["reason"], record["bytes_up"]) == ("host_not_allowed", len(b"begin"))


def test_kept_connections_to_origins_have_the_source_address_of_now(make_gate, lab):
    source = "52.94.77.200"
    gate = make_gate(POLICY)
    with HttpOrigin(lab) as origin, HttpWire(gate, origin) as wire:
        assert wire.ask("/1").status == 200
        gate.reload(f"\n    destinations: {{source_address: {source}}}" + POLICY)
        assert wire.ask("/2").status == 200
        assert origin.requests[-1].seen.peer == source


@pytest.mark.attack
def test_an_answer_that_comes_behind_a_reload_is_judged_by_it(make_gate, lab):
    gate = make_gate(POLICY)
    with HttpOrigin(lab, script=lambda request: [1.5, echo(request)]) as origin:
        with HttpWire(gate, origin) as wire:
            wire.send(absolute(origin, "/slow"))
            time.sleep(0.3)
            gate.reload(OTHERS)
            assert wire.read_http().status == 403
    assert gate.one_record(host=origin.name)["reason"] == "host_not_allowed"
