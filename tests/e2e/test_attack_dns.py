"""Attacks by way of DNS servers and of those who pretend to be one: T34 and T36 of THREATS.md.
Every address answers here (every_address.py), so what was dialled is counted."""
import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

import dns_faults
from attempts import Outcome, attempt
from dns_faults import CHAINS, FAILED, FAULTS, FORBIDDEN, FORGERIES, LATE, TRUE
from dns_wire import NXDOMAIN, address_record, alias_record, answer, message, record
from hello import hello
from hostile_names import HostileNames
from lab import wait_until
from storm import ask, percentile

pytestmark = pytest.mark.attack

ROWS = {
    **{f"T34 {name}": row for name, row in CHAINS.items()},
    **{f"T36 {name}": row for name, row in FAULTS.items()},
    **{
        f"T36 forged: {name}, before the true answer": (dns_faults.forgery(forge), TRUE)
        for name, forge in FORGERIES.items()
    },
    **{
        f"T36 forged: {name}, alone": (dns_faults.alone(forge), FAILED)
        for name, forge in FORGERIES.items()
    },
}
TOLD = {
    TRUE: (200, ""),
    FAILED: (502, "dns_failure"),
    FORBIDDEN: (403, "destination_forbidden"),
}
NUMBER_OF = {name: number for number, name in enumerate(ROWS, 1)}
NO_TCP = "T36 TC, and TCP is refused"
RESOLVER_BUDGET = 4.0  # two tries of 2 s
HEALTHY = 150


@dataclass
class Result:
    outcome: Outcome
    seconds: float
    ended: float
    forged: str
    true: str


def host_of(number):
    return f"row-{number}.example.org"


def addresses_of(number):
    return f"52.95.114.{number}", f"52.95.115.{number}"


def speak(query):
    label = query.name.partition(".")[0]
    kind, _, number = label.partition("-")
    if kind == "row":
        forged, true = addresses_of(int(number))
        return list(ROWS.values())[int(number) - 1][0](query, forged, true)
    return [answer(query, "52.95.116.1", ttl=0)] if kind == "healthy" else [message(query)]


class Healthy:
    """A client whose names are all well, asked for one after the other while the rows run."""

    def __init__(self, gate, port):
        self.seconds = []
        self.statuses = []
        self._gate, self._port = gate, port
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    def run(self):
        self._thread.start()
        return self

    async def _run(self):
        for number in range(HEALTHY):
            name = f"healthy-{number}.example.org"
            told = await ask(self._gate, name, self._port, hello(name), source="10.20.0.9")
            self.seconds.append(told.seconds)
            self.statuses.append(told.status)
            await asyncio.sleep(0.01)

    def join(self):
        self._thread.join()
        assert set(self.statuses) == {200}, self.statuses
        return percentile(self.seconds, 0.99) * 1e3


POLICY = """
    resolver: {{servers: ["{server}"]}}
    timeouts: {{connect: 3s, drain: 1s}}
    rules:
      - {{name: all, hosts: ["*.example.org"], ports: [{port}]}}
"""


@pytest.fixture(scope="module")
def results(share_gate, decoy):
    """All rows at once, a client each, as they would come together in a bad hour."""
    with HostileNames(speak) as names:
        gate = share_gate(POLICY.format(server=names.address, port=decoy.port))

        def run(name):
            number = NUMBER_OF[name]
            began = time.monotonic()
            outcome = attempt(gate, host_of(number), decoy.port, host_of(number))
            ended = time.monotonic()
            return Result(outcome, ended - began, ended, *addresses_of(number))

        before = Healthy(gate, decoy.port).run().join()
        healthy = Healthy(gate, decoy.port).run()
        with ThreadPoolExecutor(len(ROWS)) as pool:
            results = dict(zip(ROWS, pool.map(run, ROWS)))
        print(f"T36: healthy p99 {before:.1f} ms before, {healthy.join():.1f} ms amid the faults")
        results["gate"] = gate
        yield results


@pytest.mark.parametrize("row", ROWS)
def test_what_a_dns_server_says_opens_nothing(results, decoy, row):
    """T34, T36: the forged address is never dialled, the client hears it within the resolver's
    patience."""
    result, expected = results[row], ROWS[row][1]
    assert (result.outcome.status, result.outcome.reason) == TOLD[expected]
    assert result.seconds < RESOLVER_BUDGET + 1
    assert decoy.connections[result.forged] == 0 and decoy.bytes[result.forged] == 0
    if expected == TRUE:
        decoy.wait_bytes(result.true)
        assert decoy.connections[result.true] == 1
    else:
        assert decoy.connections[result.true] == 0


def test_no_forbidden_address_was_dialled_by_any_row(results, decoy):
    """T34, T36: the sum of the table."""
    dialled = {address for address, count in decoy.connections.items() if count}
    may_be = {"52.95.116.1"} | {
        addresses_of(NUMBER_OF[row])[1] for row, (_, expected) in ROWS.items() if expected == TRUE
    }
    assert dialled == may_be, (len(results), dialled)


