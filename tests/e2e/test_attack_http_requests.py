"""Requests with two readings, from the tables of tests/data/http: THREATS.md rows T09, T12, T39 to
T43. However the bytes are cut, the gate has one reading; what is refused is answered once, nothing
behind it is read, and the origin never sees its end."""
from collections import Counter

import pytest

from http_attacks import read_attacks
from http_origin import HttpOrigin
from http_trials import check, check_records, make_all, note_what_reached
from http_wire import say

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
def origin(lab):
    with HttpOrigin(lab) as origin:
        yield origin


@pytest.fixture(scope="module")
def told(request, gate, origin):
    """The attempts of all cases of this run, made side by side: bytes one by one take their
    time."""
    chosen = [
        item.callspec.params["attack"]
        for item in request.session.items
        if item.module is request.module and hasattr(item, "callspec")
    ]
    full = request.config.getoption("--full")

    async def write(attempt, source):
        pieces = list(attempt.pieces)
        if attempt.place == "tunnel":
            pieces.insert(0, f"CONNECT {origin.name}:80 HTTP/1.1\r\n\r\n".encode())
        return await say(gate, pieces, seconds=40, source=source)

    made = make_all(chosen, origin, full, write, lambda attack: attack.places)
    note_what_reached(origin)
    return made


@pytest.mark.parametrize(
    "attack",
    [
        pytest.param(each, marks=[pytest.mark.short] if number % SHORT == 0 else [], id=str(each))
        for number, each in enumerate(ATTACKS)
    ],
)
def test_a_request_has_one_reading_however_it_is_cut(attack, told, origin):
    check(attack, told[str(attack)], origin)


@pytest.mark.short
def test_all_that_the_origin_read_was_asked_for_and_each_attempt_has_its_record(told, gate, origin):
    """Behind all others of this file."""
    check_records(told, ATTACKS, origin, gate)


def test_the_tables_are_as_large_as_they_claim():
    counts = Counter(attack.row["test"] for attack in ATTACKS)
    print(counts)
    assert counts["T39"] >= 60 and counts["T40"] >= 20
    assert counts["T41"] >= 40 and counts["T42"] >= 40
    assert len({str(attack) for attack in ATTACKS}) == len(ATTACKS)
