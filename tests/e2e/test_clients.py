"""Everyday clients leave by CONNECT to what the policy allows and are told why they may not go
elsewhere.

Clients retry, so records are counted by host and never expected to be exactly one.
"""
import pytest

from clients import CLIENTS, missing_programs
from fronting import Fronting
from origins import Origin, only_listen

import lab as lab_module

POLICY = """
    rules:
      - {name: web, hosts: [www.example.org, git.example.org, packages.example.org, v6.example.org]}
      - {name: console, hosts: [console.aws.amazon.com], multi_tenant: accept}
      - name: api
        hosts: [sts.us-east-1.amazonaws.com, api.sagemaker.us-east-1.amazonaws.com]
        multi_tenant: accept
"""
FRONT = "www.example.org"  # an allowed host that a liar names in its CONNECT
by_name = pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)


@pytest.fixture(scope="module")
def gate(share_gate):
    return share_gate(POLICY, dns="dnsmasq")


@pytest.fixture(scope="module")
def decoy(lab):
    """What the blocked names resolve to; nobody may even connect to it."""
    with Origin(lab, address=lab_module.DECOY, serve=only_listen) as decoy:
        yield decoy


def proxy_of(gate):
    return f"http://127.0.0.1:{gate.port}"


def rule_of(host):
    return (
        "console"
        if host.startswith("console")
        else "api"
        if host.endswith("amazonaws.com")
        else "web"
    )


@pytest.mark.short
def test_every_client_of_the_table_is_installed():
    assert missing_programs() == []


@by_name
@pytest.mark.legitimate
def test_an_allowed_host_is_reached(gate, client):
    host = client.allowed_host
    seen = len(gate.records(event="connect", host=host))
    allowed = gate.metric("sallyport_requests_total", decision="allow", reason="allowed")

    ran = client.run(gate.lab, proxy_of(gate), host)

    assert ran.returncode == 0, ran.stdout
    assert client.says_allowed in ran.stdout
    record = gate.wait_records(seen + 1, event="connect", host=host)[-1]
    told = {
        key: record.get(key)
        for key in (
            "decision",
            "reason",
            "rule",
            "method",
            "port",
            "sni",
            "tls",
            "status",
            "after",
            "scheme",
        )
    }
    assert told == {
        "decision": "allow",
        "reason": "allowed",
        "rule": rule_of(host),
        "method": "CONNECT",
        "port": 443,
        "sni": host,
        "tls": "passthrough",
        "status": 200,
        "after": "first_bytes",
        "scheme": "https",
    }
    assert record["client"].startswith("127.0.0.1")
    assert record["origin"].startswith(lab_module.WEB)
    close = gate.wait_records(event="close", id=record["id"])[0]
    assert close["bytes_up"] > 200 and close["bytes_down"] > 500, "a handshake at least"
    assert gate.metric("sallyport_requests_total", decision="allow", reason="allowed") > allowed


@pytest.mark.attack
@by_name
def test_a_host_that_is_not_allowed_is_refused_in_the_clients_own_words(gate, decoy, client):
    host = client.blocked_host
    seen = len(gate.records(event="connect", host=host))
    blocked = gate.metric("sallyport_blocked_total", reason="host_not_allowed", rule="")

    ran = client.run(gate.lab, proxy_of(gate), host)

    assert client.says_refused in ran.stdout
    assert ran.returncode == client.exit_refused, ran.stdout
    record = gate.wait_records(seen + 1, event="connect", host=host)[-1]
    told = {
        key: record.get(key)
        for key in (
            "decision",
            "reason",
            "rule",
            "method",
            "port",
            "sni",
            "status",
            "after",
            "origin",
        )
    }
    assert told == {
        "decision": "block",
        "reason": "host_not_allowed",
        "rule": None,
        "method": "CONNECT",
        "port": 443,
        "sni": None,
        "status": 403,
        "after": "connect",
        "origin": None,
    }
    assert gate.metric("sallyport_blocked_total", reason="host_not_allowed", rule="") > blocked
    assert gate.lab.dnsmasq_queries(host) == 0, "a name is resolved only after its host was allowed"
    assert not decoy.seen


