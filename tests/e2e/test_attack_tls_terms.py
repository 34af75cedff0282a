"""The terms on which the gate speaks TLS to clients: THREATS.md rows T18, T19, T25. Old versions,
weak ciphers, renegotiation, compression and early data get nowhere; a hello has one reading however
it is cut; and nobody holds a connection by speaking slowly or of nothing."""
import contextlib
import socket
import ssl
import time

import pytest

from faults import cpu_seconds
from http_wire import At, in_tunnel
from interception import (
    TlsHttpOrigin,
    TlsHttpWire,
    client_context,
    raw_tunnel,
)
from lab import wait_until
from tls_clients import Talk, ask, s_client

pytestmark = [pytest.mark.attack]

TLS_POLICY = """
    timeouts: {header: 1s, client_hello: 1s, keep_alive: 20s, drain: 1s}
    rules:
      - {name: read, hosts: ["*.example.org"], methods: [GET, POST]}
"""


@pytest.fixture(scope="module")
def origin(lab):
    with TlsHttpOrigin(lab) as origin:
        yield origin


REFUSED = {
    "TLS 1.0": ["-tls1", "-cipher", "DEFAULT:@SECLEVEL=0"],
    "TLS 1.1": ["-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0"],
    "static RSA": ["-tls1_2", "-cipher", "kRSA:@SECLEVEL=0"],
    "CBC": ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA384:@SECLEVEL=0"],
    "CCM of 8 bytes": ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0"],
    "no encryption": ["-tls1_2", "-cipher", "eNULL:@SECLEVEL=0"],
    "nobody's certificate": ["-tls1_2", "-cipher", "aNULL:@SECLEVEL=0"],
    "finite fields": ["-tls1_2", "-cipher", "DHE:@SECLEVEL=0"],
    "a shared secret": ["-tls1_2", "-cipher", "PSK", "-psk", "0123456789abcdef"],
    "SHA-1 signatures": ["-tls1_2", "-sigalgs", "ECDSA+SHA1", "-cipher", "DEFAULT:@SECLEVEL=0"],
    "RSA signatures alone": ["-tls1_2", "-sigalgs", "RSA+SHA256"],
    "P-521 alone": ["-groups", "P-521"],
    "P-224 alone": ["-tls1_2", "-groups", "P-224", "-cipher", "DEFAULT:@SECLEVEL=0"],
}


@pytest.mark.short
@pytest.mark.parametrize("row", REFUSED)
def test_t25_what_is_weak_is_refused(gate, origin, row):
    before = len(gate.records(event="connect"))
    told = ask(s_client(gate, origin, *REFUSED[row]), "GET / HTTP/1.0\r\n\r", "no such words")
    assert "alert" in told and "Cipher is (NONE)" in told, told
    found = gate.wait_records(before + 1, event="connect")[-1]
    assert found["reason"] in ("client_tls_failed", "sni_missing"), found
    assert origin.requests == []


def request_of(origin, path):
    return f"GET {path} HTTP/1.1\r\nHost: {origin.name}\r\nConnection: close\r\n\r"


def test_t25_a_client_that_renegotiates_gets_no_further(gate, lab):
    with TlsHttpOrigin(lab) as origin:
        with Talk([*s_client(gate, origin, "-tls1_2"), "-msg"]) as talk:
            assert "Verify return code" in talk.hear("Verify return code")
            told = talk.say("R").hear("no_renegotiation", 3)
            assert told.count("ServerHello") <= 2, "the -msg of one, and its name in the next line"
            talk.say(request_of(origin, "/behind")).hear("GET /behind 0", 2)
        assert len([each for each in origin.hellos]) == 1


@pytest.mark.legitimate
def test_key_updates_of_both_sides_pass(gate, lab):
    """`k` changes the client's key, `K` asks for the gate's too."""
    with TlsHttpOrigin(lab) as origin:
        with Talk(s_client(gate, origin, "-tls1_3")) as talk:
            assert "Verify return code" in talk.hear("Verify return code")
            for number, letter in enumerate("kKkK", 1):
                talk.say(letter)  # a command is one read of its own
                while talk.hear("\0", 0.05).count("KEYUPDATE") < number:
                    pass
            talk.say(f"GET /behind HTTP/1.1\r\nHost: {origin.name}\r\n\r")
            assert "GET /behind 0" in talk.hear("GET /behind 0")


