"""The answers of tests/data/http/hostile_answers.yaml: an origin that gives them, clients that
ask it for them and for more, and what each must have been told."""
import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import yaml

from gate import TOP
from http_origin import FIN, RESET, echo
from http_wire import At, cut_at, cut_everywhere, sample_cuts
from lab import wait_until

CUT = ("reset", "truncated")  # ends that nobody takes for an answer's
EVIL = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
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

    def run(self, connect):
        """`connect` opens a connection on which to ask the host."""
        method = self.row.get("method", "GET")
        with connect(self.host) as wire:
            first = self.answers["first"] = wire.ask("/first", method)
            assert self.is_sent.wait(10), "the origin has sent all"
            if first.is_whole and not first.is_closing:
                self.answers["again"] = wire.ask("/again", fields="Connection: close\r\n")
            wire.assert_ended()
            self.ended = wire.ended
        with connect(self.host) as wire:
            self.answers["next"] = wire.ask("/next")


class Hostile:
    """Before an HttpOrigin's class: answers each host's first request by that host's attempt."""

    def __init__(self, lab, **options):
        self.attempts, self._playing = {}, {}
        super().__init__(lab, script=self._answer, **options)

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


def pieces_of(row, full):
    data = bytes_of(row).encode("latin-1")
    made = [[data]]
    if row.get("cuts", True) and data and not row.get("times"):
        made += [cut_at(data, at) for at in sample_cuts(len(data), full, count=5)]
        made.append(cut_everywhere(data))
    return made


def rows_of(request):
    """The rows that this run's tests of the file ask for."""
    return [
        item.callspec.params["row"]
        for item in request.session.items
        if item.module is request.module
        and {"row", "attempts"} <= set(getattr(item, "fixturenames", ()))
    ]


def run_all(rows, lab, gate, origin, full, connect, port=80):
    """The attempts of all cases of this run, side by side, each for a host of its own: by the
    names of their rows. `connect(host)` opens a client's connection."""
    numbers, made = itertools.count(), {}
    for row in rows:
        made[row["name"]] = []
        for pieces in pieces_of(row, full):
            host = At(f"hostile{next(numbers)}.example.org", port)
            lab.names.set(host.name, origin.address)
            origin.attempts[host.name] = Attempt(row, pieces, host)
            made[row["name"]].append(origin.attempts[host.name])
    with ThreadPoolExecutor(48) as pool:
        running = [pool.submit(each.run, connect) for each in origin.attempts.values()]
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


def check_one(attempt, origin):
    row, first = attempt.row, attempt.answers.get("first")
    if attempt.failure:
        raise AssertionError(repr(attempt.failure)) from attempt.failure
    end = row.get("end", "whole")
    if end == "cut":
        is_cut = not first.is_whole or (first.framing == "close" and attempt.ended in CUT)
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


def check(attempts, origin):
    """All attempts of a row."""
    for attempt in attempts:
        try:
            check_one(attempt, origin)
        except AssertionError as failure:
            pieces = [piece[:300] for piece in attempt.pieces[:3]]
            raise AssertionError(
                f"{pieces} of {len(attempt.pieces)}: {failure}; {attempt.answers}"
                f" ended {attempt.ended!r}, {attempt.records}"
            ) from failure
