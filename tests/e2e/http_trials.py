"""The attempts of a table of http_attacks.py: made side by side, whole and in pieces, in each place
where a gate reads requests, and what must have come of each."""
import asyncio
import itertools
import re
from collections import Counter
from dataclasses import dataclass

from http_attacks import Sent
from http_wire import Heard, cut_at, cut_everywhere, gather, read_answers, sample_cuts
from lab import wait_until
from wire import ESTABLISHED


@dataclass
class Attempt:
    """One connection of a case: where its bytes went, and what it was told."""

    place: str  # `proxy`, `tunnel`, or `tls`: a tunnel whose TLS the gate ends
    sent: Sent
    pieces: list
    heard: Heard = None


def attempts_of(attack, origin, numbers, full, places):
    """Whole in each place, then cut in two at each byte or at some, then byte by byte."""
    made = []

    def add(place, cut):
        sent = attack.bytes_for(origin, place, next(numbers))
        pieces = cut(sent.data)
        made.append(Attempt(place, sent, pieces))

    for place in places:
        add(place, lambda data: [data])
    place, length = places[0], len(made[0].sent.data)
    for at in sample_cuts(length, full, count=5):
        add(place, lambda data, at=at: cut_at(data, at))
    add(place, cut_everywhere)
    return made


def make_all(attacks, origin, full, say, places_of):
    """The attempts by the names of their cases. `say(attempt, source)` writes one's pieces and
    hears what comes; `places_of(attack)` are where it is made."""
    numbers = itertools.count()
    told = {
        str(each): attempts_of(each, origin, numbers, full, places_of(each)) for each in attacks
    }

    async def make(attempt):
        # One address has not ports enough for all of --full.
        source = f"127.0.0.{1 + int(attempt.sent.target[1:]) % 50}"
        attempt.heard = await say(attempt, source)

    async def make_each():
        await gather([make(each) for made in told.values() for each in made], at_once=100)

    asyncio.run(make_each())
    return told


def note_what_reached(origin):
    """For check_reached(), when all is said."""
    reached = {}
    for each in origin.requests:
        reached.setdefault(each.target, []).append(each)
    origin.reached, origin.heard_of = reached, set(re.findall(rb"/\d{6}", origin.received))


def check_told(attack, attempt):
    """What the client was told."""
    sent, data = attempt.sent, attempt.heard.data
    # One that was still writing when it was refused may see a reset, behind its answer.
    assert attempt.heard.ended == "fin" or (attempt.heard.ended == "reset" and data)
    if attempt.place != "proxy":
        assert data.startswith(ESTABLISHED)
        data = data.removeprefix(ESTABLISHED)
    if attack.status == 0:
        assert data == b""
        return
    answers = read_answers(data, [attack.method, "GET"])
    if attack.reaches != "whole":
        assert [each.status for each in answers] == [attack.status]
        assert answers[0].reason == attack.reason and answers[0].is_closing
        assert sent.target.encode() not in data, "nothing is echoed"
        return
    assert [each.status for each in answers] == [200, 200]
    own = f"{attack.method} {sent.target} {len(sent.payload)}".encode()
    assert answers[0].body == (b"" if attack.method == "HEAD" else own)
    assert answers[1].body == f"GET {sent.sentinel} 0".encode()


def check_reached(attack, made, origin):
    """What the origin saw."""
    for sent in (attempt.sent for attempt in made):
        own = origin.reached.get(sent.target, [])
        behind = origin.reached.get(sent.sentinel, [])
        if attack.reaches == "whole":
            assert [(each.is_whole, each.body) for each in own] == [(True, sent.payload)]
            assert len(behind) == 1 and behind[0].is_whole
            assert sent.body in own[0].seen.data, "the framing leaves as it came"
            continue
        assert behind == [] and len(own) <= (attack.reaches == "begun")
        if attack.reaches == "nothing":
            assert sent.target.encode() not in origin.heard_of
        for each in own:
            assert not each.is_whole
            wait_until(lambda each=each: each.seen.ended, 5, "the gate to close it")


def check(attack, made, origin):
    """All attempts of a case."""
    for attempt in made:
        try:
            check_told(attack, attempt)
        except AssertionError as failure:
            raise AssertionError(f"{attempt}: {failure}") from failure
    check_reached(attack, made, origin)


def check_records(told, attacks, origin, gate):
    """All that the origin read was asked for, and each attempt has its record."""
    origin.assert_read()
    by_name = {str(attack): attack for attack in attacks}
    targets, wanted = Counter(), Counter()
    for name, made in told.items():
        attack = by_name[name]
        is_whole = attack.reaches == "whole"
        for sent in (attempt.sent for attempt in made):
            targets.update([sent.target, sent.sentinel] if is_whole else [sent.target])
        decision = "block" if attack.status not in (0, 200) else "allow"
        wanted[attack.event, decision, attack.reason] += len(made) * (1 + is_whole)
    assert not Counter(each.target for each in origin.requests) - targets, "a request of nobody's"

    def recorded():
        return Counter((each["event"], each["decision"], each["reason"]) for each in gate.records())

    wait_until(lambda: recorded().total() >= wanted.total(), 5, "the records")
    assert recorded() == wanted
    print(f"{len(told)} cases, {sum(map(len, told.values()))} attempts, {dict(wanted)}")
