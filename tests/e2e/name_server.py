"""A DNS server whose answers a test chooses: odd, changing, slow or none; it counts all queries."""
import collections
import socket
import threading
from dataclasses import dataclass, field

from dns_wire import (
    A,
    AAAA,
    NOERROR,
    NXDOMAIN,
    SERVFAIL,
    address_record,
    addresses_of_kind,
    alias_record,
    message,
    read_query,
    soa_record,
)

__all__ = ["A", "AAAA", "NOERROR", "NXDOMAIN", "SERVFAIL", "NameServer"]


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


class NameServer:
    """Listens on 127.0.0.1, on a port of its own; `address` is what a policy's resolver.servers
    holds."""

    def __init__(self):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
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

    def counts(self):
        """How often each name was asked for."""
        return collections.Counter(name for name, _ in list(self.queries))

    def close(self):
        self._socket.close()

    def _serve(self):
        while True:
            try:
                packet, peer = self._socket.recvfrom(4096)
            except OSError:
                return
            query = read_query(packet)
            self.queries.append((query.name, query.kind))
            with self._lock:
                told = self._answers.get(query.name)
            if told is None or not (told.is_silent or told.delay):
                self._socket.sendto(self._reply(query, told), peer)
            elif not told.is_silent:
                late = threading.Timer(told.delay, self._send_late, (query, told, peer))
                late.daemon = True
                late.start()

    def _send_late(self, query, told, peer):
        try:
            self._socket.sendto(self._reply(query, told), peer)
        except OSError:
            pass  # closed meanwhile

    def _addresses(self, kind, told):
        with self._lock:
            turn = told.asked.get(kind, 0)
            told.asked[kind] = turn + 1
        return addresses_of_kind(kind, told.turns[min(turn, len(told.turns) - 1)])

    def _reply(self, query, told):
        records, rcode = [], NXDOMAIN
        if told is not None:
            rcode, owner, final = told.rcode, query.name, told
            if told.alias:
                records.append(alias_record(owner, told.alias, told.ttl))
                with self._lock:
                    owner, final = told.alias, self._answers[told.alias]
            if query.kind in (A, AAAA) and rcode == NOERROR:
                for address in self._addresses(query.kind, final):
                    records.append(address_record(owner, address, final.ttl))
        authority = []
        if not records:
            authority.append(soa_record("example.org", min(1, told.ttl) if told else 1))
        return message(query, records, authority, rcode=rcode)
