"""An origin that must never hear a byte, a name server by which every name leads to it, and what
came of each attempt to get there."""
import json
import textwrap

import lab as lab_module
from gate import Gate
from lab import wait_until
from name_server import Answer, NameServer
from origins import Origin, only_listen
from wire import ESTABLISHED, Wire, parse_answer

DECOY_V4, DECOY_V6 = lab_module.DECOY, "2600:1f00:77::66"


class _AllNames(dict):
    """The answer for a name that nobody set."""

    def get(self, name, default=None):
        return super().get(name) or Answer([[DECOY_V4, DECOY_V6]])


class EveryName(NameServer):
    """Answers any name whatever by the decoy's addresses, but for those that a test sets."""

    def __init__(self):
        self.leads = _AllNames()
        super().__init__()
        self._answers = self.leads


class Decoy:
    """Listens on both addresses and on the ports that a bypass would reach; counts all that came.
    A context manager."""

    def __init__(self, lab, ports=(443, 80, 22)):
        self._origins = [
            Origin(lab, port=port, serve=only_listen, address=address)
            for address in (DECOY_V4, DECOY_V6)
            for port in ports
        ]

    @property
    def connections(self):
        return sum(len(origin.seen) for origin in self._origins)

    @property
    def received(self):
        return b"".join(origin.received for origin in self._origins)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for origin in self._origins:
            origin.close()


class Records:
    """The audit records of a gate, each read once."""

    def __init__(self, gate):
        self._path, self._offset, self._rest, self._unread = gate.audit, 0, b"", []

    def unread(self):
        """Those that are there and were not asked for yet."""
        try:
            with open(self._path, "rb") as file:
                file.seek(self._offset)
                data = file.read()
        except FileNotFoundError:
            return []
        self._offset += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        self._unread += [json.loads(line) for line in lines]
        return self._unread

    def none_is_left(self):
        """Whatever was attempted before has written no record more than its own."""
        left = list(self.unread())
        self._unread.clear()
        assert not left, left

    def next(self, **values):
        """The next one, which must hold these values."""
        record = wait_until(self.unread, 10, "an audit record", pause=0.002).pop(0)
        assert values.items() <= record.items(), record
        return record


class Trial:
    """A gate in front of the decoy. Every attempt is checked for the invariants of THREATS.md
    section 3: no connection and no byte at the decoy, one record, the answer that is documented.
    A context manager."""

    def __init__(self, lab, policy, **options):
        self.names = EveryName()
        self.decoy = Decoy(lab)
        resolver = f'resolver: {{servers: ["{self.names.address}"]}}\n'
        self.gate = Gate(lab, resolver + textwrap.dedent(policy), **options).start()
        self.records = Records(self.gate)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            print(self.gate.last_words())
            assert self.gate.is_running(), "no attempt brings it down"
            self.records.none_is_left()
            self.gate.stop()
        finally:
            self.gate.remove()
            self.decoy.__exit__()
            self.names.close()

    def untouched(self):
        assert (self.decoy.connections, self.decoy.received) == (0, b""), "the decoy was reached"

    def refused(self, sent, status, reason, event="connect", source=None):
        """Sends the bytes; the gate's HTTP answer and its record."""
        self.records.none_is_left()
        with Wire(self.gate, source) as wire:
            answer = parse_answer(wire.send(sent).rest())
        told = {"event": event, "decision": "block", "reason": reason, "status": status}
        record = self.records.next(**told)
        self.untouched()
        assert answer.status == status, answer
        return answer, record

    def verdict(self, target, first=b""):
        """What the record of a CONNECT says, which may be allowed: (decision, reason, rule,
        host)."""
        self.records.none_is_left()
        with Wire(self.gate) as wire:
            wire.send(b"CONNECT " + target + b" HTTP/1.1\r\n\r\n")
            if wire.read(len(ESTABLISHED)) == ESTABLISHED:
                wire.send(first)
                assert wire.read_record()[0] in (21, 22)
        record = self.records.next(event="connect")
        if record["decision"] == "allow":
            self.records.next(event="close", id=record["id"])
        self.untouched()
        return tuple(record.get(key) for key in ("decision", "reason", "rule", "host"))
