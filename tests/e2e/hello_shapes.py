"""ClientHellos that no honest client sends, and the shape of a browser's (hello.py has the plain
one)."""
import os
import struct

from hello import client_hello


def vector(data, length_bytes):
    return len(data).to_bytes(length_bytes, "big") + data


def extension(kind, data):
    return struct.pack("!H", kind) + vector(data, 2)


def server_names(*names, kind=0, list_bytes=0, name_bytes=0):
    """A server_name extension whose lengths may lie by so many bytes."""
    entries = b"".join(
        struct.pack("!BH", kind, len(name) + name_bytes) + name.encode() for name in names
    )
    return extension(0, struct.pack("!H", len(entries) + list_bytes) + entries)


def raw_hello(extensions, version=0x0303, suites=(0x1301, 0xC02B), compressions=b"\0"):
    """A ClientHello message with these extensions and no other; None: without their block."""
    body = struct.pack("!H", version) + os.urandom(32) + vector(os.urandom(32), 1)
    body += vector(b"".join(struct.pack("!H", suite) for suite in suites), 2)
    body += vector(compressions, 1)
    if extensions is not None:
        body += vector(extensions, 2)
    return b"\x01" + vector(body, 3)


def ech(payload=None):
    """An encrypted_client_hello of the outer kind (RFC 9849 section 5)."""
    outer = struct.pack("!BHHB", 0, 1, 1, 7) + vector(os.urandom(32), 2)
    return extension(0xFE0D, outer + vector(payload or os.urandom(208), 2))


def browser_hello(name):
    """As Chrome sends it: GREASE values, GREASE ECH and a key share of X25519MLKEM768, 1.8 KB."""
    shares = struct.pack("!HHB", 0x4A4A, 1, 0)
    shares += struct.pack("!H", 0x11EC) + vector(os.urandom(1216), 2)
    return client_hello(
        name,
        extensions=extension(0x5A5A, b"")
        + ech()
        + extension(0x001B, b"\x02\x00\x02")
        + extension(0x44CD, b"\x00\x03\x02h2")
        + extension(0x0005, b"\x01\x00\x00\x00\x00")
        + extension(0x0012, b"")
        + extension(0x0033 + 0x7F00, vector(shares, 2))
        + extension(0x0015, bytes(150)),
    )
