"""T38 of THREATS.md: the gate is asked to connect to itself and to its own machine, by every way to
say so. Whatever reached its listeners would be an attempt more in its own records."""
import pytest

import lab as lab_module
from attempts import attempt
from every_address import EveryAddress
from gate import Gate
from lab import run, wait_until

pytestmark = pytest.mark.attack

# Addresses of a second interface, as other networks of the machine have them.
PRIVATE_NIC, PUBLIC_NIC6 = "10.99.0.1", "2600:1f00:99::1"
NEW_NIC = "52.95.111.9"  # comes while the gate runs

POLICY = f"""
    listeners: [{{protocol: http, address: "0.0.0.0:PORT"}}]
    destinations: {{allow_networks: ["0.0.0.0/0", "::/0"]}}
    resolver: {{servers: ["SERVER"], hosts_file: HOSTS}}
    rules:
      - name: all
        hosts: ["*", localhost, "127.0.0.1", "[::1]", "0.0.0.0", "{lab_module.OWN}",
                "[::ffff:127.0.0.1]", "[::ffff:{lab_module.OWN}]", "[64:ff9b::{lab_module.OWN}]",
                "{PRIVATE_NIC}", "[64:ff9b::{PRIVATE_NIC}]", "[{PUBLIC_NIC6}]",
                "[2600:1F00:0099:0:0:0:0:0001]", "{NEW_NIC}"]
        ports: [1-65535]
        networks: ["0.0.0.0/0", "::/0"]
        multi_tenant: accept
"""
HOSTS = f"""
127.0.0.1 localhost own-loopback.example.org
{lab_module.OWN} own-in-hosts.example.org
{PRIVATE_NIC} host.docker.internal
::ffff:{lab_module.OWN} own-mapped-in-hosts.example.org
"""

# What a CONNECT names; the addresses that it resolves to, if it is a name.
TARGETS = {
    "loopback": ("127.0.0.1", []),
    "loopback, IPv6": ("[::1]", []),
    "unspecified": ("0.0.0.0", []),
    "own address": (lab_module.OWN, []),
    "loopback, mapped into IPv6": ("[::ffff:127.0.0.1]", []),
    "own address, mapped into IPv6": (f"[::ffff:{lab_module.OWN}]", []),
    "own address by NAT64": (f"[64:ff9b::{lab_module.OWN}]", []),
    "another interface": (PRIVATE_NIC, []),
    "another interface by NAT64": (f"[64:ff9b::{PRIVATE_NIC}]", []),
    "another interface, IPv6": (f"[{PUBLIC_NIC6}]", []),
    "another interface, IPv6 in another spelling": ("[2600:1F00:0099:0:0:0:0:0001]", []),
    "a name of loopback": ("self-1.example.org", ["127.0.0.1"]),
    "a name of loopback, IPv6": ("self-2.example.org", ["::1"]),
    "a name of the unspecified address": ("self-3.example.org", ["0.0.0.0", "::"]),
    "a name of the own address": ("self-4.example.org", [lab_module.OWN]),
    "a name of it, mapped into IPv6": ("self-5.example.org", [f"::ffff:{lab_module.OWN}"]),
    "a name of it by NAT64": ("self-6.example.org", [f"64:ff9b::{lab_module.OWN}"]),
    "a name of another interface": ("self-7.example.org", [PRIVATE_NIC, PUBLIC_NIC6]),
    "the hosts file: loopback": ("own-loopback.example.org", []),
    "the hosts file: localhost": ("localhost", []),
    "the hosts file: own address": ("own-in-hosts.example.org", []),
    "the hosts file: it, mapped into IPv6": ("own-mapped-in-hosts.example.org", []),
    "the hosts file: the container's host": ("host.docker.internal", []),
}


@pytest.fixture(scope="module")
def decoy(lab):
    for address in (f"{PRIVATE_NIC}/32", f"{PUBLIC_NIC6}/128"):
        run("ip", "address", "add", address, "dev", "own0", *(["nodad"] if ":" in address else []))
    with EveryAddress() as decoy:
        yield decoy
    for address in (f"{PRIVATE_NIC}/32", f"{PUBLIC_NIC6}/128"):
        run("ip", "address", "del", address, "dev", "own0")


@pytest.fixture(scope="module")
def gate(lab, decoy):
    hosts = f"{lab.make_folder('hosts')}/hosts"
    with open(hosts, "w", encoding="ascii") as file:
        file.write(HOSTS)
    gate = Gate(lab, "rules: []")
    text = POLICY.replace("PORT", str(gate.port)).replace("SERVER", lab.names.address)
    gate.write_policy(text.replace("HOSTS", hosts))
    gate.start()
    yield gate
    gate.stop()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("port", ["listener", "metrics", "neighbour"])
def test_the_gate_never_connects_to_itself(lab, gate, decoy, target, port):
    """T38: its listener, its metrics endpoint, and another service of the same machine."""
    host, addresses = TARGETS[target]
    if addresses:
        lab.names.set(host, *addresses)
    number = {"listener": gate.port, "metrics": gate.metrics_port, "neighbour": decoy.port}[port]
    before = len(gate.records())
    decoy.forget()

    outcome = attempt(gate, host, number, "" if host[0] in "[0123456789" else host)

    assert (outcome.status, outcome.reason) == (403, "destination_forbidden")
    gate.wait_records(before + 1)
    assert len(gate.records()) == before + 1, "what reached its own listener left a record"
    assert not decoy.connections


def test_an_address_that_the_machine_gets_later_is_its_own_within_seconds(lab, gate, decoy):
    """T38: interfaces come and go while the gate runs."""
    assert attempt(gate, NEW_NIC, decoy.port).is_through, "not ours yet"
    run("ip", "address", "add", f"{NEW_NIC}/32", "dev", "own0")
    try:
        wait_until(
            lambda: attempt(gate, NEW_NIC, decoy.port).reason == "destination_forbidden",
            5,
            "the new address to be refused",
        )
        decoy.forget()
        assert attempt(gate, NEW_NIC, decoy.port).status == 403
        assert not decoy.connections
    finally:
        run("ip", "address", "del", f"{NEW_NIC}/32", "dev", "own0")
