"""The destination guard, from outside: what is refused before any rule, whatever a name resolves
to."""
import pytest

import lab as lab_module
from gate import settle
from origins import Origin, only_listen
from wire import Wire, blocked_answer

# Everything is allowed, so that only the guard and the parser can refuse.
POLICY = """
    timeouts: {connect: 3s, drain: 1s}
    rules:
      - name: all
        hosts: ["*", "127.0.0.1", "169.254.169.254", "[::1]", "[fd00:ec2::254]", "52.95.110.1"]
        multi_tenant: accept
"""

# Spellings of loopback, metadata, container-credential and unspecified addresses.
FORBIDDEN = [
    "127.0.0.1",
    "127.0.0.2",
    "127.255.255.254",
    "0.0.0.0",
    "169.254.169.254",
    "169.254.170.2",
    "169.254.170.23",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "[fe80::1]",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[fd00:ec2::254]",
    "[fd00:ec2::23]",
    "[FD00:EC2::254]",
]
NO_HOST = [
    "127.1",
    "127.0.1",
    "127.0.0.01",
    "0177.0.0.1",
    "017700000001",
    "2130706433",
    "0x7f000001",
    "0x7F.0.0.1",
    "0x7f.1",
    "0",
    "127.0.0.1.",
    "169.254.43518",
    "2852039166",
    "0xa9fea9fe",
    "0xA9.0xFE.0xA9.0xFE",
    "0251.0376.0251.0376",
    "127.0.0.256",
    "127.0.0.1.1",
    "[::1%lo]",
    "[::1%25lo]",
    "[127.0.0.1]",
    "::1",
    "[::1",
    "user@127.0.0.1",
    "%31%32%37.0.0.1",
]


def assert_refused(gate, host, reason, after):
    before = len(gate.records())
    answer = blocked_answer(gate, host)
    assert answer.phrase == f"Blocked by sallyport: {reason}"
    record = gate.wait_records(before + 1)[-1]
    assert (record["decision"], record["reason"], record.get("rule"), record["after"]) == (
        "block",
        reason,
        None,
        after,
    )
    assert "origin" not in record
    return answer, record


@pytest.mark.attack
@pytest.mark.short
@pytest.mark.parametrize("spelling", FORBIDDEN)
def test_a_forbidden_literal_is_refused_at_once(gate, lab, spelling):
    """T28, T29."""
    queries = len(lab.names.queries)
    answer, _ = assert_refused(gate, spelling, "destination_forbidden", "connect")
    assert answer.status == 403
    assert len(lab.names.queries) == queries, "the resolver is never called"


@pytest.mark.attack
@pytest.mark.short
@pytest.mark.parametrize("spelling", NO_HOST)
def test_a_spelling_that_has_another_reading_is_no_host(gate, lab, spelling):
    """T30, T31."""
    queries = len(lab.names.queries)
    answer, _ = assert_refused(gate, spelling, "invalid_host", "connect")
    assert answer.status == 400
    assert len(lab.names.queries) == queries, "the resolver is never called"


@pytest.mark.parametrize("spelling", ["127.0.0.1", "[::1]", "169.254.169.254", "169.254.170.2"])
def test_who_asks_for_loopback_or_metadata_is_told_of_no_proxy(gate, spelling):
    answer, _ = assert_refused(gate, spelling, "destination_forbidden", "connect")
    assert "NO_PROXY" in answer.body


@pytest.mark.attack
@pytest.mark.short
@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["::1"],
        ["169.254.169.254"],
        ["fd00:ec2::254"],
        ["10.1.2.3"],
        ["192.168.1.1"],
        ["172.16.0.1"],
        ["100.64.0.1"],
        ["198.18.77.1"],
        ["fc00::1"],
        ["fe80::1"],
        ["::ffff:52.94.77.1"],
        ["64:ff9b::7f00:1"],
        ["64:ff9b::a00:1"],
        ["2002:7f00:1::"],
        ["0.0.0.0"],
        ["224.0.0.1"],
        ["255.255.255.255"],
        ["192.0.2.1"],
        ["2001:db8::1"],
        ["127.0.0.1", "10.1.2.3", "::1"],
    ],
    ids=lambda addresses: " ".join(addresses),
)
def test_a_name_that_resolves_to_a_guarded_address_is_refused(gate, lab, request, addresses):
    """T28, T29."""
    name = f"rebound-{request.node.callspec.indices['addresses']}.example.org"
    lab.names.set(name, *addresses)
    answer, record = assert_refused(gate, name, "destination_forbidden", "address")
    assert (answer.status, record["host"]) == (403, name)


