"""What tunnels carry in everyday use, and when: late, long, lopsided, many."""
import hashlib
import select
import socket
import ssl
import threading
import time

import pytest

from hello import hello, record, server_hello
from origins import Origin, read_some
from tls_clients import ask
from tls_servers import Through
from wire import ESTABLISHED, Wire

pytestmark = pytest.mark.legitimate

POLICY = """
    rules:
      - {name: any-bytes, hosts: [any.example.org], tls: optional,
         ports: [1-65535]}
      - {name: origins, hosts: ["*.example.org"], except_hosts: [any.example.org]}
"""
MIB = 1 << 20
ANY = "any.example.org"


def block_of(size):
    piece = hashlib.shake_256(b"legitimate").digest(MIB + 13)
    return (piece * (size // len(piece) + 1))[:size]


def assert_same(got, sent):
    assert (len(got), hashlib.sha256(got).digest()) == (len(sent), hashlib.sha256(sent).digest())


def test_silences_of_three_seconds_harm_nothing(gate, origin):
    """A browser's spare connection before its CONNECT, a slow client before its hello, an idle
    tunnel: each waits at the same time, on a connection of its own."""
    with Wire(gate) as spare, Wire(gate) as slow, Wire(gate) as idle:
        slow.tunnel(origin.name)
        idle.tls_tunnel(origin.name)
        time.sleep(3)
        spare.tls_tunnel(origin.name)
        assert slow.send(hello(origin.name)).read_record()[0] == 22
        assert idle.send(b"still here").read(10) == b"still here"


@pytest.mark.parametrize("pause", [0, 0.001], ids=["at once", "pauses of 1 ms"])
def test_head_and_hello_in_single_bytes(gate, origin, pause):
    sent = hello(origin.name)
    head = f"CONNECT {origin.name}:443 HTTP/1.1\r\nHost: {origin.name}:443\r\n\r\n".encode()
    with Wire(gate) as wire:
        wire.send_in_pieces(head, 1, pause)
        assert wire.read(39) == ESTABLISHED
        assert wire.send_in_pieces(sent, 1, pause).read_record()[0] == 22
    assert origin.seen[-1].data == sent


def test_100_tunnels_of_one_client_carry_data_at_once(gate, origin):
    data = block_of(50_000)
    wires = [Wire(gate).tls_tunnel(origin.name) for _ in range(100)]
    for wire in wires:
        wire.send(data)
    for wire in wires:
        assert_same(wire.read(len(data)), data)
        wire.socket.close()


def test_a_thousand_small_exchanges_in_one_tunnel(gate, origin):
    with Wire(gate) as wire:
        wire.tls_tunnel(origin.name)
        for number in range(1000):
            question = b"%06d" % number
            assert wire.send(question).read(6) == question


def test_20_mib_to_an_origin_that_reads_slowly(gate, lab):
    data = block_of(20 * MIB)

    def read_slowly(connection, seen):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 << 10)
        read_some(connection, seen)
        connection.sendall(record(server_hello()))
        while read_some(connection, seen, 256 << 10):
            time.sleep(0.01)
        connection.sendall(b"done")

    with Origin(lab, serve=read_slowly) as origin, Wire(gate, timeout=30) as wire:
        wire.tls_tunnel(origin.name)
        first = len(origin.received)
        assert wire.send(data).finish_writing().rest(30) == b"done"
        assert_same(origin.received[first:], data)


def test_20_mib_to_a_client_that_reads_slowly(gate, lab):
    data = block_of(20 * MIB)

    def send_all(connection, seen):
        read_some(connection, seen)
        connection.sendall(record(server_hello()) + data)

    with Origin(lab, serve=send_all) as origin, Wire(gate) as wire:
        wire.tls_tunnel(origin.name)
        got = bytearray()
        while more := wire.read(256 << 10):
            got += more
            time.sleep(0.01)
    assert_same(got, data)


def test_a_large_answer_after_the_clients_end(gate, lab):
    """As `curl` to HTTP/1.0 servers and rsync do: the request ends by FIN, then all comes."""
    data = block_of(8 * MIB)

    def answer_after_the_end(connection, seen):
        read_some(connection, seen)
        connection.sendall(record(server_hello()))
        while read_some(connection, seen):
            pass
        connection.sendall(data)

    with Origin(lab, serve=answer_after_the_end) as origin, Wire(gate) as wire:
        wire.tls_tunnel(origin.name).send(b"the request").finish_writing()
        assert_same(wire.rest(20), data)


# (protocol, port, what openssl calls it, what the origin says first, [(asked, answered)...])
STARTTLS = [
    ("SMTP", 25, "smtp", b"220 lab ESMTP\r\n", [(b"EHLO", b"250-lab\r\n250 STARTTLS\r\n")]),
    ("SMTP on 587", 587, "smtp", b"220 lab\r\n", [(b"EHLO", b"250-lab\r\n250 STARTTLS\r\n")]),
    (
        "IMAP",
        143,
        "imap",
        b"* OK lab\r\n",
        [(b"CAPABILITY", b"* CAPABILITY IMAP4rev1 STARTTLS\r\n. OK\r\n")],
    ),
    ("POP3", 110, "pop3", b"+OK lab\r\n", []),
    ("FTP", 21, "ftp", b"220 lab\r\n", [(b"AUTH", b"234 go on\r\n")]),
    ("PostgreSQL", 5432, "postgres", b"", []),
    ("PostgreSQL on 443", 443, "postgres", b"", []),
]
LAST_ANSWERS = {
    "smtp": b"220 go on\r\n",
    "imap": b". OK go on\r\n",
    "pop3": b"+OK go on\r\n",
    "postgres": b"S",
}


def starttls_origin(lab, protocol, banner, dialogue):
    """Speaks the protocol's few lines, then TLS, then says each line back turned round."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{lab.certificates}/origin.pem", f"{lab.certificates}/origin.key")

    def serve(connection, seen):
        connection.sendall(banner)
        for asked, answered in dialogue:
            assert asked in read_some(connection, seen)
            connection.sendall(answered)
        if protocol in LAST_ANSWERS:
            read_some(connection, seen)
            connection.sendall(LAST_ANSWERS[protocol])
        with context.wrap_socket(connection, server_side=True) as tls:
            tls.sendall(tls.recv(100).strip()[::-1] + b"\n")
            tls.recv(1)

    return serve


@pytest.mark.parametrize(
    "port, protocol, banner, dialogue", [row[1:] for row in STARTTLS], ids=[r[0] for r in STARTTLS]
)
def test_tls_that_starts_within_another_protocol(gate, lab, port, protocol, banner, dialogue):
    """Under `tls: optional`: a banner of the origin or bytes that are no TLS come first."""
    with Origin(lab, port=port, serve=starttls_origin(lab, protocol, banner, dialogue)) as origin:
        lab.names.set(ANY, origin.address, ttl=0)
        # Not by s_client's own -proxy: it loses what arrives with the 200, as a banner may.
        with Through(gate, ANY, port) as through:
            command = ["/usr/bin/openssl", "s_client", "-starttls", protocol, "-servername", ANY]
            told = ask([*command, "-connect", f"127.0.0.1:{through.port}"], "ping", "gnip")
        assert "gnip" in told, told
    assert not gate.records(host=ANY, decision="block")


BANNERS = [
    ("SSH", 22, b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n"),
    ("MySQL", 3306, b"\x4a\0\0\0\x0a8.0.36\0" + bytes(60)),
    ("VNC", 5900, b"RFB 003.008\n"),
    ("a banner that begins as TLS does", 7000, b"\x16\x03 lab\n"),
]


@pytest.mark.parametrize("port, banner", [row[1:] for row in BANNERS], ids=[r[0] for r in BANNERS])
def test_an_origin_that_speaks_first_is_heard_at_once(gate, lab, port, banner):
    def serve(connection, seen):
        connection.sendall(banner)
        while data := read_some(connection, seen):
            connection.sendall(data)

    with Origin(lab, port=port, serve=serve) as origin, Wire(gate, timeout=4) as wire:
        lab.names.set(ANY, origin.address, ttl=0)
        assert wire.tunnel(ANY, port).read(len(banner)) == banner
        assert wire.send(b"an answer\n").read(10) == b"an answer\n"


CLIENT_FIRST = [
    ("ws:// of a browser", 80, b"GET /chat HTTP/1.1\r\nHost: any.example.org\r\n\r\n"),
    ("HTTP/2 with prior knowledge", 8080, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ("Redis", 6379, b"*1\r\n$4\r\nPING\r\n"),
    ("MQTT", 1883, b"\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02me"),
    ("RDP", 3389, b"\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00"),
    ("one byte", 9000, b"\x00"),
]


@pytest.mark.parametrize(
    "port, first", [row[1:] for row in CLIENT_FIRST], ids=[row[0] for row in CLIENT_FIRST]
)
def test_a_client_that_speaks_another_protocol_first_is_passed_on(gate, lab, port, first):
    def echo(connection, seen):
        while data := read_some(connection, seen):
            connection.sendall(data)

    with Origin(lab, port=port, serve=echo) as origin, Wire(gate) as wire:
        lab.names.set(ANY, origin.address, ttl=0)
        assert wire.tunnel(ANY, port).send(first).read(len(first)) == first


def test_a_connection_that_ends_without_a_word_is_no_harm_to_the_next(gate, origin):
    """Load balancers, kubelets and browsers open and close; the next is served at once."""
    for number in range(50):
        wire = Wire(gate)
        wire.reset() if number % 2 else wire.socket.close()
    with Wire(gate, timeout=5) as wire:
        wire.tls_tunnel(origin.name)
        assert select.select([wire.socket], [], [], 0)[0] == []
    assert threading.active_count() < 400
