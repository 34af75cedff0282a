"""Origins that answer what nobody could have asked for, from tests/data/http/hostile_answers.yaml:
THREATS.md rows T49 and T50. The gate answers 502 or frames the answer anew; what is cut never ends
cleanly; and whoever asks next gets its own answer."""
import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
import yaml

from gate import TOP
from http_origin import FIN, RESET, HttpOrigin, echo
from http_wire import At, HttpWire, absolute, cut_at, cut_everywhere, sample_cuts
from lab import wait_until

pytestmark = [pytest.mark.attack]

POLICY = """
    limits: {connections_per_client: 4096}
    timeouts: {drain: 1s}
    rules:
      - {name: plain, hosts: ["*.example.org"], schemes: [http]}
"""
EVIL = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
SHORT = 9  # of so many one is in the short run

with open(f"{TOP}/tests/data/http/hostile_answers.yaml", encoding="utf-8") as file:
    ROWS = yaml.safe_load(file)["answers"]


def bytes_of(row):
    repeated = row.get("prefix", "") + row.get("first", "") * row.get("times", 0)
    return (repeated + row["bytes"].replace("EVIL", EVIL)).replace("KIB", "x" * 1024)


@dataclass
class Attempt:
    """One hostile answer, in the pieces in which it is sent, and what followed."""

    row: dict
    pieces: list
    host: At
    answers: dict = field(default_factory=dict)  # asked first, again and next
    ended: str = ""
    is_sent: threading.Event = field(default_factory=threading.Event)

    def play(self):
        """The origin's script."""
        yield from (step for piece in self.pieces for step in (piece, 0.001))
        yield {"fin": FIN, "reset": RESET, "hold": b""}[self.row.get("then", "hold")]

    def run(self, gate):
        method = self.row.get("method", "GET")
        with HttpWire(gate, self.host) as wire:
            first = self.answers["first"] = wire.ask("/first", method)
            assert self.is_sent.wait(10), "the origin has sent all"
            if first.is_whole and not first.is_closing:
                self.answers["again"] = wire.ask("/again", fields="Connection: close\r\n")
            wire.assert_ended()
            self.ended = wire.ended
        with HttpWire(gate, self.host) as wire:
            self.answers["next"] = wire.ask("/next")


class HostileOrigin(HttpOrigin):
    """Answers each host's first request by that host's attempt."""

    def __init__(self, lab):
        self.attempts, self._playing = {}, {}
        super().__init__(lab, script=self._answer)

    def _serve_http(self, connection, seen):
        try:
            super()._serve_http(connection, seen)
        finally:  # the gate may have ended it before all was sent
            if attempt := self._playing.get(id(seen)):
                attempt.is_sent.set()

    def _answer(self, request):
        if request.target != "/first":
            return echo(request)
        attempt = self._playing[id(request.seen)] = self.attempts[request.get("Host")]
        return [*attempt.play(), lambda _: attempt.is_sent.set()]

    def requests_of(self, host):
        return [each for each in self.requests if each.get("Host") == host]


@pytest.fixture(scope="module")
def gate(share_gate):
    return share_gate(POLICY)


@pytest.fixture(scope="module")
def origin(lab):
    with HostileOrigin(lab) as origin:
        yield origin


def pieces_of(row, full):
    data = bytes_of(row).encode("latin-1")
    made = [[data]]
    if row.get("cuts", True) and data and not row.get("times"):
        made += [cut_at(data, at) for at in sample_cuts(len(data), full, count=5)]
        made.append(cut_everywhere(data))
    return made


@pytest.fixture(scope="module")
def attempts(request, lab, gate, origin):
    """The attempts of all cases of this run, side by side, each for a host of its own."""
    full, numbers, made = request.config.getoption("--full"), itertools.count(), {}
    for item in request.session.items:
        if item.module is request.module and "row" in getattr(item, "fixturenames", ()):
            row = item.callspec.params["row"]
            made[row["name"]] = []
            for pieces in pieces_of(row, full):
                host = At(f"hostile{next(numbers)}.example.org")
                lab.names.set(host.name, origin.address)
                origin.attempts[host.name] = Attempt(row, pieces, host)
                made[row["name"]].append(origin.attempts[host.name])
    with ThreadPoolExecutor(48) as pool:
        running = [pool.submit(each.run, gate) for each in origin.attempts.values()]
    for attempt, ran in zip(origin.attempts.values(), running):
        attempt.failure = ran.exception()
    records = {}
    asked = sum(len(each.answers) for each in origin.attempts.values())
    wait_until(lambda: len(gate.records(event="request")) >= asked, 10, "the records")
    for record in gate.records(event="request"):
        records.setdefault(record["host"], []).append(record)
    for attempt in origin.attempts.values():
        by_url = sorted(records.get(attempt.host.name, []), key=lambda each: each["url"])
        attempt.records = {each["url"].rpartition("/")[2]: each["reason"] for each in by_url}
        assert len(attempt.records) == len(by_url), "one record an exchange"
    return made


