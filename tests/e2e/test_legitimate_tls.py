"""Real TLS libraries with many settings, live through the gate to a real server.

Each row ends with application data that went there and back, so a handshake alone is not enough.
"""
import pytest

from tls_clients import ask, gnutls_cli, s_client, tstclnt
from tls_servers import Through, TlsServer

pytestmark = pytest.mark.legitimate

POLICY = """
    rules:
      - {name: origins, hosts: ["*.example.org"]}
"""
# (what is set, options of openssl s_client)
SETTINGS = [
    ("defaults", []),
    ("TLS 1.3 alone", ["-tls1_3"]),
    ("TLS 1.2 alone", ["-tls1_2"]),
    ("TLS 1.0 to 1.2", ["-no_tls1_3", "-cipher", "ALL:@SECLEVEL=0"]),
    ("AES-128-GCM alone", ["-ciphersuites", "TLS_AES_128_GCM_SHA256"]),
    ("ChaCha20 alone", ["-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"]),
    ("AES-CCM alone", ["-ciphersuites", "TLS_AES_128_CCM_SHA256"]),
    ("1.2, ECDHE-ECDSA AES-GCM", ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384"]),
    ("1.2, CBC", ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"]),
    ("1.2, ChaCha20", ["-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"]),
    ("every cipher there is", ["-cipher", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"]),
    ("X25519 alone", ["-groups", "X25519"]),
    ("X448 alone", ["-groups", "X448"]),
    ("P-256 alone", ["-groups", "P-256"]),
    ("P-384 alone", ["-groups", "P-384"]),
    ("P-521 alone", ["-groups", "P-521"]),
    ("ffdhe2048 first", ["-groups", "ffdhe2048:X25519"]),
    ("ffdhe8192: a key share of 1 KiB", ["-groups", "ffdhe8192"]),
    ("brainpool among others", ["-groups", "P-256:brainpoolP256r1"]),
    ("ALPN h2", ["-alpn", "h2"]),
    ("ALPN http/1.1", ["-alpn", "http/1.1"]),
    ("ALPN of 40 protocols", ["-alpn", ",".join(f"lab/{n}" for n in range(40)) + ",http/1.1"]),
    ("ALPN acme-tls/1, imap, mqtt", ["-alpn", "acme-tls/1,imap,mqtt,http/1.1"]),
    ("NPN", ["-nextprotoneg", "http/1.1", "-tls1_2"]),
    ("OCSP status request", ["-status"]),
    ("max_fragment_length 512", ["-maxfraglen", "512"]),
    ("split fragments", ["-split_send_frag", "512", "-max_send_frag", "1024"]),
    ("no session tickets", ["-no_ticket"]),
    ("no middlebox compatibility", ["-no_middlebox"]),
    ("no encrypt-then-mac", ["-tls1_2", "-no_etm"]),
    ("few signature algorithms", ["-sigalgs", "ECDSA+SHA256"]),
    ("post-handshake authentication", ["-enable_pha"]),
    ("padding to a record of 512", ["-record_padding", "512"]),
    ("an external PSK", ["-psk", "1a2b3c4d", "-psk_identity", "me"]),
    ("an unknown extension", ["-serverinfo", "4660"]),
]


@pytest.fixture(scope="module")
def server(lab):
    options = ["-rev", "-cipher", "ALL:@SECLEVEL=0", "-alpn", "h2,http/1.1", "-nextprotoneg", "x"]
    groups = "X25519:P-256:X448:P-384:P-521:ffdhe2048:ffdhe8192"
    suites = (
        "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:"
        "TLS_AES_128_CCM_SHA256"
    )
    with TlsServer(lab, *options, "-groups", groups, "-ciphersuites", suites) as server:
        yield server


def assert_echo(gate, server, command):
    """The client's line comes back turned round; and nothing of this server was ever refused."""
    told = ask(command, "ping", "gnip")
    assert "gnip" in told, told
    assert not gate.records(host=server.name, decision="block")


@pytest.mark.parametrize("options", [row[1] for row in SETTINGS], ids=[row[0] for row in SETTINGS])
def test_openssl_with_any_setting_gets_through(gate, server, options):
    assert_echo(gate, server, s_client(gate, server, *options))


ALL_GROUPS = "+GROUP-X448:+GROUP-SECP521R1:+GROUP-FFDHE8192:+GROUP-X25519"
GNUTLS = [
    ("defaults", "NORMAL"),
    ("TLS 1.2 alone", "NORMAL:-VERS-ALL:+VERS-TLS1.2"),
    ("TLS 1.3 alone", "NORMAL:-VERS-ALL:+VERS-TLS1.3"),
    ("128 bit of security", "SECURE128"),
    ("compatible", "NORMAL:%COMPAT"),
    ("dumb firewalls", "NORMAL:%DUMBFW"),
    ("every group", f"NORMAL:-GROUP-ALL:{ALL_GROUPS}"),
    ("no tickets, no etm", "NORMAL:%NO_TICKETS:%NO_ETM"),
]


@pytest.mark.parametrize("priority", [row[1] for row in GNUTLS], ids=[row[0] for row in GNUTLS])
def test_gnutls_with_any_priority_gets_through(gate, server, priority):
    with Through(gate, server.name) as through:
        assert_echo(gate, server, gnutls_cli(through, server, "--priority", priority))


NSS = [
    ("TLS 1.2 and 1.3", ["-V", "tls1.2:tls1.3"]),
    ("TLS 1.2 alone", ["-V", "tls1.2:tls1.2"]),
    ("TLS 1.3 alone", ["-V", "tls1.3:tls1.3", "-e"]),
    ("ECH GREASE", ["-V", "tls1.2:tls1.3", "-i", "120"]),
    ("tickets, status, SCT, delegated", ["-V", "tls1.2:tls1.3", "-u", "-T", "-U", "-B"]),
    ("P-384 alone", ["-V", "tls1.3:tls1.3", "-I", "P384"]),
]


@pytest.mark.parametrize("options", [row[1] for row in NSS], ids=[row[0] for row in NSS])
def test_nss_with_any_setting_gets_through(gate, server, options):
    with Through(gate, server.name) as through:
        assert_echo(gate, server, tstclnt(through, server, *options))
