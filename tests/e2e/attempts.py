"""One attempt to get a secret through the gate to a host, and what became of it."""
from dataclasses import dataclass

from hello import hello
from wire import ESTABLISHED, Wire, parse_answer


@dataclass
class Outcome:
    """What the client was told: a status, and the reason of a refusal."""

    status: int
    reason: str

    @property
    def is_through(self):
        return self.status == 200


def bracketed(address):
    """An address as it stands in an authority."""
    return f"[{address}]" if ":" in address else address


def attempt(gate, host, port, sni="", source=None, timeout=15):
    """A CONNECT with the first bytes of a TLS client right behind it, as a hostile client sends
    them: whatever let the CONNECT pass would let these pass too."""
    with Wire(gate, source, timeout) as wire:
        wire.connect(host, port, hello(sni) if sni else hello())
        head = wire.read(12)
        if head == ESTABLISHED[:12]:
            return Outcome(200, "")
        told = parse_answer(head + wire.rest(timeout))
        return Outcome(told.status, told.phrase.rpartition(": ")[2])
