"""What a DNS server, or somebody who pretends to be it, may say: the rows of T34 and T36. Each is a
function of the query, the row's forged address and its true one; hostile_names.py plays it."""
import collections

from dns_wire import (
    A,
    AAAA,
    FORMERR,
    NOERROR,
    NOTIMP,
    NXDOMAIN,
    REFUSED,
    RESPONSE,
    SERVFAIL,
    TRUNCATED,
    address_record,
    alias_record,
    answer,
    message,
    name_bytes,
    question,
    record,
    soa_record,
)
from hostile_names import Spoofed

# What must become of the attempt: `failed` is 502 dns_failure, `forbidden` 403
# destination_forbidden, `true` a tunnel to the true address. The forged one is never dialled.
FAILED, FORBIDDEN, TRUE = "failed", "forbidden", "true"
LATE = "an answer after the deadline"


def of_code(rcode):
    return lambda query, forged, true: [message(query, rcode=rcode)]


def silent(query, forged, true):
    return []


def late():
    """Who asks first is answered after the resolver's patience; who asks anew, at once."""
    asked = collections.Counter()

    def speak(query, forged, true):
        asked[query.kind] += 1
        # Of each type the first two queries are one question: it is repeated after 2 s.
        is_first = asked[query.kind] <= 2
        return [4.4, answer(query, forged)] if is_first else [answer(query, true)]

    return speak


def empty(query, forged, true):
    return [message(query)]


def empty_with_soa(query, forged, true):
    return [message(query, authority=[soa_record("example.org", 30)])]


def with_answers(*records_of, rcode=NOERROR):
    """A NOERROR answer of these records; each is a function of (query, forged, true)."""

    def speak(query, forged, true):
        records = [one(query, forged, true) for one in records_of]
        return [message(query, records, rcode=rcode)]

    return speak


def forged_record(owner=None, ttl=300):
    return lambda query, forged, true: address_record(owner or query.name, forged, ttl)


def only_a(speak):
    """AAAA is answered NOERROR without a record, A as `speak` says."""
    return lambda query, forged, true: (
        speak(query, forged, true) if query.kind == A else [message(query)]
    )


def truncated(by_tcp):
    """TC by UDP, with a forged address in the rest; by TCP what `by_tcp` says."""

    def speak(query, forged, true):
        if query.is_tcp:
            return by_tcp(query, forged, true)
        cut = [address_record(query.name, forged)]
        return [message(query, cut, flags=RESPONSE | TRUNCATED)]

    return only_a(speak)


def true_answer(query, forged, true):
    return [answer(query, true)]


def chain(length, address=None):
    """CNAMEs from the name, that many, to the forged address or to another."""

    def speak(query, forged, true):
        names = [query.name, *(f"hop-{hop}.example.net" for hop in range(length))]
        records = [alias_record(owner, target) for owner, target in zip(names, names[1:])]
        end = address or true
        return [message(query, [*records, address_record(names[-1], end)])]

    return only_a(speak)


def loop(length):
    def speak(query, forged, true):
        names = [query.name, *(f"loop-{hop}.example.net" for hop in range(length - 1))]
        return [message(query, [alias_record(a, b) for a, b in zip(names, names[1:] + names[:1])])]

    return speak


def alias_to(target, *more):
    """A CNAME to a name of which the message says nothing, or something of another name."""

    def speak(query, forged, true):
        others = [address_record(owner, forged) for owner in more]
        return [message(query, [alias_record(query.name, target), *others])]

    return only_a(speak)


def many(count, first=None):
    """So many addresses; over UDP only TC. All true, or the first ones a given one."""

    def speak(query, forged, true):
        if not query.is_tcp:
            return [message(query, flags=RESPONSE | TRUNCATED)]
        records = [address_record(query.name, first or true)] * (count - 1)
        if first:  # different, so that none is a repetition
            records = [
                address_record(query.name, f"10.1.{number // 250}.{number % 250}")
                for number in range(count - 1)
            ]
        return [message(query, [*records, address_record(query.name, true)])]

    return only_a(speak)


def raw(change):
    """An answer's bytes, changed."""
    return only_a(lambda query, forged, true: [change(answer(query, forged))])


