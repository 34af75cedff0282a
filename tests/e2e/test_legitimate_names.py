"""Names and answers of name servers as the Internet has them, resolved by a real name server
(dnsmasq, by UDP and where an answer is long by TCP)."""
import contextlib
import socket

import pytest

import lab as lab_module
from gate import free_port
from hello import hello
from origins import Origin
from wire import Wire

pytestmark = pytest.mark.legitimate

LONGEST = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 49, "example.org"])
# (shape, name): each leads to the origin by one address
NAMES = [
    ("253 bytes, labels of 63", LONGEST),
    ("a label of one letter", "a.example.org"),
    ("a label of one digit", "0.example.org"),
    ("digits first", "1password.example.org"),
    ("labels of digits", "123.456.example.org"),
    ("looks like hexadecimal", "0xff.example.org"),
    ("looks like an address", "10-20-30-40.example.org"),
    ("address in labels", "10.0.0.1.example.org"),
    ("an underscore first", "_dmarc.example.org"),
    ("an underscore within", "my_bucket.example.org"),
    ("hyphens in third and fourth place", "r4---sn-4g5ednsd.example.org"),
    ("two hyphens", "a--b.example.org"),
    ("a UUID", "0f0e2b6e-2a52-4c1b-9a30-4a3a1a9c5f10.example.org"),
    ("an A-label that a rule names", "xn--bcher-kva.example.org"),
    ("30 labels", ".".join(["x"] * 28 + ["example.org"])),
    ("a region in the middle", "svc.us-east-1.vpce.example.org"),
]
# (shape, name): the answers of ALIASES lead there
ALIASES = [
    ("one alias", "alias1.example.org"),
    ("two aliases", "alias2.example.org"),
    ("five aliases", "alias5.example.org"),
    ("aliases into a zone that no rule names", "cdn.example.org"),
    ("an alias with upper-case letters", "upper.example.org"),
]
CNAMES = [
    *[("alias1.example.org", "target.example.org"), ("alias2.example.org", "alias1.example.org")],
    ("alias3.example.org", "alias2.example.org"),
    ("alias4.example.org", "alias3.example.org"),
    ("alias5.example.org", "alias4.example.org"),
    ("cdn.example.org", "d111.edge.example.net"),
    ("d111.edge.example.net", "anycast.example.com"),
    ("upper.example.org", "TARGET.Example.ORG"),
]
POLICY = """
    resolver: {{servers: ["127.0.0.1:{port}"]}}
    rules:
      - {{name: origins, hosts: ["*.example.org", xn--bcher-kva.example.org]}}
"""
MANY = {"thirty.example.org": 30, "hundred.example.org": 100}  # the second comes by TCP


@pytest.fixture(scope="module")
def gate(lab, origin, share_gate):
    port = free_port()
    path = f"{lab.make_folder('names')}/conf"
    targets = [name for _, name in NAMES]
    targets += ["target.example.org", "TARGET.Example.ORG", "anycast.example.com"]
    lines = [f"port={port}", "listen-address=127.0.0.1", "bind-interfaces", "no-resolv"]
    lines += ["no-hosts", "user=root", "local-ttl=0"]
    lines += [f"host-record={name},{origin.address}" for name in targets]
    lines += [f"cname={alias},{target}" for alias, target in CNAMES]
    for name, count in MANY.items():
        lines += [f"host-record={name},{address}" for address in addresses(count)]
    with open(path, "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")
    lab.start("/usr/sbin/dnsmasq", "-C", path, "-k", "--pid-file=")
    lab_module.wait_until(lambda: answers(port), what="dnsmasq")
    return share_gate(POLICY.format(port=port))


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def addresses(count):
    return [f"198.51.77.{number}" for number in range(1, count + 1)]


def assert_reached(gate, name, origin):
    sent = hello(name)
    with Wire(gate) as wire:
        wire.tunnel(name).send(sent)
        assert wire.read_record()[0] == 22
    assert origin.seen[-1].data == sent


@pytest.mark.parametrize("name", [row[1] for row in NAMES], ids=[row[0] for row in NAMES])
def test_a_name_of_any_allowed_form_is_reached(gate, origin, name):
    assert_reached(gate, name, origin)


@pytest.mark.parametrize("name", [row[1] for row in ALIASES], ids=[row[0] for row in ALIASES])
def test_a_name_behind_aliases_is_reached(gate, origin, name):
    assert_reached(gate, name, origin)


def test_a_name_with_a_ttl_of_zero_is_reached_every_time(gate, origin):
    for _ in range(5):
        assert_reached(gate, "a.example.org", origin)


@pytest.mark.parametrize("name, count", MANY.items(), ids=["30 addresses", "100 addresses"])
def test_a_name_with_many_addresses_is_reached_by_one_of_them(gate, lab, name, count):
    with contextlib.ExitStack() as stack:
        origins = []
        for address in addresses(count):
            lab.make_local(f"{address}/32")
        # Only a few answer; a refusal by the others is no reason to give up.
        for address in addresses(count)[count // 2 :: 10]:
            origins.append(stack.enter_context(Origin(lab, address=address)))
        with Wire(gate) as wire:
            wire.tunnel(name).send(hello(name))
            assert wire.read_record()[0] == 22
        assert sum(len(origin.seen) for origin in origins) == 1