def check(attempt, origin):
    row, first = attempt.row, attempt.answers.get("first")
    if attempt.failure:
        raise AssertionError(repr(attempt.failure)) from attempt.failure
    end = row.get("end", "whole")
    if end == "cut":
        is_cut = not first.is_whole or (first.framing == "close" and attempt.ended == "reset")
        # A reset may overtake even the head; of what is wrong in the first piece nothing was told.
        is_early = row.get("then") == "reset" or first.status == 502
        is_refused = is_early and first.reason == row["reason"]
        assert is_refused or is_cut and first.status in (0, row["status"])
        assert is_refused or row.get("body", first.body.decode()).startswith(first.body.decode())
    elif end == "any":
        assert first.status in (0, row["status"])
    else:
        assert (first.status, first.is_whole) == (row["status"], True)
        assert first.body.decode() == row.get("body", first.body.decode())
        assert (first.framing == "close") == (end == "fin") and attempt.ended == "fin"
        assert row["status"] != 502 or first.reason == row["reason"]
    assert b"evil" not in first.body
    for name in ("again", "next"):
        told = attempt.answers.get(name)
        if told is not None:
            assert (told.status, told.body.decode()) == (200, f"GET /{name} 0")
    asked, requests = list(attempt.answers), origin.requests_of(attempt.host.name)
    targets = [each.target for each in requests]
    assert targets == [f"/{name}" for name in asked], "no request twice, none that nobody made"
    came_by = [id(each.seen) for each in requests]
    if row["again"] == "same":
        assert came_by[1] == came_by[0]  # /next may be another worker's, with a pool of its own
    else:
        assert came_by[0] not in came_by[1:]
    assert attempt.records == {name: "allowed" for name in asked} | {"first": row["reason"]}


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, marks=[pytest.mark.short] if number % SHORT == 0 else [], id=row["name"])
        for number, row in enumerate(ROWS)
    ],
)
def test_a_hostile_answer_is_refused_or_framed_anew_and_hurts_nobody_else(row, attempts, origin):
    for attempt in attempts[row["name"]]:
        try:
            check(attempt, origin)
        except AssertionError as failure:
            pieces = [piece[:300] for piece in attempt.pieces[:3]]
            raise AssertionError(
                f"{pieces} of {len(attempt.pieces)}: {failure}; {attempt.answers}"
                f" ended {attempt.ended!r}, {attempt.records}"
            ) from failure


def test_the_origin_saw_nothing_that_it_could_not_read(attempts, origin):
    origin.assert_read()


def test_the_table_is_as_large_as_it_claims():
    assert len({row["name"] for row in ROWS}) == len(ROWS) >= 25


@pytest.mark.parametrize("then", [FIN, RESET])
@pytest.mark.parametrize("kept", [b"a\r\nhello", b"5\r\nhello\r\n", b"5\r\nhello\r\n0\r\n"])
def test_chunks_that_are_cut_do_not_end_cleanly_for_a_client_that_reads_none(gate, lab, kept, then):
    """HTTP/1.0: what is in the chunks ends with the connection, so only a reset can say so."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with HttpOrigin(lab, script=lambda _: [head + kept, 0.05, then]) as origin:
        with HttpWire(gate, origin) as wire:
            told = wire.send(absolute(origin, version="1.0")).read_http()
        assert wire.ended == "reset", (told, wire.ended)
        assert gate.one_record(host=origin.name)["reason"] == "origin_reset"


@pytest.mark.short
def test_an_answer_before_the_request_is_not_kept_for_the_next_client(gate, lab):
    """The origin speaks first on every connection; its real answers stand behind that."""
    with HttpOrigin(lab, first=EVIL.encode()) as origin:
        told = []
        for number in range(6):
            with HttpWire(gate, origin) as wire:
                told.append(wire.ask(f"/{number}"))
                time.sleep(0.02)  # the answer to it comes behind the one that came before it
        # Only its own, at once on a connection that nobody used before.
        assert all(each.body in (b"evil", f"GET /{n} 0".encode()) for n, each in enumerate(told))
        assert len(origin.seen) == len(told), "such a connection is never used again"


MALFORMED_BEHIND_A_HEAD = {
    "a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nok\r\n0\r\n\r\n",
    "a flood behind an interim answer": b"HTTP/1.1 102 Processing\r\n\r\n" * 200,
    "a head behind an interim answer": b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 O\0K\r\n\r\n",
}


@pytest.mark.parametrize("shape", MALFORMED_BEHIND_A_HEAD)
def test_what_is_malformed_before_a_final_head_went_out_is_told_as_502(gate, lab, shape):
    """An end without any answer is what clients take for a lost connection, and ask again."""
    with HttpOrigin(lab, script=lambda _: MALFORMED_BEHIND_A_HEAD[shape]) as origin:
        with HttpWire(gate, origin) as wire:
            told = wire.ask()
            assert (told.status, told.reason) == (502, "origin_malformed"), told
