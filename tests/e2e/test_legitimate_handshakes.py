"""Handshakes that are not the plain one: resumed, with early data, asked twice, renegotiated, with
certificates of the client, and very large ones. Live, by real libraries."""
import os
import re
import subprocess

import pytest

import clients
from lab import wait_until
from tls_clients import Talk, ask, gnutls_cli, s_client, tstclnt
from tls_servers import Through, TlsServer, make_certificate

pytestmark = pytest.mark.legitimate

POLICY = """
    rules:
      - {name: origins, hosts: ["*.example.org"]}
"""
TICKET_NAMES = [("1 KiB", 1), ("4 KiB", 100), ("15 KiB", 430), ("30 KiB", 900)]
P384 = ["-groups", "P-384"]  # no client guesses it: each must be asked again


@pytest.fixture(scope="module")
def folder(lab):
    return lab.make_folder("handshakes")


def assert_none_blocked(gate, server):
    assert gate.wait_records(event="connect", host=server.name)
    assert not gate.records(host=server.name, decision="block")
    assert not gate.records(host=server.name, reason="sni_mismatch")


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_a_session_is_resumed(gate, lab, folder, version):
    with TlsServer(lab, "-rev") as server:
        session = f"{folder}/session{version}"
        with Talk(s_client(gate, server, version, "-sess_out", session)) as talk:
            assert "gnip" in talk.say("ping").hear("gnip")
            talk.quit()
        told = ask(s_client(gate, server, version, "-sess_in", session), "ping", "gnip")
        assert "Reused, TLSv1." in told and "gnip" in told, told
        assert_none_blocked(gate, server)


@pytest.mark.parametrize(
    "names", [row[1] for row in TICKET_NAMES], ids=[r[0] for r in TICKET_NAMES]
)
def test_a_session_whose_ticket_is_large_is_resumed(gate, lab, folder, names):
    """The ticket holds the client's certificate; the hello that resumes it holds the ticket."""
    pair = make_certificate(folder, f"ticket{names}", names)
    options = ["-tls1_3", "-cert", pair, "-key", pair]
    with TlsServer(lab, "-rev", "-Verify", "1") as server:
        session = f"{folder}/session{names}"
        with Talk(s_client(gate, server, *options, "-sess_out", session)) as talk:
            assert "gnip" in talk.say("ping").hear("gnip")
            talk.quit()
        before = len(server.received)
        told = ask(s_client(gate, server, *options, "-sess_in", session), "ping", "gnip")
        assert "Reused, TLSv1.3" in told and "gnip" in told, told
        if names > 1:
            assert len(server.received) - before > 30 * names, "the ticket went up"
        assert_none_blocked(gate, server)


@pytest.mark.parametrize("size", [1, 200, 16_000], ids="{} bytes".format)
def test_early_data_reaches_the_origin(gate, lab, folder, size):
    """RFC 8446 section 2.3: the bytes right behind the hello, which no answer has asked for."""
    early = f"{folder}/early{size}"
    with open(early, "w", encoding="ascii") as file:
        file.write("~" * size)
    with TlsServer(lab, "-early_data", "-max_early_data", "16384") as server:
        session = f"{folder}/session-early{size}"
        with Talk(s_client(gate, server, "-tls1_3", "-sess_out", session)) as talk:
            wait_until(lambda: os.path.exists(session), what="a ticket")
            talk.quit()
        options = ["-tls1_3", "-sess_in", session, "-early_data", early]
        with Talk(s_client(gate, server, *options)) as talk:
            wait_until(lambda: server.output.count("~") == size, 15, "the early data")
            talk.quit()
            assert "Early data was accepted" in talk.hear("Early data was ")
        assert_none_blocked(gate, server)


def curl(gate, server, lab):
    return ["/usr/bin/curl", "-sk", "-x", f"http://{gate.host}:{gate.port}", url(server)]


def wget(gate, server, lab):
    return [
        *["/usr/bin/wget", "-qO-", "-t", "1", "--no-check-certificate", "-e", "use_proxy=yes"],
        *["-e", f"https_proxy=http://{gate.host}:{gate.port}", url(server)],
    ]


def python(gate, server, lab):
    script = (
        "import requests, urllib3, sys; urllib3.disable_warnings(); "
        "print(requests.get(sys.argv[1], verify=False, proxies={'https': sys.argv[2]}).text)"
    )
    return ["/usr/bin/python3", "-c", script, url(server), f"http://{gate.host}:{gate.port}"]


def node(gate, server, lab):
    script = """
        const https = require('https'), {HttpsProxyAgent} = require('https-proxy-agent');
        const agent = new HttpsProxyAgent(process.argv[2], {rejectUnauthorized: false});
        https.get(process.argv[1], {agent, rejectUnauthorized: false},
                  answer => answer.pipe(process.stdout));
    """
    return ["/usr/bin/node", "-e", script, url(server), f"http://{gate.host}:{gate.port}"]


