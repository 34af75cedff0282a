"""What came while an origin thought: a client's end, and a policy that takes back."""
import time

import pytest

from faults import cpu_seconds
from http_origin import HttpOrigin, echo
from http_wire import HttpWire, absolute

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
def test_an_answer_that_comes_behind_a_reload_is_judged_by_it(make_gate, lab):
    gate = make_gate(POLICY)
    with HttpOrigin(lab, script=lambda request: [1.5, echo(request)]) as origin:
        with HttpWire(gate, origin) as wire:
            wire.send(absolute(origin, "/slow"))
            time.sleep(0.3)
            gate.reload(OTHERS)
            assert wire.read_http().status == 403
    assert gate.one_record(host=origin.name)["reason"] == "host_not_allowed"
