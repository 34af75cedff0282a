"""Leaves: THREATS.md rows T83 and T84. One is minted for a host that a rule allows to be read, and
for nobody else; what is kept is bounded; what stands in one lets it be used for that host alone."""
import asyncio
import re
import ssl
import subprocess

import pytest

from faults import MIB, resident_bytes
from gate import run_command
from hello import hello
from http_wire import At, gather
from interception import (
    OPENSSL,
    TlsHttpOrigin,
    TlsHttpWire,
    client_context,
    make_ca,
    policy_with,
    say_tls,
    sign_for,
)
from wire import ESTABLISHED

pytestmark = [pytest.mark.attack]

LITERAL = "52.94.77.74"
NO_ADDRESS = "excluded;IP:0.0.0.0/0.0.0.0,excluded;IP:::/::"
TLS_POLICY = f"""
    limits: {{connections_per_client: 4096}}
    rules:
      - {{name: read, hosts: ["*.example.org"], methods: [GET]}}
      - {{name: literal, hosts: [{LITERAL}], methods: [GET]}}
      - {{name: unread, hosts: ["*.unread.example.net"]}}
"""


@pytest.fixture(scope="module")
def origin(lab):
    with TlsHttpOrigin(lab, certificate=sign_for(lab, ["*.example.org"])) as origin:
        yield origin


def minted(gate):
    return gate.metric("sallyport_leaf_cache_total", result="miss")


async def ask_for(gate, host, sni):
    """The first line of what a CONNECT is told and, behind a 200, the first record."""
    reader, writer = await asyncio.open_connection(gate.host, gate.port)
    try:
        writer.write(f"CONNECT {host}:443 HTTP/1.1\r\n\r\n".encode())
        told = await reader.readuntil(b"\r\n\r\n")
        if told != ESTABLISHED:
            return told[9:12]
        writer.write(hello(sni))
        return (await reader.read(100))[:1]
    finally:
        writer.transport.abort()


def ask_for_all(gate, asked):
    async def ask_all():
        return await gather([ask_for(gate, *each) for each in asked], at_once=64)

    return asyncio.run(ask_all())


def flood(request):
    """How many names the flood has."""
    return 1_000_000 if request.config.getoption("--full") else 20_000


@pytest.mark.shipped
def test_t83_names_that_are_denied_get_no_leaf_and_cost_no_memory(request, gate):
    count, pid = flood(request), gate.process.pid
    before = minted(gate)

    def ask(first, last):
        names = [f"name{number}.denied.example" for number in range(first, last)]
        assert set(ask_for_all(gate, [(name, name) for name in names])) == {b"403"}

    for first in range(0, count, 2000):
        if first == count // 2:
            resident = resident_bytes(pid)
        ask(first, first + 2000)
    grown = (resident_bytes(pid) - resident) / MIB
    print(
        f"T83: {count} denied names, {minted(gate) - before:.0f} leaves,"
        f" {grown:.1f} MiB for the second half"
    )
    assert minted(gate) == before and grown < 6, "what the audit log keeps"


@pytest.mark.short
def test_t83_another_name_in_the_hello_gets_no_leaf(gate, origin):
    """The name that a leaf is for is the CONNECT's, once the hello has agreed."""
    before = minted(gate)
    asked = [(origin.name, f"other{number}.example.org") for number in range(500)]
    assert set(ask_for_all(gate, asked)) == {b"\x15"}
    assert minted(gate) == before


@pytest.mark.short
def test_t83_what_is_not_read_gets_no_leaf(lab, gate, origin):
    before = minted(gate)
    names = [f"host{number}.unread.example.net" for number in range(50)]
    for name in names:
        lab.names.set(name, origin.address)
    told = ask_for_all(gate, [(name, name) for name in names])
    assert set(told) <= {b"\x15", b"\x16"}, told
    assert minted(gate) == before


@pytest.mark.shipped
def test_t83_what_is_kept_for_a_wildcards_names_is_bounded(lab, gate, origin, ca):
    """Each worker keeps so many leaves; the name that was used last is among them."""
    count, context = 3000, client_context(ca)
    for number in range(count):
        lab.names.set(f"leaf{number}.example.org", origin.address)

    async def ask(number):
        name = f"leaf{number}.example.org"
        sent = f"GET /{number} HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n"
        heard = await say_tls(gate, name, context, [sent.encode()])
        assert f"GET /{number} 0".encode() in heard.data, heard

    async def ask_all(numbers):
        await gather([ask(number) for number in numbers], at_once=16)

    pid, before = gate.process.pid, minted(gate)
    asyncio.run(ask_all(range(0, 1500)))
    resident = resident_bytes(pid)
    asyncio.run(ask_all(range(1500, count)))
    grown = (resident_bytes(pid) - resident) / MIB
    first = minted(gate) - before
    assert first == count, "one a name: each was asked for once"
    asyncio.run(ask_all([0] * 40))
    again = minted(gate) - before - first
    print(f"T83: {count} names, {first:.0f} leaves, {grown:.1f} MiB for the second half, {again}")
    assert again >= 1, "the first name was forgotten by somebody"
    assert grown < 6, "of 1,024 leaves a worker the second half replaces the first's"


