"""T35 of THREATS.md: secrets in names. What no rule allows is never asked for, so it reaches no
name server; what a wildcard allows does reach that suffix's name servers, as SECURITY.md says, and
costs the gate a bounded amount."""
import asyncio
import base64
import os
import time

import pytest

from attempts import attempt
from faults import MIB, resident_bytes
from gate import settle
from name_server import NXDOMAIN
from origins import Origin
from storm import ask, storm

POLICY = """
    rules:
      - {name: suffix, hosts: ["*.example.org"]}
      - {name: ended, hosts: ["*.ended.example.net"], until: 2020-01-01T00:00:00Z}
      - {name: others, hosts: ["*.others.example.net"], clients: [others]}
      - {name: never, effect: deny, hosts: ["*.never.example.org"]}
    clients:
      - {name: others, networks: [10.20.99.0/24]}
"""


def secret(size=20):
    return base64.b32encode(os.urandom(size)).decode().rstrip("=").lower()


def asked_for(lab, since, word):
    return [name for name, _ in lab.names.queries[since:] if word in name]


DENIED = {
    "no rule": "{secret}.evil.example.com",
    "a suffix that only ends alike": "{secret}.notexample.org",
    "the suffix in the middle": "{secret}.example.org.evil.example.com",
    "a deny rule under an allowed suffix": "{secret}.never.example.org",
    "a rule that ended": "{secret}.ended.example.net",
    "a rule for other clients": "{secret}.others.example.net",
    "a label of 64 bytes": "{secret}" + "a" * 32 + ".example.org",
    "a name of 254 bytes": ".".join(["{secret}" + "b" * 20] * 4) + "." + "c" * 33 + ".example.org",
    "an empty label": "{secret}..example.org",
    "a space for a dot": "{secret} .example.org",
    "upper case and a dot at the end": "{SECRET}.EVIL.EXAMPLE.COM.",
    "a literal with the secret behind": "127.0.0.1.{secret}.evil.example.com",
    "an A-label under the suffix": "xn--{secret}.example.org",
}


@pytest.mark.attack
@pytest.mark.short
@pytest.mark.parametrize("how", DENIED)
def test_a_name_that_is_refused_is_never_asked_for(share_gate, lab, how):
    """T35."""
    gate, word, since = share_gate(POLICY), secret(), len(lab.names.queries)
    host = DENIED[how].replace("{secret}", word).replace("{SECRET}", word.upper())
    outcome = attempt(gate, host, 443)
    assert outcome.status in (400, 403), outcome
    settle(0.02)
    assert not asked_for(lab, since, word), "the secret reached a name server"


@pytest.mark.attack
@pytest.mark.parametrize("port", [22, 53, 80, 8443])
def test_a_port_that_is_refused_causes_no_query(share_gate, lab, port):
    """T35: the host is allowed, the port is not."""
    gate, word, since = share_gate(POLICY), secret(), len(lab.names.queries)
    assert attempt(gate, f"{word}.example.org", port).status == 403
    settle(0.02)
    assert not asked_for(lab, since, word)


@pytest.mark.attack
def test_of_10000_denied_names_none_is_asked_for(make_gate, lab):
    """T35."""
    gate, since, count = make_gate(POLICY), len(lab.names.queries), 10_000

    async def start(number):
        return await ask(gate, f"{secret()}.x{number}.evil.example.com")

    told = asyncio.run(storm(count, 64, start))
    assert {(each.status, each.reason) for each in told} == {(403, "host_not_allowed")}
    gate.wait_records(count, 30, event="connect", decision="block")
    leaked = lab.names.queries[since:]
    print(f"T35: {count} denied names, {len(leaked)} queries")
    assert not leaked


def flood(make_gate, lab, count, rest=0):
    """So many names of an allowed suffix that do not exist. Returns by how many bytes the gate grew
    over the second half, each measured after `rest` seconds without a name."""
    gate = make_gate(POLICY)
    series = len(gate.metrics())
    words = [secret() for _ in range(count)]
    since, grown, began = len(lab.names.queries), [], time.monotonic()

    async def start(number):
        return await ask(gate, f"{words[number]}.example.org")

    for half in (0, 1):
        told = asyncio.run(
            storm(count // 2, 64, lambda number, at=half * count // 2: start(at + number))
        )
        assert {(each.status, each.reason) for each in told} == {(502, "dns_failure")}
        time.sleep(rest)
        grown.append(resident_bytes(gate.process.pid))
    asked = lab.names.queries[since:]
    rate = count / (time.monotonic() - began)
    print(f"T35: {count} names of an allowed suffix: {len(asked)} queries, {rate:.0f} names/s")
    print(f"T35: {grown[0] >> 10} KiB after the first half, {grown[1] >> 10} after the second")
    assert len(asked) == 2 * count, "each is asked for once, for A and for AAAA"
    assert len(gate.metrics()) <= series + 4, "no series has a client's name"
    with Origin(lab) as origin:
        assert attempt(gate, origin.name, 443, origin.name).is_through
    return grown[1] - grown[0]


@pytest.mark.attack
def test_a_flood_of_labels_under_an_allowed_suffix_is_served_and_costs_two_queries_each(
    make_gate, lab
):
    """T35: no cap is promised (DESIGN: names under an allowed wildcard reach its name servers)."""
    flood(make_gate, lab, 2_000)


@pytest.mark.attack
@pytest.mark.soak
def test_a_long_flood_of_labels_does_not_grow_the_gate(make_gate, lab):
    """T35, T79: the caches of both workers are full before the second half begins; the rings of
    audit lines are given back a second after the last."""
    assert flood(make_gate, lab, 60_000, rest=4) < 4 * MIB


@pytest.mark.attack
def test_a_name_that_does_not_exist_is_not_asked_for_again_at_once(make_gate, lab):
    """T35: a denied question repeated is no channel either while its absence is kept."""
    gate, name = make_gate("    workers: 1" + POLICY), f"{secret()}.example.org"
    lab.names.set(name, rcode=NXDOMAIN, ttl=30)
    for _ in range(50):
        assert attempt(gate, name, 443).reason == "dns_failure"
    assert lab.names.count(name) <= 4  # A and AAAA, and once more if a second passed


@pytest.mark.legitimate
def test_an_allowed_name_is_asked_for_exactly_as_it_is(make_gate, lab):
    """What T35 must not break: no byte of a name is changed on its way, no domain is added."""
    gate = make_gate(POLICY)
    with Origin(lab) as origin:
        since = len(lab.names.queries)
        outcome = attempt(gate, origin.name.upper() + ".", 443, origin.name)
        assert outcome.is_through
        assert {name for name, _ in lab.names.queries[since:]} == {origin.name}