FAULTS = {
    "SERVFAIL": (of_code(SERVFAIL), FAILED),
    "REFUSED": (of_code(REFUSED), FAILED),
    "NOTIMP": (of_code(NOTIMP), FAILED),
    "FORMERR, with EDNS and without": (of_code(FORMERR), FAILED),
    "NXDOMAIN": (of_code(NXDOMAIN), FAILED),
    "NXDOMAIN with an address": (with_answers(forged_record(), rcode=NXDOMAIN), FAILED),
    "SERVFAIL with an address": (with_answers(forged_record(), rcode=SERVFAIL), FAILED),
    "no answer": (silent, FAILED),
    LATE: (late(), FAILED),
    "NOERROR without a record": (empty, FAILED),
    "NOERROR with an SOA alone": (empty_with_soa, FAILED),
    "TC, and TCP has it": (truncated(true_answer), TRUE),
    "TC, and TCP says nothing": (truncated(silent), FAILED),
    "TC, and TC by TCP": (
        truncated(
            lambda query, forged, true: [
                message(query, [address_record(query.name, forged)], flags=RESPONSE | TRUNCATED)
            ]
        ),
        FAILED,
    ),
    "1,000 addresses": (many(1000), TRUE),
    "999 private addresses, then the true one": (many(1000, "10.1.0.0"), FORBIDDEN),
    "12 bytes": (raw(lambda data: data[:12]), FAILED),
    "half an answer": (raw(lambda data: data[: len(data) - 2]), FAILED),
    "more records counted than there are": (
        raw(lambda data: data[:6] + b"\xff\xff" + data[8:]),
        FAILED,
    ),
    "a compression pointer to itself": (
        only_a(lambda query, forged, true: [pointer_to_itself(query, forged)]),
        FAILED,
    ),
    "an address of 5 bytes": (
        only_a(lambda query, forged, true: [message(query, [record(query.name, A, bytes(5))])]),
        FAILED,
    ),
    "the address of another name": (
        only_a(with_answers(forged_record("other.example.org"))),
        FAILED,
    ),
    "an IPv6 address in an answer for IPv4": (
        only_a(lambda query, forged, true: [message(query, [address_record(query.name, "::1")])]),
        FAILED,
    ),
}


def pointer_to_itself(query, forged):
    whole = message(query, [address_record(query.name, forged)])
    at = 12 + len(question(query.name, query.kind))
    return whole[:at] + bytes([0xC0, at]) + whole[at + len(name_bytes(query.name)) :]


CHAINS = {
    "an alias of loopback": (chain(1, "127.0.0.1"), FORBIDDEN),
    "an alias of the metadata address": (chain(1, "169.254.169.254"), FORBIDDEN),
    "three aliases to a private address": (chain(3, "10.0.0.1"), FORBIDDEN),
    "16 aliases to a private address": (chain(16, "192.168.0.1"), FORBIDDEN),
    "16 aliases to the true address": (chain(16), TRUE),
    "17 aliases": (chain(17), FAILED),
    "20 aliases": (chain(20), FAILED),
    "an alias of itself": (loop(1), FAILED),
    "two aliases of each other": (loop(2), FAILED),
    "a ring of twelve": (loop(12), FAILED),
    "an alias of a name that is not told": (alias_to("nowhere.example.net"), FAILED),
    "an alias, and the address of a third name": (
        alias_to("nowhere.example.net", "third.example.net"),
        FAILED,
    ),
    "an alias of a spelling of loopback": (alias_to("127.0.0.1"), FAILED),
}


def forgery(forge):
    """The forged message first, the true one 50 ms later."""

    def speak(query, forged, true):
        if query.kind == AAAA:
            return [message(query)]
        return [*forge(query, forged), 0.05, answer(query, true)]

    return speak


def alone(forge):
    """The forged message, and nothing more."""
    return only_a(lambda query, forged, true: forge(query, forged))


def forged_message(query, forged, **changes):
    return message(query, [address_record(query.name, forged, 300)], **changes)


FORGERIES = {
    "a wrong id": lambda query, forged: [
        forged_message(query, forged, with_id=query.id ^ bit) for bit in (1, 0x100, 0x8000)
    ],
    "3,000 other ids": lambda query, forged: [
        forged_message(query, forged, with_id=(query.id + 7 * step) & 0xFFFF)
        for step in range(1, 3001)
    ],
    "another name in the question": lambda query, forged: [
        forged_message(query, forged, with_question=question("other.example.org", query.kind))
    ],
    "another type in the question": lambda query, forged: [
        forged_message(query, forged, with_question=question(query.name, AAAA))
    ],
    "another class in the question": lambda query, forged: [
        forged_message(query, forged, with_question=question(query.name, query.kind, 3))
    ],
    "no question": lambda query, forged: [forged_message(query, forged, with_question=b"")],
    "two questions": lambda query, forged: [
        forged_message(query, forged)[:5] + b"\x02" + forged_message(query, forged)[6:]
    ],
    "from another port": lambda query, forged: [Spoofed(forged_message(query, forged))],
    "from another address": lambda query, forged: [
        Spoofed(forged_message(query, forged), "127.0.0.9")
    ],
}
