"""Kept connections to origins that end when nobody looks: a request is asked again only where that
is safe, and none that an origin could have acted on reaches it twice (SEMANTICS.md section 11)."""
import asyncio
import socket
import time
from collections import Counter

import pytest

from http_origin import FIN, RESET, HttpOrigin, echo
from http_wire import HttpWire, absolute, read_answers

POLICY = """
    workers: 1
    timeouts: {drain: 1s}
    limits: {connections_per_client: 4096}
    rules:
      - {name: plain, hosts: ["*.example.org"], schemes: [http], ports: ["1-65535"]}
"""
SAFE = ["GET", "HEAD", "OPTIONS"]
UNSAFE = ["POST", "PUT", "DELETE", "PATCH", "PURGE"]


def dying(part, end):
    """Answers the first request of a connection; of the next it says so much, then goes."""

    def script(request):
        request.seen.count = getattr(request.seen, "count", 0) + 1
        return echo(request) if request.seen.count == 1 else [*part, end]

    return script


@pytest.mark.short
@pytest.mark.legitimate
@pytest.mark.parametrize("end", [FIN, RESET])
@pytest.mark.parametrize("method", SAFE)
def test_a_safe_request_is_asked_again_where_a_kept_connection_died_unheard(gate, lab, method, end):
    with HttpOrigin(lab, script=dying([], end)) as origin, HttpWire(gate, origin) as wire:
        assert wire.ask("/first").status == 200
        told = wire.ask("/again", method)
        assert told.status == 200 and told.body == (b"" if method == "HEAD" else told.body)
        assert [each.target for each in origin.requests] == ["/first", "/again", "/again"]
        assert len(gate.wait_records(2, host=origin.name)) == 2, "one record an exchange"


@pytest.mark.parametrize("end", [FIN, RESET])
@pytest.mark.parametrize("body", [b"", b"hello"], ids=["empty", "body"])
@pytest.mark.parametrize("method", UNSAFE)
def test_what_an_origin_may_have_acted_on_is_never_asked_twice(gate, lab, method, body, end):
    with HttpOrigin(lab, script=dying([], end)) as origin, HttpWire(gate, origin) as wire:
        assert wire.ask("/first").status == 200
        told = wire.ask("/once", method, "" if body else "Content-Length: 0\r\n", body)
        assert (told.status, told.reason) == (502, "origin_reset")
        assert [each.target for each in origin.requests] == ["/first", "/once"]


@pytest.mark.parametrize("method", SAFE)
def test_a_safe_method_with_a_body_is_never_asked_twice(gate, lab, method):
    with HttpOrigin(lab, script=dying([], FIN)) as origin, HttpWire(gate, origin) as wire:
        assert wire.ask("/first").status == 200
        assert wire.ask("/once", method, "", b"hello").status in (0, 502)
        assert [each.target for each in origin.requests] == ["/first", "/once"]


@pytest.mark.short
@pytest.mark.parametrize(
    "part", [b"H", b"HTTP/1.1 103 Early Hints\r\n\r\n", b"HTTP/1.1 200 OK\r\n"]
)
def test_nothing_is_asked_twice_once_a_byte_of_an_answer_came(gate, lab, part):
    with HttpOrigin(lab, script=dying([part], FIN)) as origin, HttpWire(gate, origin) as wire:
        assert wire.ask("/first").status == 200
        assert wire.ask("/once").status in (0, 502)
        assert [each.target for each in origin.requests] == ["/first", "/once"]


def test_nothing_is_asked_twice_on_a_fresh_connection_nor_more_than_twice(gate, lab):
    with HttpOrigin(lab, script=lambda _: FIN) as origin, HttpWire(gate, origin) as wire:
        assert wire.ask("/once").status == 502
        assert len(origin.requests) == 1

    def all_die(request):
        is_first = request.target == "/first"
        return echo(request) if is_first else FIN

    with HttpOrigin(lab, script=all_die) as origin:
        wires = [HttpWire(gate, origin) for _ in range(5)]
        for wire in wires:  # five kept connections
            wire.send(absolute(origin, "/first"))
        assert all(wire.read_http().status == 200 for wire in wires)
        assert wires[0].ask("/twice").status == 502
        assert Counter(each.target for each in origin.requests)["/twice"] == 2
        for wire in wires:
            wire.socket.close()