def chromium(gate, server, lab):
    case = clients.Case(lab, f"http://{gate.host}:{gate.port}", server.name, lab.make_folder("c"))
    command = next(each for each in clients.CLIENTS if each.name == "chromium").command(case)
    return [command[0], "--ignore-certificate-errors", *command[1:]]


def url(server):
    return f"https://{server.name}/"


ASKED_TWICE = [curl, wget, python, node, chromium]


@pytest.mark.parametrize("client", ASKED_TWICE, ids=lambda client: client.__name__)
def test_a_client_that_is_asked_for_a_second_hello_gets_its_page(gate, lab, client):
    with TlsServer(lab, "-www", *P384) as server:
        environment = lab.client_environment(NODE_PATH=f"{lab.node_modules}/node_modules")
        ran = subprocess.run(
            client(gate, server, lab),
            env=environment,
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert b"s_server" in ran.stdout, ran.stdout + ran.stderr
        assert server.asked_for_a_second_hello
        assert_none_blocked(gate, server)


GNUTLS_GROUPS = "NORMAL:-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1"
SECOND_HELLOS = [
    ("OpenSSL", s_client, []),
    ("OpenSSL without middlebox compatibility", s_client, ["-no_middlebox"]),
    ("GnuTLS", gnutls_cli, ["--priority", GNUTLS_GROUPS]),
    ("NSS", tstclnt, ["-V", "tls1.3:tls1.3", "-I", "x25519,P384"]),
    ("NSS with ECH GREASE", tstclnt, ["-V", "tls1.3:tls1.3", "-i", "99", "-I", "x25519,P384"]),
]


@pytest.mark.parametrize(
    "command, options", [row[1:] for row in SECOND_HELLOS], ids=[row[0] for row in SECOND_HELLOS]
)
def test_a_library_that_is_asked_for_a_second_hello_gets_through(gate, lab, command, options):
    with TlsServer(lab, "-rev", *P384) as server, Through(gate, server.name) as through:
        way = gate if command is s_client else through
        told = ask(command(way, server, *options), "ping", "gnip")
        assert "gnip" in told, told
        assert server.asked_for_a_second_hello
        assert_none_blocked(gate, server)


def test_a_stateless_second_hello_gets_through(gate, lab):
    """The server's cookie comes back in it (RFC 8446 section 4.2.2)."""
    with TlsServer(lab, "-rev", "-stateless", *P384) as server:
        assert "gnip" in ask(s_client(gate, server), "ping", "gnip")
        assert server.asked_for_a_second_hello
        assert_none_blocked(gate, server)


def test_a_renegotiation_inside_tls_12_gets_through(gate, lab):
    """Its ClientHello is encrypted: a record of the handshake that no gate can read."""
    with TlsServer(lab, "-rev", "-tls1_2", "-client_renegotiation") as server:
        with Talk(s_client(gate, server, "-tls1_2")) as talk:
            talk.say("ping").hear("gnip")
            talk.say("R").hear("RENEGOTIATING")
            wait_until(
                lambda: len(re.findall(b"\x16\x03\x03", server.sent)) >= 5, 15, "a handshake"
            )
            assert "gnop" in talk.say("pong").hear("gnop"), talk.text
        assert_none_blocked(gate, server)


def test_key_updates_get_through(gate, lab):
    with TlsServer(lab, "-tls1_3") as server:
        with Talk(s_client(gate, server)) as talk:
            talk.say("K").hear("KEYUPDATE\n")
            talk.say("k").hear("KEYUPDATE\nKEYUPDATE\n")
            talk.say("pong")
            wait_until(lambda: "pong" in server.output, 15, "what was said under the new keys")
        assert_none_blocked(gate, server)


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize("names", [1, 1400], ids=["a small one", "one of 50 KiB"])
def test_a_client_certificate_gets_through(gate, lab, folder, version, names):
    pair = make_certificate(folder, f"client{names}{version}", names)
    with TlsServer(lab, "-rev", "-Verify", "1") as server:
        told = ask(s_client(gate, server, version, "-cert", pair, "-key", pair), "ping", "gnip")
        assert "gnip" in told, told
        assert f"CN = client{names}{version}" in server.output
        assert_none_blocked(gate, server)


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_a_certificate_of_50_kib_of_the_origin_gets_through(gate, lab, folder, version):
    pair = make_certificate(folder, f"chain{version}", 1400)
    with TlsServer(lab, "-rev", certificate=pair) as server:
        assert "gnip" in ask(s_client(gate, server, version), "ping", "gnip")
        assert len(server.sent) > 40_000
        assert_none_blocked(gate, server)