def leaf_of(gate, host, ca, sni=""):
    """The leaf that a client of the host is shown, in DER and as openssl prints it."""
    with TlsHttpWire(gate, host, ca, sni=sni) as wire:
        der = wire.socket.getpeercert(binary_form=True)
    text = subprocess.run(
        [OPENSSL, "x509", "-inform", "DER", "-noout", "-text", "-nameopt", "RFC2253"],
        input=der,
        capture_output=True,
        check=True,
    ).stdout.decode()
    return der, text


def field(text, name):
    """The line behind an extension's name, and whether it is critical."""
    found = re.search(rf"X509v3 {name}: ?(critical)?\s*\n\s+(.*)\n", text)
    return (found[2].strip(), bool(found[1])) if found else None


@pytest.mark.short
def test_t83_a_leaf_is_for_one_host_and_for_servers_alone(lab, gate, origin, ca):
    _, text = leaf_of(gate, origin, ca)
    assert re.search(r"Subject: *\n", text), "no subject"
    assert field(text, "Subject Alternative Name") == (f"DNS:{origin.name}", True)
    assert field(text, "Key Usage") == ("Digital Signature", True)
    assert field(text, "Extended Key Usage") == ("TLS Web Server Authentication", False)
    signer = subprocess.run(
        [OPENSSL, "x509", "-in", ca[0], "-noout", "-text"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    key_id, _ = field(signer, "Subject Key Identifier")
    assert field(text, "Authority Key Identifier")[0].removeprefix("keyid:") == key_id
    assert "CA:TRUE" not in text and "prime256v1" in text and "Version: 3" in text
    assert set(re.findall(r"X509v3 ([A-Z][A-Za-z ]+):", text)) == {
        "Subject Alternative Name",
        "Key Usage",
        "Extended Key Usage",
        "Authority Key Identifier",
    }
    begin, end = (
        ssl.cert_time_to_seconds(re.search(rf"{word} *: (.* GMT)", text)[1])
        for word in ("Not Before", "Not After ")
    )
    assert end - begin == 72 * 3600, "and no longer, whatever clocks say"


@pytest.mark.short
def test_t83_a_literals_leaf_is_for_that_address_alone(lab, gate, ca):
    certificate = sign_for(lab, [f"IP:{LITERAL}"])
    with TlsHttpOrigin(lab, address=LITERAL, certificate=certificate):
        _, text = leaf_of(gate, At(LITERAL, 443), ca, sni=None)
    assert field(text, "Subject Alternative Name") == (f"IP Address:{LITERAL}", True)


def serial(text):
    return int(re.search(r"Serial Number:\s*([0-9a-f:]+)", text)[1].replace(":", ""), 16)


def test_t83_serials_are_long_positive_and_never_the_same(lab, make_gate, gate, origin, ca):
    """Of two hosts, and of one host in two runs of the gate."""
    lab.names.set("serial.example.org", origin.address)
    hosts = [At("serial.example.org", 443), origin]
    found = [serial(leaf_of(gate, host, ca)[1]) for host in hosts]
    another = make_gate(policy_with(lab, ca, TLS_POLICY))
    found += [serial(leaf_of(another, host, ca)[1]) for host in hosts]
    assert len(set(found)) == 4 and all(1 << 100 < each < 1 << 159 for each in found), found


def test_t84_a_ca_is_never_asked_to_vouch_for_a_name_that_it_may_not(lab, make_gate):
    """What lies within its constraints is served; a policy that reads more does not load."""
    constraints = "nameConstraints=critical,permitted;DNS:inside.example.org"
    ca = make_ca(lab.make_folder("ca"), extensions=[f"{constraints},{NO_ADDRESS}"])
    rules = """
    rules:
      - {name: read, hosts: [HOSTS], methods: [GET]}
    """
    host = At("a.inside.example.org", 443)
    gate = make_gate(policy_with(lab, ca, rules.replace("HOSTS", host.name)))
    with TlsHttpOrigin(lab, certificate=sign_for(lab, [host.name])) as origin:
        lab.names.set(host.name, origin.address)
        with TlsHttpWire(gate, host, ca) as wire:
            assert wire.ask().status == 200
    assert gate.reload(policy_with(lab, ca, rules.replace("HOSTS", "o.example.org")))["errors"]
    gate.write_policy(policy_with(lab, ca, rules.replace("HOSTS", '"*.example.org"')))
    ran = run_command("check", gate.config)
    assert ran.returncode == 1 and "name constraints do not hold it" in ran.stderr + ran.stdout
