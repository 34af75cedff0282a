"""T32 of THREATS.md: names that have a public address when they are checked and another when they
are dialled, thousands of them racing. The address that was checked is the one that is dialled, or
none."""
import asyncio
import collections
import itertools
import random
import signal
import time

import pytest

from dns_wire import address_record, message
from every_address import EveryAddress
from gate import settle
from hello import hello
from hostile_names import HostileNames
from lab import wait_until
from storm import ask, percentile, storm

pytestmark = pytest.mark.attack

NAMES = [f"rebind-{number}.example.org" for number in range(40)]
PUBLIC = [f"52.95.{third}.{last}" for third in (112, 113) for last in range(1, 101)]
PUBLIC6 = [f"2600:1f00:98::{last:x}" for last in range(1, 51)]
FORBIDDEN = [
    "127.0.0.1",
    "127.0.0.53",
    "169.254.169.254",
    "169.254.170.2",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "0.0.0.0",
]
FORBIDDEN6 = [
    "::1",
    "fd00:ec2::254",
    "fc00::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "fe80::1",
]


class Rebinding:
    """Says of every name, at TTL 0, one thing now and another at the next query: public, forbidden,
    or both. Remembers which public addresses it gave to which name."""

    def __init__(self):
        self._random = random.Random(32)
        self.given = collections.defaultdict(set)

    def __call__(self, query):
        public, forbidden = (PUBLIC, FORBIDDEN) if query.kind == 1 else (PUBLIC6, FORBIDDEN6)
        turn = self._random.randrange(4)
        said = []
        if turn in (0, 2):
            said.append(self._random.choice(public))
            self.given[query.name].add(said[0])
        if turn in (1, 2):
            said.insert(self._random.randrange(len(said) + 1), self._random.choice(forbidden))
        return [message(query, [address_record(query.name, each, 0) for each in said])]


def race(gate, port, count, at_once=64):
    """So many CONNECTs, with the first bytes of a TLS client behind each."""
    hellos = {name: hello(name) for name in NAMES}
    names = itertools.cycle(NAMES)

    async def start(_):
        name = next(names)
        return await ask(gate, name, port, hellos[name])

    return asyncio.run(storm(count, at_once, start))


def check(make_gate, count):
    speak = Rebinding()
    with EveryAddress() as decoy, HostileNames(speak) as names:
        gate = make_gate(
            f"""
            resolver: {{servers: ["{names.address}"]}}
            rules:
              - {{name: all, hosts: ["*.example.org"], ports: [{decoy.port}]}}
            """
        )
        began = time.perf_counter()
        told = race(gate, decoy.port, count)
        took = time.perf_counter() - began
        wait_until(lambda: gate.metric("sallyport_requests_total") >= count, what="all attempts")
        wait_until(lambda: gate.metric("sallyport_tunnels") == 0, what="the tunnels to end")
        settle()
        records = gate.wait_records(count, event="connect")

        statuses = collections.Counter((each.status, each.reason) for each in told)
        print(f"T32: {count} attempts in {took:.1f} s, told {dict(statuses)}")
        print(
            f"T32: {len(names.queries)} queries, p99 {percentile(times(told), 0.99) * 1e3:.1f} ms"
        )

    decisions = collections.Counter(record["decision"] for record in records)
    assert len(records) == len(told) == count
    assert decisions["allow"] + decisions["block"] == count, decisions
    dialled = collections.Counter()
    for record in records:
        if "origin" in record:
            address = record["origin"]
            assert address in speak.given[record["host"]], ("not an answer that passed", record)
            dialled[address] += 1
    assert (
        not set(decoy.connections) - set(PUBLIC) - set(PUBLIC6)
    ), "a forbidden address was dialled"
    assert not set(decoy.bytes) - set(PUBLIC) - set(PUBLIC6)
    assert dialled == decoy.connections, "the records say what was dialled"
    passed = sum(dialled.values())
    assert count / 10 < passed < count * 9 / 10, "both faces of the names were met"
    print(f"T32: {passed} dialled a checked address, {count - passed} none, violations 0")


def times(told):
    return [each.seconds for each in told]


@pytest.mark.short
def test_300_racing_attempts_dial_a_checked_address_or_none(make_gate, lab):
    """T32."""
    check(make_gate, 300)


def test_10000_racing_attempts_dial_a_checked_address_or_none(make_gate, lab):
    """T32."""
    check(make_gate, 10_000)


def test_no_attempt_is_judged_by_half_of_each_policy(make_gate, lab):
    """T82, for addresses: a private network is allowed and forbidden again while attempts race."""
    name, private, count = "private.example.org", "10.20.7.7", 2_000
    lab.names.set(name, private, ttl=0)
    with EveryAddress() as decoy:
        rules = f"""
            rules: [{{name: all, hosts: ["*.example.org"], ports: [{decoy.port}]}}]"""
        first_bytes = hello(name)
        allowed = "            destinations: {allow_networks: [10.20.0.0/16]}" + rules
        gate = make_gate(allowed)
        opens = policy_hash(gate)

        async def reload_all_the_while(done):
            for turn in itertools.count():
                if done.is_set():
                    return turn
                gate.write_policy(rules if turn % 2 == 0 else allowed)
                gate.signal(signal.SIGHUP)
                await asyncio.sleep(0.05)

        async def race_and_reload():
            done = asyncio.Event()
            reloads = asyncio.create_task(reload_all_the_while(done))
            told = await storm(count, 64, lambda _: ask(gate, name, decoy.port, first_bytes))
            done.set()
            return told, await reloads

        told, reloads = asyncio.run(race_and_reload())
        wait_until(lambda: gate.metric("sallyport_requests_total") >= count, what="all attempts")
        settle()
        records = gate.wait_records(count, event="connect")
    assert len(records) == len(told) == count
    verdicts = collections.Counter(
        (record["policy"] == opens, record["decision"], record["reason"]) for record in records
    )
    print(f"T82: {reloads} reloads, {dict(verdicts)}")
    assert set(verdicts) == {
        (True, "allow", "allowed"),
        (False, "block", "destination_forbidden"),
    }
    # Some were dialled by the one policy and blocked by the other: without a byte.
    passed = verdicts[True, "allow", "allowed"]
    assert passed <= decoy.connections[private]
    assert decoy.bytes[private] <= passed * len(first_bytes)


def policy_hash(gate):
    """Of the snapshot in force."""
    return next(
        labels["hash"] for sample, labels, _ in gate.metrics() if sample == "sallyport_policy_info"
    )
