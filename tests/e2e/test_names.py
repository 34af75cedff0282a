"""Names to addresses: what is asked, how often, and what the client hears when it fails."""
import time

import pytest

import lab as lab_module
from gate import settle
from name_server import A, AAAA, NXDOMAIN, SERVFAIL
from origins import Origin, SilentAddress
from wire import Wire, blocked_answer

POLICY = """
    timeouts: {connect: 3s, drain: 1s}
    rules:
      - {name: origins, hosts: ["*.example.org"]}
"""


def assert_fault(gate, host, status, reason):
    before = len(gate.records(host=host))
    answer = blocked_answer(gate, host)
    assert answer.status == status
    assert reason in answer.phrase
    record = gate.wait_records(before + 1, host=host)[-1]
    assert (record["reason"], record["status"]) == (reason, status)
    return record


@pytest.mark.attack
@pytest.mark.short
def test_a_blocked_name_causes_no_query(gate, lab):
    """T35."""
    lab.names.set("blocked.example.net", lab_module.DECOY)
    assert blocked_answer(gate, "blocked.example.net").status == 403
    settle()
    assert lab.names.count("blocked.example.net") == 0


@pytest.mark.short
def test_a_name_that_does_not_exist_is_a_502(gate, lab):
    assert_fault(gate, "nowhere.example.org", 502, "dns_failure")
    assert lab.names.count("nowhere.example.org", A) >= 1


@pytest.mark.attack
def test_no_search_domain_is_tried(gate, lab):
    """T35."""
    before = len(lab.names.queries)
    blocked_answer(gate, "unknown.example.org")
    assert {name for name, _ in lab.names.queries[before:]} == {"unknown.example.org"}


def test_a_name_without_addresses_is_a_502(gate, lab):
    lab.names.set_turns("empty.example.org", [])
    assert_fault(gate, "empty.example.org", 502, "dns_failure")


@pytest.mark.attack
@pytest.mark.parametrize("rcode", [SERVFAIL, NXDOMAIN])
def test_an_error_of_the_name_server_is_a_502(gate, lab, rcode):
    """T36."""
    lab.names.set(f"rcode{rcode}.example.org", rcode=rcode)
    assert_fault(gate, f"rcode{rcode}.example.org", 502, "dns_failure")


@pytest.mark.legitimate
def test_a_failure_is_forgotten_after_a_second(gate, lab):
    with Origin(lab) as origin:
        lab.names.set(origin.name, rcode=SERVFAIL)
        assert_fault(gate, origin.name, 502, "dns_failure")
        lab.names.set(origin.name, origin.address)
        settle(1.2)
        with Wire(gate) as wire:
            wire.tls_tunnel(origin.name)


@pytest.mark.attack
def test_a_resolver_that_says_nothing_is_a_fault_in_bounded_time(gate, lab):
    """T36."""
    lab.names.set("silent.example.org", is_silent=True)
    started = time.monotonic()
    with Wire(gate, timeout=30) as wire:
        answer = wire.connect("silent.example.org").answer(timeout=30)
    assert answer.status in (502, 504)
    assert time.monotonic() - started < 15
    assert gate.wait_records(host="silent.example.org")[-1]["reason"] == "dns_failure"


@pytest.mark.legitimate
@pytest.mark.short
def test_a_name_is_asked_for_once_within_its_ttl(gate, lab):
    with Origin(lab) as origin:
        for _ in range(5):
            with Wire(gate) as wire:
                wire.tls_tunnel(origin.name)
        # each worker has a cache of its own
        assert 1 <= lab.names.count(origin.name, A) <= 2


@pytest.mark.legitimate
def test_a_name_is_asked_for_anew_past_its_ttl(gate, lab):
    with Origin(lab) as first, Origin(lab) as second:
        lab.names.set_turns(first.name, [first.address], [second.address], ttl=1)
        with Wire(gate) as wire:
            wire.tls_tunnel(first.name)
        lab.names.set(first.name, second.address, ttl=1)
        settle(2.1)
        with Wire(gate) as wire:
            wire.tls_tunnel(first.name)
        assert (len(first.seen), len(second.seen)) == (1, 1)