def test_t25_early_data_is_not_offered_nor_taken(gate, origin, ca):
    told = ask([*s_client(gate, origin, "-tls1_3"), "-msg"], request_of(origin, "/e"), "GET /e 0")
    assert "Early data was not sent" in told and "Compression: NONE" in told


class Pieces:
    """A socket whose writes leave in pieces of so many bytes."""

    def __init__(self, connection, size):
        self._connection, self._size = connection, size

    def handshake(self, context, name):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        engine = context.wrap_bio(incoming, outgoing, server_hostname=name)
        while True:
            try:
                engine.do_handshake()
                self._send(outgoing.read())
                break
            except ssl.SSLWantReadError:
                self._send(outgoing.read())
                incoming.write(self._connection.recv(1 << 16))
        engine.write(f"GET /pieces HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
        self._send(outgoing.read())
        while True:
            try:
                return engine.read(1 << 16)
            except ssl.SSLWantReadError:
                incoming.write(self._connection.recv(1 << 16))

    def _send(self, data):
        for at in range(0, len(data), self._size):
            self._connection.sendall(data[at : at + self._size])


@pytest.mark.legitimate
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("size", [1, 2, 5, 6, 7, 64, 100, 300, 516, 517, 518])
def test_t18_a_handshake_in_pieces_is_the_same_handshake(gate, origin, ca, size, version):
    context = client_context(ca, version)
    with raw_tunnel(gate, origin.name) as tunnel:
        tunnel.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        told = Pieces(tunnel, size).handshake(context, origin.name)
    assert told.startswith(b"HTTP/1.1 200 OK"), told


@pytest.mark.parametrize("size", [1, 50, 300])
def test_t19_a_hello_in_small_records_is_the_same_hello(gate, lab, ca, size):
    """The client's own, cut into records of that size; the rest goes through as it is."""
    with TlsHttpOrigin(lab) as origin:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        engine = client_context(ca).wrap_bio(incoming, outgoing, server_hostname=origin.name)
        with contextlib.suppress(ssl.SSLWantReadError):
            engine.do_handshake()
        message = outgoing.read()[5:]
        cut = [message[at : at + size] for at in range(0, len(message), size)]
        sent = b"".join(b"\x16\x03\x01" + len(each).to_bytes(2, "big") + each for each in cut)
        with raw_tunnel(gate, origin.name) as tunnel:
            tunnel.sendall(sent)
            told = tunnel.recv(1 << 16)
            if len(cut) > 64:
                assert told[0] == 21, "more records than a hello may have"
                return
            incoming.write(told)
            while True:
                try:
                    engine.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    incoming.write(tunnel.recv(1 << 16))
            engine.write(in_tunnel(At(origin.name)))
            tunnel.sendall(outgoing.read())
            wait_until(lambda: origin.requests, 5, "the request")


def test_t21_a_handshake_that_drips_ends_at_its_deadline(gate, origin, ca):
    """Bytes never extend it."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    engine = client_context(ca).wrap_bio(incoming, outgoing, server_hostname=origin.name)
    with raw_tunnel(gate, origin.name) as tunnel:
        with contextlib.suppress(ssl.SSLWantReadError):
            engine.do_handshake()
        tunnel.sendall(outgoing.read())
        incoming.write(tunnel.recv(1 << 16))
        began = time.monotonic()
        with contextlib.suppress(ssl.SSLWantReadError):
            engine.do_handshake()
        data = outgoing.read()
        tunnel.settimeout(0.2)
        with contextlib.suppress(ConnectionError):
            for at in range(len(data) - 1):
                tunnel.sendall(data[at : at + 1])
                with contextlib.suppress(TimeoutError):
                    if not tunnel.recv(1 << 16):
                        break
        took = time.monotonic() - began
    assert 0.8 < took < 2.5, took


def test_t20_records_of_one_byte_cost_little_and_end(gate, lab, ca):
    with TlsHttpOrigin(lab) as origin, TlsHttpWire(gate, origin, ca, timeout=30) as wire:
        before, pid = cpu_seconds(gate.process.pid), gate.process.pid
        with contextlib.suppress(OSError):
            for _ in range(20_000):
                wire.send(b"x")
        assert cpu_seconds(pid) - before < 3
        assert origin.requests == []
    assert gate.is_running()
