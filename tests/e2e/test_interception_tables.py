"""Which hosts are intercepted, and what becomes of a request there: the rows of tests/data that
name an https URL, each made by a client within TLS. What is intercepted shows by whose certificate
it is shown."""
import ssl

import pytest

from conftest import stop_all
from http_origin import answer, echo
from interception import TlsHttpOrigin, sign_for
from lab import wait_until
from tables import SOME_TLS_ADDRESS, read_tables, start_gate
from wire import ESTABLISHED, Wire

ROWS = [
    row
    for row in read_tables()
    if row.table.startswith("interception") and row.can_be_sent_within_tls()
]
TOLD = ("decision", "reason", "rule", "after", "tls")
PORTS = (443, 8443)


def script(request):
    """Whoever looks at types is answered an image."""
    is_image = (request.get("Host") or "").startswith("images.")
    return answer("image", fields="Content-Type: image/png\r\n") if is_image else echo(request)


@pytest.fixture(scope="module")
def origins(lab):
    """At one address for the hosts of all rows, and at those that rows name."""
    certificate = sign_for(lab, sorted({row.url_host for row in ROWS}))
    addresses = {SOME_TLS_ADDRESS} | {address for row in ROWS for address in row.addresses}
    found = [
        TlsHttpOrigin(lab, script, port=port, address=address, certificate=certificate)
        for address in sorted(addresses)
        for port in PORTS
        if not address.startswith("127.")
    ]
    yield found
    for each in found:
        each.close()


@pytest.fixture(scope="module")
def gate_of(lab, origins):
    """One gate a policy file; origins are trusted by the lab's CA."""
    gates = {}

    def get(policy):
        if policy not in gates:
            gates[policy] = start_gate(lab, policy, f"destinations: {{ca_bundle: {lab.ca}}}\n")
        return gates[policy]

    yield get
    stop_all(gates.values())


def ask(lab, gate, row):
    """Makes the attempt as far as it is let; who signed the certificate that was shown."""
    with Wire(gate, source=row.client) as wire:
        wire.connect(row.url_host, row.url_port)
        if wire.read(len(ESTABLISHED)) != ESTABLISHED:
            return ""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(gate.ca[0])
        context.load_verify_locations(lab.ca)
        context.check_hostname = False
        try:
            with context.wrap_socket(wire.socket, server_hostname=row.url_sni or None) as inner:
                signer = dict(part[0] for part in inner.getpeercert()["issuer"])["commonName"]
                inner.sendall(row.request_within())
                inner.recv(1 << 16)
                return signer
        except (ssl.SSLError, ConnectionError):
            return ""


@pytest.mark.parametrize("row", [pytest.param(row, id=f"{row.table}: {row.name}") for row in ROWS])
def test_a_request_within_tls_is_judged_as_the_table_says(lab, gate_of, row):
    gate = gate_of(row.policy)
    if not row.client.startswith("127."):
        lab.make_local(row.client)
    lab.names.set(row.url_host, *(row.addresses or [SOME_TLS_ADDRESS]), ttl=0)
    before = len(gate.records(host=row.url_host))
    signer = ask(lab, gate, row)
    record = wait_until(
        lambda: [
            each for each in gate.records(host=row.url_host)[before:] if each["event"] != "close"
        ],
        what="the attempt's record",
    )[0]
    expected = {key: value or None for key, value in row.row["expect"].items() if key in TOLD}
    found = {key: record.get(key) or None for key in expected}
    assert {**found, "tls": record.get("tls", "none")} == expected
    if signer:
        assert (signer == "ca") == (expected["tls"] == "intercepted"), signer


def test_most_rows_are_sent():
    assert len(ROWS) >= 45