@pytest.mark.attack
def test_an_address_of_the_gates_own_interfaces_is_refused(gate, lab):
    """T38."""
    with Origin(lab, address=lab_module.OWN, serve=only_listen) as origin:
        lab.names.set("own.example.org", lab_module.OWN)
        assert_refused(gate, "own.example.org", "destination_forbidden", "address")
        assert_refused(gate, lab_module.OWN, "destination_forbidden", "connect")
        assert not origin.seen


@pytest.mark.attack
def test_the_guard_passes_over_forbidden_addresses_to_a_good_one(gate, lab):
    """T33."""
    with Origin(lab) as origin:
        lab.names.set(origin.name, "127.0.0.1", "::1", origin.address)
        with Wire(gate) as wire:
            wire.tls_tunnel(origin.name)
        assert gate.wait_records(event="connect", host=origin.name)[0]["origin"].startswith(
            origin.address
        )


@pytest.mark.attack
def test_a_name_that_is_rebound_after_it_was_checked_is_never_dialled_elsewhere(gate, lab):
    """T32: the address that was checked is the address that is connected; a second answer is
    checked anew."""
    with Origin(lab) as origin:
        lab.names.set_turns(origin.name, [origin.address], ["127.0.0.1"], ttl=0)
        with Wire(gate) as wire:
            wire.tls_tunnel(origin.name)
        settle(1.1)  # past its TTL
        assert_refused(gate, origin.name, "destination_forbidden", "address")


@pytest.mark.attack
def test_an_alias_does_not_hide_a_forbidden_address(gate, lab):
    """T34."""
    lab.names.set("target.example.net", "127.0.0.1")
    lab.names.set("alias.example.org", alias="target.example.net")
    assert_refused(gate, "alias.example.org", "destination_forbidden", "address")


@pytest.mark.legitimate
@pytest.mark.short
def test_a_private_range_is_reached_where_the_policy_names_it(make_gate, lab):
    lab.names.set("internal.example.org", lab_module.BENCHMARKING)
    gate = make_gate(
        """
        destinations: {allow_networks: [198.18.77.0/24]}
        rules:
          - {name: internal, hosts: [internal.example.org]}
    """
    )
    with Wire(gate) as wire:
        wire.tls_tunnel("internal.example.org")
    assert gate.wait_records(event="connect")[0]["origin"].startswith(lab_module.BENCHMARKING)


def test_the_networks_of_a_rule_lift_the_guard_for_that_rule_alone(make_gate, lab):
    lab.names.set("mirror.example.org", lab_module.BENCHMARKING)
    lab.names.set("other.example.org", lab_module.BENCHMARKING)
    gate = make_gate(
        """
        rules:
          - {name: mirror, hosts: [mirror.example.org], networks: [198.18.77.0/24]}
          - {name: other, hosts: [other.example.org]}
    """
    )
    with Wire(gate) as wire:
        wire.tls_tunnel("mirror.example.org")
    assert blocked_answer(gate, "other.example.org").phrase.endswith("destination_forbidden")


@pytest.mark.attack
def test_an_address_outside_a_rules_networks_is_not_dialled(make_gate, lab):
    """T28."""
    gate = make_gate(
        """
        rules:
          - {name: narrow, hosts: ["*.example.org"], networks: [203.0.114.0/24]}
    """
    )
    with Origin(lab, serve=only_listen) as origin:
        answer = blocked_answer(gate, origin.name)
        assert answer.phrase.endswith("network_not_allowed")
        record = gate.wait_records(host=origin.name)[0]
        assert (record["rule"], record["after"]) == ("narrow", "address")
        assert not origin.seen


@pytest.mark.legitimate
def test_the_source_address_of_the_policy_is_what_origins_see(make_gate, lab):
    gate = make_gate(
        """
        destinations: {source_address: 52.94.77.200}
        rules:
          - {name: origins, hosts: ["*.example.org"]}
    """
    )
    with Origin(lab) as origin, Wire(gate) as wire:
        wire.tls_tunnel(origin.name)
        assert origin.seen[0].peer == "52.94.77.200"