@pytest.mark.legitimate
def test_many_who_wait_for_one_name_cause_one_query(make_gate, lab):
    gate = make_gate(
        """
    workers: 1
    rules:
      - {name: origins, hosts: ["*.example.org"]}
    """
    )
    with Origin(lab) as origin:
        lab.names.set(origin.name, origin.address, delay=0.5)
        clients = [Wire(gate) for _ in range(30)]
        for client in clients:
            client.connect(origin.name)
        for client in clients:
            assert client.read(39).startswith(b"HTTP/1.1 200")
            client.socket.close()
        assert lab.names.count(origin.name, A) == 1


@pytest.mark.legitimate
@pytest.mark.short
def test_the_hosts_file_is_honoured(gate, lab):
    with Wire(gate) as wire:
        wire.tls_tunnel("in-hosts-file.example.org")
    assert gate.wait_records(event="connect", host="in-hosts-file.example.org")[0][
        "origin"
    ].startswith(lab_module.WEB)
    assert lab.names.count("in-hosts-file.example.org") == 0


@pytest.mark.legitimate
@pytest.mark.short
def test_both_families_are_asked_for_and_ipv6_alone_is_enough(gate, lab):
    with Origin(lab, address="2600:1f00:77::50") as origin, Wire(gate) as wire:
        wire.tls_tunnel(origin.name)
        assert (
            gate.wait_records(event="connect", host=origin.name)[0]["origin"]
            .strip("[")
            .startswith(origin.address)
        )
        assert lab.names.count(origin.name, A) and lab.names.count(origin.name, AAAA)


@pytest.mark.legitimate
def test_an_address_that_swallows_syns_does_not_keep_the_next_from_being_tried(gate, lab):
    """RFC 8305: the next address after 250 ms, not after the first one's timeout."""
    with SilentAddress(lab, address="2600:1f00:77::51") as dead, Origin(lab) as origin:
        lab.names.set(origin.name, dead.address, origin.address)
        started = time.monotonic()
        with Wire(gate) as wire:
            wire.tls_tunnel(origin.name)
        assert time.monotonic() - started < 2
        assert gate.wait_records(event="connect", host=origin.name)[0]["origin"].startswith(
            origin.address
        )


@pytest.mark.legitimate
def test_an_address_that_refuses_does_not_keep_the_next_from_being_tried(gate, lab):
    with Origin(lab) as origin:
        lab.names.set(origin.name, "2600:1f00:77::52", "52.94.77.252", origin.address)
        with Wire(gate) as wire:
            wire.tls_tunnel(origin.name)


@pytest.mark.short
def test_a_refused_connect_is_a_502_and_not_remembered(gate, lab):
    origin = Origin(lab)
    origin.close()
    assert_fault(gate, origin.name, 502, "connect_failed")
    with Origin(lab, address=origin.address) as now:
        lab.names.set(origin.name, now.address)
        with Wire(gate) as wire:
            wire.tls_tunnel(origin.name)


def test_an_origin_that_does_not_answer_is_a_504(gate, lab):
    with SilentAddress(lab) as dead:
        started = time.monotonic()
        assert_fault(gate, dead.name, 504, "connect_timeout")
        assert 2 < time.monotonic() - started < 8


@pytest.mark.attack
def test_a_slow_name_does_not_keep_others_waiting(gate, lab):
    """T37."""
    with Origin(lab) as slow, Origin(lab) as quick:
        lab.names.set(slow.name, slow.address, delay=1.5)
        with Wire(gate) as waiting:
            waiting.connect(slow.name)
            started = time.monotonic()
            for _ in range(8):  # whichever worker they land on
                with Wire(gate) as wire:
                    wire.tls_tunnel(quick.name)
            assert time.monotonic() - started < 1
            assert waiting.read(39).startswith(b"HTTP/1.1 200")
