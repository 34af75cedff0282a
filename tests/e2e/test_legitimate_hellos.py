"""The hello of every TLS library that could be had is passed on byte for byte, however it is cut.

Each hellos/*.hex is a ClientHello of a real program, captured by hellos/capture.py; its first line
says of which, and which version. So a machine without Java, Go or Firefox runs their rows too.
"""
import glob
import os

import pytest

from hello import client_hello, record, records, server_name
from origins import Origin
from wire import ESTABLISHED, Wire

pytestmark = pytest.mark.legitimate

POLICY = """
    rules:
      - {name: captured, hosts: [captured.example.org]}
"""
HOST = "captured.example.org"
FILES = sorted(glob.glob(f"{os.path.dirname(os.path.abspath(__file__))}/hellos/*.hex"))


def hello_of(path):
    with open(path, encoding="ascii") as file:
        note, *lines = file.read().split("\n")
    assert note.startswith("# ")
    return bytes.fromhex("".join(lines))


def message_of(raw):
    """The handshake message in these records."""
    message = b""
    while raw:
        end = 5 + int.from_bytes(raw[3:5], "big")
        message, raw = message + raw[5:end], raw[end:]
    return message


def each_byte_apart(raw):
    """61 records, which is near the most that are read: one for each of the first 60 bytes."""
    message = message_of(raw)
    return records(message, *[1] * 60)


def with_a_fitting_tail(raw):
    """A second record with the last byte alone, as some stacks cut at their buffer's end."""
    message = message_of(raw)
    return records(message, len(message) - 1)


# (how it arrives, what is sent of it, bytes a write)
WAYS = [
    ("whole", bytes, 1 << 20),
    ("in segments of 536", bytes, 536),
    ("byte by byte", bytes, 1),
    ("in 61 records", each_byte_apart, 1 << 20),
    ("last byte in a record of its own", with_a_fitting_tail, 1 << 20),
]
# Larger than any client that was captured: tickets, post-quantum keys, padding. (shape, bytes)
LARGE = [
    ("a hello of 1.8 KiB", 1600),
    ("a hello that fills a record less one byte", 16_384 - 218),
    ("a hello of 16 KiB in two records", 16_384),
    ("a hello of 32 KiB in three records", 32_768),
]


# What older stacks write in the record's version, which means nothing (RFC 8446 section 5.1).
RECORD_VERSIONS = [0x0300, 0x0301, 0x0302, 0x0303]


@pytest.fixture(scope="module")
def origin(lab):
    with Origin(lab) as origin:
        lab.names.set(HOST, origin.address)
        yield origin


def assert_passes(gate, origin, sent, size):
    with Wire(gate) as wire:
        wire.tunnel(HOST).send_in_pieces(sent, size)
        answer = wire.read_record()
        assert answer[0] == 22, answer
        wire.finish_writing().rest()
    assert origin.seen[-1].data == sent, "the origin has each byte as it was sent"


@pytest.mark.parametrize("way, size", [row[1:] for row in WAYS], ids=[row[0] for row in WAYS])
@pytest.mark.parametrize("path", FILES, ids=[os.path.basename(path)[:-4] for path in FILES])
def test_a_real_hello_passes_unchanged(gate, origin, path, way, size):
    assert_passes(gate, origin, way(hello_of(path)), size)


@pytest.mark.parametrize("path", FILES, ids=[os.path.basename(path)[:-4] for path in FILES])
def test_a_real_hello_passes_in_one_segment_with_the_connect(gate, origin, path):
    sent = hello_of(path)
    with Wire(gate) as wire:
        wire.connect(HOST, more=sent)
        assert wire.read(len(ESTABLISHED)) == ESTABLISHED
        assert wire.read_record()[0] == 22
    assert origin.seen[-1].data == sent


@pytest.mark.parametrize("padding", [row[1] for row in LARGE], ids=[row[0] for row in LARGE])
@pytest.mark.parametrize("size", [1 << 20, 536], ids=["whole", "in segments of 536"])
def test_a_large_hello_passes_unchanged(gate, origin, padding, size):
    message = client_hello(HOST, padding=padding)
    sent = b"".join(
        record(message[at : at + 16_384], version=0x0301) for at in range(0, len(message), 16_384)
    )
    assert_passes(gate, origin, sent, size)


@pytest.mark.parametrize("version", RECORD_VERSIONS, ids="{:#06x}".format)
def test_a_hello_in_a_record_of_any_version_passes(gate, origin, version):
    assert_passes(gate, origin, record(client_hello(HOST), version=version), 1 << 20)


def test_a_hello_with_nothing_but_a_name_passes(gate, origin):
    """No session id, deflate offered, server_name alone: OpenSSL 0.9.8, embedded stacks."""
    name = server_name(HOST)
    body = b"\x03\x01" + bytes(32) + b"\0" + b"\0\x04\x00\x2f\x00\x35" + b"\x02\x01\x00"
    body += len(name).to_bytes(2, "big") + name
    message = b"\x01" + len(body).to_bytes(3, "big") + body
    assert_passes(gate, origin, record(message, version=0x0301), 1 << 20)