@pytest.mark.attack
@by_name
def test_a_client_that_is_led_to_another_host_than_its_hello_names_gets_an_alert(gate, client):
    host = client.allowed_host if client.allowed_host != FRONT else "packages.example.org"
    # By SNI too: Chromium opens connections of its own, which are led astray like all others.
    mismatch = {"event": "connect", "host": FRONT, "reason": "sni_mismatch", "sni": host}
    seen = len(gate.records(**mismatch))
    with Fronting(gate, FRONT) as fronting:
        ran = client.run(gate.lab, fronting.proxy, host)

    assert client.says_alert in ran.stdout
    assert ran.returncode == client.exit_alert, ran.stdout
    record = gate.wait_records(seen + 1, **mismatch)[-1]
    told = {key: record.get(key) for key in ("decision", "rule", "status", "after")}
    assert told == {
        "decision": "block",
        "rule": None,
        "status": 200,
        "after": "first_bytes",
    }


@pytest.mark.attack
def test_domain_fronting_by_curl_is_blocked(gate, decoy):
    seen = len(gate.records(reason="sni_mismatch"))
    blocked = gate.metric("sallyport_blocked_total", reason="sni_mismatch")
    curl = next(client for client in CLIENTS if client.name == "curl")
    command = curl.command
    curl_by_another_name = type(curl)(
        **{
            **vars(curl),
            "command": lambda case: [
                *command(case),
                "--connect-to",
                f"evil.example.net:443:{FRONT}:443",
            ],
        }
    )

    ran = curl_by_another_name.run(gate.lab, proxy_of(gate), "evil.example.net")

    assert (ran.returncode, curl.says_alert in ran.stdout) == (35, True), ran.stdout
    assert gate.wait_records(seen + 1, reason="sni_mismatch")[-1]["sni"] == "evil.example.net"
    assert gate.metric("sallyport_blocked_total", reason="sni_mismatch") > blocked
    assert not decoy.seen


@pytest.mark.legitimate
def test_an_origin_that_has_ipv6_alone_is_reached(gate):
    curl = next(client for client in CLIENTS if client.name == "curl")
    ran = curl.run(gate.lab, proxy_of(gate), "v6.example.org")
    assert (ran.returncode, curl.says_allowed in ran.stdout) == (0, True), ran.stdout
    assert (
        gate.wait_records(event="connect", host="v6.example.org")[-1]["origin"]
        .strip("[")
        .startswith(lab_module.WEB_V6)
    )


@pytest.mark.short
def test_curl_allowed_and_blocked(gate):
    curl = next(client for client in CLIENTS if client.name == "curl")
    assert curl.run(gate.lab, proxy_of(gate), "www.example.org").returncode == 0
    refused = curl.run(gate.lab, proxy_of(gate), "blocked.example.org")
    assert (refused.returncode, curl.says_refused in refused.stdout) == (56, True)


@pytest.mark.legitimate
def test_the_hello_of_a_browser_is_read_whatever_stands_in_it(gate):
    """Post-quantum key shares, GREASE, encrypted ClientHello: about 2,000 bytes."""
    chromium = next(client for client in CLIENTS if client.name == "chromium")
    before = gate.metric("sallyport_tls_ech_total")
    ran = chromium.run(gate.lab, proxy_of(gate), "console.aws.amazon.com")
    assert "the lab's origin" in ran.stdout
    record = gate.wait_records(event="connect", host="console.aws.amazon.com", reason="allowed")[-1]
    assert record["alpn"] == "h2,http/1.1"
    assert (
        gate.metric("sallyport_tls_ech_total") > before
    ), "the outer name decides; that one is hidden is counted"