@pytest.mark.short
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "extra", [b"", b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"]
)
@pytest.mark.parametrize("end", [FIN, RESET])
def test_a_kept_connection_that_ended_while_idle_is_not_used(gate, lab, method, extra, end):
    """Some servers say 408 before they go."""
    with HttpOrigin(lab, script=lambda r: [echo(r), 0.05, extra, end]) as origin:
        with HttpWire(gate, origin) as wire:
            for number in range(4):
                told = wire.ask(f"/{number}", method, "", b"hello" if method == "POST" else b"")
                assert told.body.decode().startswith(f"{method} /{number} ")
                time.sleep(0.1)
        assert len(origin.requests) == len(origin.seen) == 4


def test_a_request_that_may_not_be_repeated_takes_no_connection_idle_for_a_second(gate, lab):
    with HttpOrigin(lab) as origin, HttpWire(gate, origin) as wire:
        for pause, method, connections in (
            (0, "GET", 1),
            (0.5, "POST", 1),
            (1.3, "GET", 1),
            (1.3, "POST", 2),
        ):
            time.sleep(pause)
            fields = "Content-Length: 0\r\n" if method == "POST" else ""
            assert wire.ask("/", method, fields).status == 200
            assert len(origin.seen) == connections, (pause, method)


class ClosingOrigin(HttpOrigin):
    """Ends each connection that was idle for so long, and counts what came too late for that."""

    def __init__(self, lab, idle):
        self.idle, self.late = idle, 0
        super().__init__(lab)

    def _serve_http(self, connection, seen):
        connection.settimeout(self.idle)
        try:
            super()._serve_http(connection, seen)
        except TimeoutError:
            connection.shutdown(socket.SHUT_WR)
            seen.ended = "fin by us"
            connection.settimeout(5)
            self.late += bool(connection.recv(1 << 16))


async def ask_with_a_pause(gate, origin, name, pause, method):
    """Two exchanges on one connection, with that pause between them; all that was told."""
    body = b"hello" if method == "POST" else b""
    reader, writer = await asyncio.open_connection(gate.host, gate.port)
    told = b""
    try:
        for part, fields in ((1, ""), (2, "Connection: close\r\n")):
            writer.write(absolute(origin, f"/{name}/{part}", method, fields, body))
            if part == 1:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r")[0])
                told += head + await reader.readexactly(length)
                await asyncio.sleep(pause)
        return told + await reader.read()
    finally:
        writer.close()


def pauses_around(gate, origin, pauses, methods, rounds):
    """Every pause with every method so many times, side by side."""
    asked = {
        f"{method}{round}-{pause:.2f}": (pause, method)
        for pause in pauses
        for method in methods
        for round in range(rounds)
    }

    async def all_of_them():
        return await asyncio.gather(
            *(ask_with_a_pause(gate, origin, name, *how) for name, how in asked.items())
        )

    statuses = Counter()
    for name, data in zip(asked, asyncio.run(all_of_them())):
        first, second = read_answers(data)
        statuses[second.status] += 1
        assert first.status == 200
        if second.status == 200:
            assert second.body.decode().startswith(f"{asked[name][1]} /{name}/2 ")
    twice = [at for at, n in Counter(each.target for each in origin.requests).items() if n > 1]
    print(f"{sum(statuses.values())} pauses: {dict(statuses)}, asked twice {twice},")
    print(f"{len(origin.seen)} connections, {origin.late} requests met a closed one")
    return statuses, twice


@pytest.mark.legitimate
def test_an_origin_that_closes_after_5_s_and_a_client_that_pauses_as_long(gate, lab):
    """4.9 to 5.1 s in steps of 10 ms, each with GET and POST, three times."""
    with ClosingOrigin(lab, 5) as origin:
        pauses = [4.9 + step / 100 for step in range(21)]
        statuses, twice = pauses_around(gate, origin, pauses, ["GET", "POST"], 3)
        assert set(statuses) == {200} and twice == [] and origin.late == 0


@pytest.mark.legitimate
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_origin_that_closes_sooner_than_the_gate_thinks(gate, lab, method):
    """0.95 to 1.05 s, where a request meets the origin's FIN on its way: none fails that is safe,
    and none is asked twice that is not."""
    with ClosingOrigin(lab, 1.0) as origin:
        pauses = [0.95 + step / 200 for step in range(21)]
        statuses, twice = pauses_around(gate, origin, pauses, [method], 6)
        if method == "POST":
            assert twice == [] and statuses[502] <= origin.late
        else:
            assert set(statuses) == {200}
