"""DNS messages written by hand (RFC 1035 section 4), so that a test can say exactly what an answer
holds, the true one and the forged one."""
import ipaddress
import struct
from dataclasses import dataclass

A, NS, CNAME, SOA, AAAA = 1, 2, 5, 6, 28
NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED = range(6)
RESPONSE, TRUNCATED = 0x8180, 0x0200


@dataclass(frozen=True)
class Query:
    """One question as it came."""

    packet: bytes
    name: str
    kind: int
    is_tcp: bool = False

    @property
    def id(self):
        return struct.unpack("!H", self.packet[:2])[0]


def name_bytes(name):
    return (
        b"".join(bytes([len(label)]) + label.encode("ascii") for label in name.split(".") if label)
        + b"\0"
    )


def question(name, kind, record_class=1):
    return name_bytes(name) + struct.pack("!HH", kind, record_class)


def read_query(packet, is_tcp=False):
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1 : at + 1 + packet[at]].decode("ascii", "replace"))
        at += 1 + packet[at]
    kind = struct.unpack("!H", packet[at + 1 : at + 3])[0]
    return Query(packet, ".".join(labels).lower(), kind, is_tcp)


def record(owner, kind, data, ttl=60):
    return name_bytes(owner) + struct.pack("!HHIH", kind, 1, ttl, len(data)) + data


def address_record(owner, address, ttl=60):
    parsed = ipaddress.ip_address(address)
    return record(owner, A if parsed.version == 4 else AAAA, parsed.packed, ttl)


def alias_record(owner, target, ttl=60):
    return record(owner, CNAME, name_bytes(target), ttl)


def soa_record(zone, ttl):
    """What makes an absence last: its TTL and its MINIMUM (RFC 2308)."""
    data = name_bytes("ns." + zone) + name_bytes("hostmaster." + zone)
    return record(zone, SOA, data + struct.pack("!5I", 1, 60, 60, 60, ttl), ttl)


def message(
    query,
    answers=(),
    authority=(),
    additional=(),
    rcode=NOERROR,
    flags=RESPONSE,
    with_id=None,
    with_question=None,
):
    """An answer to the query, unless an argument makes it something else."""
    asked = question(query.name, query.kind) if with_question is None else with_question
    counts = (1 if asked else 0, len(answers), len(authority), len(additional))
    head = struct.pack("!HH4H", query.id if with_id is None else with_id, flags | rcode, *counts)
    return head + asked + b"".join((*answers, *authority, *additional))


def addresses_of_kind(kind, addresses):
    """Those that an answer to a question for A, or for AAAA, may hold."""
    version = {A: 4, AAAA: 6}.get(kind)
    return [each for each in addresses if ipaddress.ip_address(each).version == version]


def answer(query, *addresses, ttl=60):
    """The name's addresses of the family that was asked for; none: NOERROR without a record."""
    wanted = addresses_of_kind(query.kind, addresses)
    return message(query, [address_record(query.name, each, ttl) for each in wanted])
