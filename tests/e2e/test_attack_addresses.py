"""Attacks on the destination guard, against the running gate: T28 to T31 and T33 of THREATS.md.
Every address answers here (every_address.py), so a hole would be a connection that is counted."""
import importlib.util
import ipaddress
import itertools

import pytest
import yaml

import test_guard
from attempts import attempt, bracketed
from gate import TOP
from lab import run
from wire import Wire

pytestmark = pytest.mark.attack


def load_vectors():
    """The IANA registries' rows and what the guard adds, written down apart from the product."""
    path = f"{TOP}/tests/policy/values/address_range_vectors.py"
    spec = importlib.util.spec_from_file_location("address_range_vectors", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


VECTORS = load_vectors()
RANGES = [network for network, _, _ in VECTORS.ROWS if network.prefixlen > 0]

# T29: seven ways to write an IPv4 address into an IPv6 one, and what may be inside.
EMBEDDINGS = {
    "mapped": lambda v4: (0xFFFF << 32) | v4,
    "compatible": lambda v4: v4,
    "translated": lambda v4: (0xFFFF << 48) | v4,
    "NAT64": lambda v4: (0x64FF9B << 96) | v4,
    "local NAT64": lambda v4: (0x64FF9B0001 << 80) | v4,
    "6to4": lambda v4: (0x2002 << 112) | (v4 << 80) | 1,
    "Teredo": lambda v4: (0x20010000 << 96)
    | (0x4136E378 << 64)
    | (0x8000 << 48)
    | (~v4 & 0xFFFFFFFF),
}
INNER = [
    "127.0.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "169.254.170.23",
    "169.254.169.253",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "52.95.110.77",
]


def edges(network):
    """A range's first and last address, and the ones just outside."""
    first, last = int(network[0]), int(network[-1])
    kind = type(network[0])
    numbers = {first, last, *([first - 1] if first else [])}
    numbers |= {last + 1} if last + 1 < 1 << network.max_prefixlen else set()
    return [kind(number) for number in sorted(numbers)]


def embedded(embedding, inner):
    return ipaddress.IPv6Address(EMBEDDINGS[embedding](int(ipaddress.IPv4Address(inner))))


LITERALS = sorted(
    {bracketed(str(address)) for network in RANGES for address in edges(network)}
    | {f"[{embedded(how, inner)}]" for how in EMBEDDINGS for inner in INNER}
)


@pytest.fixture(scope="module")
def gates(share_gate, decoy):
    """Everything is allowed, by name and by literal, so that only the guard can refuse: once
    without private ranges, once with every network allowed."""
    rules = f"""
    timeouts: {{connect: 2s, drain: 1s}}
    rules:
      - name: all
        hosts: {["*", *LITERALS]}
        ports: [{decoy.port}]
        multi_tenant: accept
    """
    anywhere = '\n    destinations: {allow_networks: ["0.0.0.0/0", "::/0"]}'
    return {"plain": share_gate(rules), "every network allowed": share_gate(rules + anywhere)}


def may_pass(kind, address):
    address_class, _ = VECTORS.classify(address)
    return address_class == "global" or (
        address_class == "private_range" and kind == "every network allowed"
    )


def check(lab, gates, decoy, addresses):
    """Each address through each gate, as a literal and as what a name resolves to: dialled or
    refused, as its class says, and no byte at an address that is refused."""
    for address, (kind, gate) in itertools.product(addresses, gates.items()):
        text = str(address)
        name = "a-" + text.replace(".", "-").replace(":", "z") + ".example.org"
        lab.names.set(name, text)
        for host, sni in ((bracketed(text), ""), (name, name)):
            decoy.forget()
            outcome = attempt(gate, host, decoy.port, sni)
            if may_pass(kind, address):
                assert outcome.is_through, (kind, host, outcome)
                decoy.wait_bytes(text)
                assert set(decoy.connections) == {text}
            else:
                assert outcome.status == 403, (kind, host, outcome)
                assert outcome.reason == "destination_forbidden", (kind, host)
                assert not decoy.connections, (kind, host, decoy.connections)


@pytest.mark.parametrize("network", RANGES, ids=str)
def test_a_special_range_is_refused_from_its_first_address_to_its_last(lab, gates, decoy, network):
    """T28: first, last, and one outside on either side."""
    check(lab, gates, decoy, edges(network))


@pytest.mark.parametrize("inner", INNER)
@pytest.mark.parametrize("embedding", EMBEDDINGS)
def test_ipv4_within_ipv6_reaches_no_more_than_the_address_within(
    lab, gates, decoy, embedding, inner
):
    """T29: all but NAT64 are refused whole; NAT64 is judged by the IPv4 address within."""
    check(lab, gates, decoy, [embedded(embedding, inner)])


def odd_rows(word):
    with open(f"{TOP}/tests/data/invalid_hosts.tests.yaml", encoding="utf-8") as file:
        rows = yaml.safe_load(file)["tests"]
    return [row["request"].split()[1].rpartition(":")[0] for row in rows if word in row["name"]]


ODD_LITERALS = list(dict.fromkeys([*odd_rows("odd literal"), *test_guard.NO_HOST]))
SCOPES = odd_rows("scope")


@pytest.mark.parametrize("spelling", ODD_LITERALS + SCOPES)
def test_an_odd_spelling_of_an_address_is_refused_and_never_resolved(lab, gates, decoy, spelling):
    """T30, T31: as a CONNECT and as a plain request; the resolver is not called."""
    queries = len(lab.names.queries)
    decoy.forget()
    for gate in gates.values():
        outcome = attempt(gate, spelling, decoy.port)
        assert outcome.status in (400, 403), outcome
        assert outcome.reason in ("invalid_host", "destination_forbidden")
        with Wire(gate) as wire:
            target = f"http://{spelling}:{decoy.port}/"
            wire.send(f"GET {target} HTTP/1.1\r\nHost: {spelling}\r\n\r\n".encode("latin-1"))
            assert wire.answer().status in (400, 403, 501)
        assert gate.is_running()
    assert len(lab.names.queries) == queries, "the resolver was called"
    assert not decoy.connections


# T33: a public address among those that may not be dialled, in every order.
PUBLIC = "52.95.110.78"
MIXES = [
    *itertools.permutations([PUBLIC, "10.0.0.1", "127.0.0.1"]),
    *itertools.permutations([PUBLIC, "::1", "fd00:ec2::254"]),
]
STRICT = """
      - {name: strict, effect: deny, hosts: ["*"],
         networks: ["10.0.0.0/8", "127.0.0.0/8", "::1/128", "fd00:ec2::/32"]}
"""


@pytest.fixture(scope="module")
def strict_gate(share_gate, decoy):
    """What THREATS.md calls strict is a deny rule here: one such address refuses the set."""
    return share_gate(
        f"""
    rules:
      - {{name: all, hosts: ["*"], ports: [{decoy.port}], multi_tenant: accept}}{STRICT}"""
    )


@pytest.mark.parametrize("addresses", MIXES, ids=" ".join)
def test_of_a_mixed_answer_the_passing_address_alone_is_dialled(
    lab, gates, strict_gate, decoy, addresses
):
    """T33: and where a deny rule names the forbidden networks, none is."""
    name = f"mixed-{MIXES.index(addresses)}.example.org"
    lab.names.set(name, *addresses, ttl=0)
    decoy.forget()
    assert attempt(gates["plain"], name, decoy.port, name).is_through
    decoy.wait_bytes(PUBLIC)
    assert dict(decoy.connections) == {PUBLIC: 1}
    record = gates["plain"].wait_records(event="connect", host=name)[0]
    assert record["origin"].startswith(PUBLIC)

    decoy.forget()
    outcome = attempt(strict_gate, name, decoy.port, name)
    assert (outcome.status, outcome.reason) == (403, "denied_by_rule")
    assert not decoy.connections


# A route in the place of the one that makes every address answer.
DEAD_ENDS = {"unreachable": ["unreachable", "DEAD"], "silent": ["DEAD", "dev", "own0"]}


@pytest.mark.parametrize("how", DEAD_ENDS)
def test_where_the_passing_address_fails_no_other_is_tried(lab, gates, decoy, how):
    """T33: the public address leads nowhere, the forbidden ones would answer at once."""
    name, dead = f"dead-{how}.example.org", "52.95.110.79"
    lab.names.set(name, "127.0.0.1", "10.0.0.1", dead, "169.254.169.254", "::1", ttl=0)
    decoy.forget()
    route = [word.replace("DEAD", f"{dead}/32") for word in DEAD_ENDS[how]]
    run("ip", "route", "add", *route, "table", "local")
    try:
        outcome = attempt(gates["plain"], name, decoy.port, name)
    finally:
        run("ip", "route", "del", *route, "table", "local")
    assert outcome.status in (502, 504) and outcome.reason.startswith("connect_"), outcome
    assert not decoy.connections
