"""Hosts of every spelling are read: their leaf is for them, the origin is asked for them by that
name, and what proves them is what a client would take."""
from ipaddress import ip_address

import pytest

from http_wire import At
from interception import TlsHttpOrigin, TlsHttpWire, sign_for

pytestmark = [pytest.mark.legitimate]

LONG = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 49, "example.org"])
A_LABEL = "xn--bcher-kva.example.com"
IPV6, IPV4 = "2600:1f00:77::71", "52.94.77.76"
TLS_POLICY = f"""
    rules:
      - {{name: names, hosts: ["*.example.org", {A_LABEL}], methods: [GET]}}
      - {{name: ports, hosts: ["*.example.net"], ports: [8443], methods: [GET]}}
      - {{name: literals, hosts: ["[{IPV6}]", {IPV4}], methods: [GET]}}
"""
# The host, as the CONNECT writes it.
NAMES = {
    "plain": ("plain.example.org", "plain.example.org"),
    "in upper case": ("plain2.example.org", "PLAIN2.Example.ORG"),
    "with a dot behind": ("plain3.example.org", "plain3.example.org."),
    "underscores": ("_a_b_.c_d.example.org", "_a_b_.c_d.example.org"),
    "digits": ("0.1.2.example.org", "0.1.2.example.org"),
    "two hyphens": ("a--b.example.org", "a--b.example.org"),
    "an A-label": (A_LABEL, A_LABEL),
    "a label of 63": (f"{'l' * 63}.example.org", f"{'l' * 63}.example.org"),
    "253 bytes": (LONG, LONG),
}


@pytest.mark.short
@pytest.mark.parametrize("row", NAMES)
def test_a_name_is_served_under_its_own_leaf(lab, gate, ca, row):
    name, written = NAMES[row]
    assert len(name) <= 253
    with TlsHttpOrigin(lab, certificate=sign_for(lab, [name])) as origin:
        lab.names.set(name, origin.address)
        with TlsHttpWire(gate, At(name, 443), ca, sni=name, connect=written) as wire:
            assert wire.socket.getpeercert()["subjectAltName"] == (("DNS", name),)
            assert wire.ask("/named").body == b"GET /named 0"
        assert origin.hellos == [name] and origin.requests[0].get("Host") == name
    assert gate.one_record(host=name)["url"] == f"https://{name}/named"


@pytest.mark.parametrize("address", [IPV4, IPV6])
def test_a_literal_is_served_under_its_own_leaf(lab, gate, ca, address):
    host = f"[{address}]" if ":" in address else address
    certificate = sign_for(lab, [f"IP:{address}"])
    with TlsHttpOrigin(lab, address=address, certificate=certificate) as origin:
        with TlsHttpWire(gate, At(host, 443), ca, sni=None) as wire:
            [(kind, named)] = wire.socket.getpeercert()["subjectAltName"]
            assert kind == "IP Address" and ip_address(named) == ip_address(address)
            assert wire.ask("/literal").body == b"GET /literal 0"
        assert origin.hellos == [None] and origin.requests[0].get("Host") == host


@pytest.mark.parametrize("written", ["HOST", "HOST:8443"])
def test_another_port_is_named_in_host_and_nowhere_else(lab, gate, ca, written):
    name = f"port{len(written)}.example.net"
    with TlsHttpOrigin(lab, port=8443, certificate=sign_for(lab, [name])) as origin:
        lab.names.set(name, origin.address)
        with TlsHttpWire(gate, At(name, 8443), ca) as wire:
            host = written.replace("HOST", name)
            told = wire.send(f"GET /p HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()).read_http()
            if ":" in written:
                assert told.body == b"GET /p 0" and origin.requests[0].get("Host") == host
            else:
                assert (told.status, told.reason) == (421, "host_mismatch")
                assert not origin.requests