def test_a_truncated_answer_without_tcp_is_a_502_at_once(make_gate, decoy):
    """T36: TC, and the server refuses TCP; what the cut answer holds is not used."""
    cut = dns_faults.truncated(dns_faults.silent)
    with HostileNames(lambda query: cut(query, "52.95.117.1", ""), has_tcp=False) as names:
        gate = make_gate(POLICY.format(server=names.address, port=decoy.port))
        began = time.monotonic()
        outcome = attempt(gate, "cut.example.org", decoy.port, "cut.example.org")
        assert (outcome.status, outcome.reason) == (502, "dns_failure")
        assert time.monotonic() - began < RESOLVER_BUDGET + 1
        assert decoy.connections["52.95.117.1"] == 0


VICTIM = "victim.example.org"
POISON = {
    "in the answer section": lambda query, forged: message(
        query, [address_record(query.name, "52.95.116.2"), address_record(VICTIM, forged, 86400)]
    ),
    "in the authority section": lambda query, forged: message(
        query,
        [address_record(query.name, "52.95.116.2")],
        authority=[address_record(VICTIM, forged, 86400)],
    ),
    "in the additional section": lambda query, forged: message(
        query,
        [address_record(query.name, "52.95.116.2")],
        additional=[address_record(VICTIM, forged, 86400)],
    ),
    "as name server and glue": lambda query, forged: message(
        query,
        [address_record(query.name, "52.95.116.2")],
        authority=[record("example.org", 2, b"\2ns\6victim\0", 86400)],
        additional=[address_record("ns.victim", forged, 86400)],
    ),
    "behind an alias": lambda query, forged: message(
        query, [alias_record(query.name, VICTIM, 86400), address_record(VICTIM, forged, 86400)]
    ),
}


@pytest.mark.parametrize("where", POISON)
def test_an_answer_teaches_nothing_of_another_name(make_gate, decoy, where):
    """T36: records of a victim's name in the answer to the attacker's own."""
    forged = "52.95.117.2"

    def say(query):
        if query.name == "attacker.example.org" and query.kind == 1:
            return [POISON[where](query, forged)]
        return [message(query, rcode=NXDOMAIN if query.name == VICTIM else 0)]

    with HostileNames(say) as names:
        gate = make_gate(POLICY.format(server=names.address, port=decoy.port))
        assert attempt(gate, "attacker.example.org", decoy.port, "attacker.example.org").is_through
        # The attacker's own name may lead there; the victim's may not.
        decoy.wait_bytes(forged if where == "behind an alias" else "52.95.116.2")
        decoy.forget()
        outcome = attempt(gate, VICTIM, decoy.port, VICTIM)
        assert (outcome.status, outcome.reason) == (502, "dns_failure")
        assert names.count(VICTIM) >= 1, "it is asked for"
        assert not decoy.connections


def test_an_answer_after_the_deadline_counts_for_nothing(results, decoy):
    """T36: the late address is neither dialled nor remembered; who asks anew gets the true one."""
    result = results[f"T36 {LATE}"]
    time.sleep(max(0.0, result.ended + 1.1 - time.monotonic()))  # it came; the failure is forgotten
    host = host_of(NUMBER_OF[f"T36 {LATE}"])
    assert attempt(results["gate"], host, decoy.port, host).is_through
    decoy.wait_bytes(result.true)
    assert decoy.connections[result.forged] == 0


@pytest.mark.parametrize("how", ["is gone", "is silent"])
def test_a_resolver_that_dies_and_comes_back_is_used_again_without_a_restart(make_gate, decoy, how):
    """T36: clients are told meanwhile, the operator too; new sessions work within seconds."""
    is_well = threading.Event()
    is_well.set()

    def say(query):
        return [answer(query, "52.95.116.3", ttl=0)] if is_well.is_set() else []

    names = HostileNames(say)
    gate = make_gate(POLICY.format(server=names.address, port=decoy.port))

    def attempts(label, count):
        hosts = [f"{label}-{number}.example.org" for number in range(count)]
        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(lambda host: attempt(gate, host, decoy.port, host), hosts))

    assert attempt(gate, "steady.example.org", decoy.port, "steady.example.org").is_through
    is_well.clear()
    if how == "is gone":
        names.close()
    told = {(each.status, each.reason) for each in attempts("ill", 16)}
    assert told == {(502, "dns_failure")}
    wait_until(lambda: "DNS: the last 5 lookups got no usable answer" in gate.stderr(), 5)

    is_well.set()
    if how == "is gone":
        names = HostileNames(say, port=names.port)
    came_back = time.monotonic()
    wait_until(
        lambda: attempt(gate, "steady.example.org", decoy.port, "steady.example.org").is_through, 5
    )
    print(f"T36: a resolver that {how} is used again {time.monotonic() - came_back:.2f} s after")
    assert all(each.is_through for each in attempts("well", 8))
    wait_until(lambda: "DNS: names are resolved again" in gate.stderr(), 5)
    assert gate.stderr().count("DNS: ") <= 4, "the operator's log is not flooded"
    names.close()
