"""Requests with two readings, from the tables of tests/data/http: THREATS.md rows T09, T12, T39 to
T43. However the bytes are cut, the gate has one reading; what is refused is answered once, nothing
behind it is read, and the origin never sees its end."""
import asyncio
import itertools
import re
from collections import Counter
from dataclasses import dataclass

import pytest

from http_attacks import Sent, read_attacks
from http_origin import HttpOrigin
from http_wire import Heard, cut_at, cut_everywhere, gather, read_answers, sample_cuts, say
from lab import wait_until
from wire import ESTABLISHED

pytestmark = [pytest.mark.attack]

POLICY = """
    limits: {connections_per_client: 4096}
    timeouts: {header: 30s, drain: 1s}
    rules:
      - {name: plain, hosts: ["*.example.org"], schemes: [http]}
"""
ATTACKS = read_attacks("framing_attacks", "head_attacks", "chunk_attacks")
SHORT = 9  # of so many one is in the short run


@pytest.fixture(scope="module")
def gate(share_gate):
    return share_gate(POLICY)


@pytest.fixture(scope="module")
def origin(lab):
    with HttpOrigin(lab) as origin:
        yield origin


@dataclass
class Attempt:
    """One connection of a case: where its bytes went, and what it was told."""

    place: str  # `proxy` or `tunnel`
    sent: Sent
    pieces: list
    heard: Heard = None


def attempts_of(attack, origin, numbers, full):
    """Whole in each place, then cut in two at each byte or at some, then byte by byte."""
    made = []

    def add(place, cut):
        sent = attack.bytes_for(origin, place, next(numbers))
        pieces = cut(sent.data)
        if place == "tunnel":
            pieces.insert(0, f"CONNECT {origin.name}:80 HTTP/1.1\r\n\r\n".encode())
        made.append(Attempt(place, sent, pieces))

    for place in attack.places:
        add(place, lambda data: [data])
    place, length = attack.places[0], len(made[0].sent.data)
    for at in sample_cuts(length, full, count=5):
        add(place, lambda data, at=at: cut_at(data, at))
    add(place, cut_everywhere)
    return made


@pytest.fixture(scope="module")
def told(request, gate, origin):
    """The attempts of all cases of this run, made side by side: bytes one by one take their
    time."""
    chosen = [
        item.callspec.params["attack"]
        for item in request.session.items
        if item.module is request.module and hasattr(item, "callspec")
    ]
    numbers = itertools.count()
    full = request.config.getoption("--full")
    told = {str(each): attempts_of(each, origin, numbers, full) for each in chosen}

    async def make(attempt):
        # One address has not ports enough for all of --full.
        source = f"127.0.0.{1 + int(attempt.sent.target[1:]) % 50}"
        attempt.heard = await say(gate, attempt.pieces, seconds=40, source=source)

    async def make_all():
        await gather([make(each) for made in told.values() for each in made], at_once=100)

    asyncio.run(make_all())
    reached = {}
    for each in origin.requests:
        reached.setdefault(each.target, []).append(each)
    origin.reached, origin.heard_of = reached, set(re.findall(rb"/\d{6}", origin.received))
    return told


def check_told(attack, attempt):
    """What the client was told."""
    sent, data = attempt.sent, attempt.heard.data
    # One that was still writing when it was refused may see a reset, behind its answer.
    assert attempt.heard.ended == "fin" or (attempt.heard.ended == "reset" and data)
    if attempt.place == "tunnel":
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


@pytest.mark.parametrize(
    "attack",
    [
        pytest.param(each, marks=[pytest.mark.short] if number % SHORT == 0 else [], id=str(each))
        for number, each in enumerate(ATTACKS)
    ],
)
def test_a_request_has_one_reading_however_it_is_cut(attack, told, origin):
    made = told[str(attack)]
    for attempt in made:
        try:
            check_told(attack, attempt)
        except AssertionError as failure:
            raise AssertionError(f"{attempt}: {failure}") from failure
    check_reached(attack, made, origin)


@pytest.mark.short
def test_all_that_the_origin_read_was_asked_for_and_each_attempt_has_its_record(told, gate, origin):
    """Behind all others of this file."""
    origin.assert_read()
    by_name = {str(attack): attack for attack in ATTACKS}
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


def test_the_tables_are_as_large_as_they_claim():
    counts = Counter(attack.row["test"] for attack in ATTACKS)
    print(counts)
    assert counts["T39"] >= 60 and counts["T40"] >= 20
    assert counts["T41"] >= 40 and counts["T42"] >= 40
    assert len({str(attack) for attack in ATTACKS}) == len(ATTACKS)
