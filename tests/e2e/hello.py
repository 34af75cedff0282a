"""TLS messages written by hand, so that a test can say exactly what stands in them (RFC 8446
section 4)."""
import os
import struct

HANDSHAKE, ALERT, CHANGE_CIPHER_SPEC, APPLICATION_DATA = 22, 21, 20, 23
HELLO_RETRY_RANDOM = bytes.fromhex(
    "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"
)
ACCESS_DENIED = bytes.fromhex("15030300020231")  # a fatal alert 49
HTTP2_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def _vector(data, length_bytes):
    return len(data).to_bytes(length_bytes, "big") + data


def _extension(kind, data):
    return struct.pack("!H", kind) + _vector(data, 2)


def server_name(*names):
    """The server_name extension (RFC 6066 section 3); more than one name is against the rules."""
    entries = b"".join(
        b"\0" + _vector(name if isinstance(name, bytes) else name.encode(), 2)
        for name in names
    )
    return _extension(0, _vector(entries, 2))


def client_hello(*names, alpn=("h2", "http/1.1"), extensions=b"", padding=0):
    """A ClientHello message with these names in its SNI; none: no SNI at all."""
    body = struct.pack("!H", 0x0303) + os.urandom(32) + _vector(os.urandom(32), 1)
    body += _vector(struct.pack("!HHHH", 0x1301, 0x1302, 0xC02B, 0xC02F), 2) + _vector(b"\0", 1)
    listed = server_name(*names) if names else b""
    listed += _extension(43, _vector(struct.pack("!HH", 0x0304, 0x0303), 1))
    listed += _extension(10, _vector(struct.pack("!HH", 29, 23), 2)) + _extension(
        13, _vector(struct.pack("!H", 0x0403), 2)
    )
    listed += _extension(51, _vector(struct.pack("!H", 29) + _vector(os.urandom(32), 2), 2))
    if alpn:
        listed += _extension(16, _vector(b"".join(_vector(name.encode(), 1) for name in alpn), 2))
    if padding:
        listed += _extension(21, bytes(padding))
    return b"\x01" + _vector(body + _vector(listed + extensions, 2), 3)


def server_hello(random=None):
    """A ServerHello; with HELLO_RETRY_RANDOM it asks for a second ClientHello."""
    extensions = _extension(43, struct.pack("!H", 0x0304)) + _extension(51, struct.pack("!H", 29))
    body = (
        struct.pack("!H", 0x0303)
        + (random or os.urandom(32))
        + _vector(bytes(32), 1)
        + struct.pack("!HB", 0x1301, 0)
    )
    return b"\x02" + _vector(body + _vector(extensions, 2), 3)


def record(payload, kind=HANDSHAKE, version=0x0303):
    return struct.pack("!BH", kind, version) + _vector(payload, 2)


def records(payload, *sizes):
    """The payload over several records: one of each size, and one for the rest."""
    out = b""
    for size in sizes:
        out += record(payload[:size])
        payload = payload[size:]
    return out + record(payload)


def hello(*names, **options):
    """A ClientHello in one record."""
    return record(client_hello(*names, **options), version=0x0301)
