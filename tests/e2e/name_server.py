"""A DNS server whose answers a test chooses: odd, changing, slow or none; it counts all queries."""
import ipaddress
import socket
import struct
import threading
import time
from dataclasses import dataclass, field

A, CNAME, SOA, AAAA = 1, 5, 6, 28
NOERROR, SERVFAIL, NXDOMAIN = 0, 2, 3


@dataclass
class Answer:
    """What is said of a name; `turns` holds one list of addresses a query of a type, the last one
    for all further."""

    turns: list
    ttl: int = 60
    rcode: int = NOERROR
    delay: float = 0
    is_silent: bool = False
    alias: str = ""
    asked: dict = field(default_factory=dict)


def _name_bytes(name):
    return (
        b"".join(bytes([len(label)]) + label.encode("ascii") for label in name.split(".") if label)
        + b"\0"
    )


def _read_name(packet, at):
    labels = []
    while packet[at]:
        labels.append(packet[at + 1 : at + 1 + packet[at]].decode("ascii", "replace"))
        at += 1 + packet[at]
    return ".".join(labels), at + 1


class NameServer:
    """Listens on 127.0.0.1, on a port of its own; `address` is what a policy's resolver.servers
    holds."""

    def __init__(self):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._answers = {}
        self._lock = threading.Lock()
        self.queries = []  # (name, type)
        threading.Thread(target=self._serve, daemon=True).start()

    def set(self, name, *addresses, **options):
        """The name has these addresses from now on; without any, the options tell (rcode,
        is_silent, alias)."""
        self.set_turns(name, list(addresses), **options)

    def set_turns(self, name, *turns, **options):
        """The name has the first list's addresses when it is first asked for, then the second's,
        and so on."""
        with self._lock:
            self._answers[name.lower()] = Answer(list(turns), **options)

    def count(self, name, kind=None):
        """How often the name was asked for (of one type, or of any)."""
        return sum(
            asked == name and kind in (None, asked_kind) for asked, asked_kind in list(self.queries)
        )

    def close(self):
        self._socket.close()

    def _serve(self):
        while True:
            try:
                packet, peer = self._socket.recvfrom(4096)
            except OSError:
                return
            name, at = _read_name(packet, 12)
            kind = struct.unpack("!H", packet[at : at + 2])[0]
            self.queries.append((name.lower(), kind))
            with self._lock:
                answer = self._answers.get(name.lower())
            if answer is not None and (answer.is_silent or answer.delay):
                threading.Thread(
                    target=self._answer_late,
                    args=(packet, at, name, kind, answer, peer),
                    daemon=True,
                ).start()
            else:
                self._socket.sendto(self._reply(packet, at, name, kind, answer), peer)

    def _answer_late(self, packet, at, name, kind, answer, peer):
        if answer.is_silent:
            return
        time.sleep(answer.delay)
        self._socket.sendto(self._reply(packet, at, name, kind, answer), peer)

    def _addresses(self, name, kind, answer):
        with self._lock:
            turn = answer.asked.get(kind, 0)
            answer.asked[kind] = turn + 1
        addresses = [
            ipaddress.ip_address(text) for text in answer.turns[min(turn, len(answer.turns) - 1)]
        ]
        return [address.packed for address in addresses if (address.version == 6) == (kind == AAAA)]

    def _reply(self, packet, at, name, kind, answer):
        question = packet[12 : at + 4]
        records, rcode, authority = [], NXDOMAIN, b""
        if answer is not None:
            rcode, owner, told = answer.rcode, name, answer
            if answer.alias:
                target = _name_bytes(answer.alias)
                records.append(
                    _name_bytes(name)
                    + struct.pack("!HHIH", CNAME, 1, answer.ttl, len(target))
                    + target
                )
                with self._lock:
                    owner, told = answer.alias, self._answers[answer.alias]
            if kind in (A, AAAA) and rcode == NOERROR:
                for packed in self._addresses(owner, kind, told):
                    records.append(
                        _name_bytes(owner)
                        + struct.pack("!HHIH", kind, 1, told.ttl, len(packed))
                        + packed
                    )
        if not records:
            ttl = min(1, answer.ttl) if answer else 1
            zone = (
                _name_bytes("ns.example.org")
                + _name_bytes("hostmaster.example.org")
                + struct.pack("!5I", 1, 60, 60, 60, ttl)
            )
            authority = (
                _name_bytes("example.org") + struct.pack("!HHIH", SOA, 1, ttl, len(zone)) + zone
            )
        head = packet[:2] + struct.pack(
            "!HHHHH", 0x8180 | rcode, 1, len(records), 1 if authority else 0, 0
        )
        return head + question + b"".join(records) + authority
