"""Requests behind requests, and what hides in those that are blocked: THREATS.md sections D6, D9,
D11, rows T09, T45, T48 and T51."""
import asyncio
import signal
import socket
import time

import pytest

from faults import resident_bytes
from gate import settle
from http_origin import HttpOrigin, echo
from http_wire import (
    At,
    HttpWire,
    absolute,
    cut_everywhere,
    gather,
    in_tunnel,
    read_answer,
    read_answers,
    say,
)
from lab import wait_until
from wire import ESTABLISHED

pytestmark = [pytest.mark.attack]

POLICY = """
    timeouts: {header: 1s, idle: 2s, drain: 1s}
    limits: {connections_per_client: 4096}
    rules:
      - {name: plain, hosts: ["*.example.org"], schemes: [http], ports: ["1-65535"]}
      - {name: tls, hosts: ["*.example.com"]}
"""
EVIL = "www.evil.example"
BLOCKED = At(EVIL)  # whom the policy names nowhere
TLS_ALONE = At("www.example.com")


@pytest.fixture
def origin(lab):
    with HttpOrigin(lab) as origin:
        yield origin
        origin.assert_read()


def mixed(origin, number):
    """Ten requests, of which four are blocked; the method and status of each."""
    body, chunks = b"x" * 300, b"5\r\nhello\r\n0\r\n\r\n"
    chunked = "Transfer-Encoding: chunked\r\n"
    return [
        (absolute(origin, f"/{number}/0"), "GET", 200, "allowed"),
        (absolute(BLOCKED, f"/{number}/1"), "GET", 403, "host_not_allowed"),
        (absolute(origin, f"/{number}/2", "POST", "", body), "POST", 200, "allowed"),
        (absolute(TLS_ALONE, f"/{number}/3"), "GET", 403, "scheme_not_allowed"),
        (absolute(origin, f"/{number}/4", "HEAD"), "HEAD", 200, "allowed"),
        (absolute(origin, f"/{number}/5", "PUT", chunked, chunks), "PUT", 200, "allowed"),
        (absolute(BLOCKED, f"/{number}/6", "HEAD"), "HEAD", 403, "host_not_allowed"),
        (absolute(origin, f"/{number}/7", "POST", "Content-Length: 0\r\n"), "POST", 200, "allowed"),
        (absolute(BLOCKED, f"/{number}/8", "OPTIONS"), "OPTIONS", 403, "host_not_allowed"),
        (absolute(origin, f"/{number}/9", fields="Connection: close\r\n"), "GET", 200, "allowed"),
    ]


@pytest.mark.short
def test_t48_pipelined_requests_are_answered_in_order_and_each_decided_once(gate, origin):
    batches = [mixed(origin, number) for number in range(12)]
    sent = [b"".join(each[0] for each in batch) for batch in batches]
    ways = [[sent[0]], cut_everywhere(sent[1])]
    for number, data in enumerate(sent[2:]):  # a piece may end anywhere
        size = 37 + 61 * number
        ways.append([data[at : at + size] for at in range(0, len(data), size)])
    records = len(gate.records())

    async def send_all():
        return await gather([say(gate, way, seconds=20) for way in ways])

    for number, (batch, heard) in enumerate(zip(batches, asyncio.run(send_all()))):
        answers = read_answers(heard.data, [each[1] for each in batch])
        assert [each.status for each in answers] == [each[2] for each in batch], heard
        for place, (told, (_, method, status, reason)) in enumerate(zip(answers, batch)):
            if status == 200 and method != "HEAD":
                assert told.body.decode().startswith(f"{method} /{number}/{place} ")
            assert status == 200 or told.reason == reason
        assert heard.ended == "fin" and all(each.is_whole for each in answers)
        reached = [each.target for each in origin.requests if f"/{number}/" in each.target]
        assert reached == [f"/{number}/{place}" for place in (0, 2, 4, 5, 7, 9)]
    wait_until(lambda: len(gate.records()) >= records + 120, 5, "120 records")
    made = [each["reason"] for each in gate.records()[records:]]
    wanted = [each[3] for batch in batches for each in batch]
    assert sorted(made) == sorted(wanted), "decisions == requests"


@pytest.mark.short
@pytest.mark.parametrize("is_kept", [False, True], ids=["first", "kept-alive"])
def test_a_head_is_read_to_its_end_across_a_mark_of_urgent_data(gate, is_kept):
    """A read ends at the mark, however much is there; the event for all of it came before."""
    request = absolute(BLOCKED)
    with HttpWire(gate) as wire:
        if is_kept:
            wire.send(request)
            assert wire.read_http().status == 403
        gate.signal(signal.SIGSTOP)
        wire.send(request[:20])
        wire.socket.send(b"!", socket.MSG_OOB)
        wire.send(request[20:])
        time.sleep(0.05)
        gate.signal(signal.SIGCONT)
        assert wire.read_http().status == 403


def test_t48_an_answer_is_not_overtaken_by_the_next(gate, lab):
    """The first is slow; what is asked behind it waits."""
    with HttpOrigin(lab, script=lambda r: [0.5 * (r.target == "/slow"), echo(r)]) as origin:
        with HttpWire(gate, origin) as wire:
            wire.send(absolute(origin, "/slow") + absolute(BLOCKED) + absolute(origin, "/quick"))
            assert wire.read_http().body == b"GET /slow 0"
            assert wire.read_http().reason == "host_not_allowed"
            assert wire.read_http().body == b"GET /quick 0"


@pytest.mark.parametrize("is_late", [False, True], ids=["glued", "late"])
@pytest.mark.parametrize("framing", ["length", "chunked", "Expect", "contradiction"])
def test_t45_the_body_of_a_blocked_request_is_nobodys_and_nothing_behind_it_is_answered(
    gate, origin, framing, is_late
):
    hidden = absolute(origin, "/hidden")
    fields = {
        "length": f"Content-Length: {len(hidden)}\r\n",
        "chunked": "Transfer-Encoding: chunked\r\n",
        "Expect": f"Expect: 100-continue\r\nContent-Length: {len(hidden)}\r\n",
        "contradiction": f"Host: {origin.name}\r\n",
    }[framing]
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(hidden), hidden) if framing == "chunked" else hidden
    head = absolute(BLOCKED, "/", "POST", fields)
    with HttpWire(gate, origin) as wire:
        wire.send(head if is_late else head + body + hidden)
        told = wire.read_http()
        reason = "malformed_request" if framing == "contradiction" else "host_not_allowed"
        assert told.reason == reason and told.is_closing and not told.interim
        try:
            if is_late:
                for _ in range(10):
                    wire.send(hidden)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert wire.read_all() == b"", "one answer"
    settle()
    assert (origin.received, origin.seen) == (b"", [])


@pytest.mark.parametrize("sent", [b"GET http://a.example.org/ HTTP/1.1\r\n folded\r\n", b"get "])
def test_a_refused_client_that_still_writes_can_read_the_answer(gate, sent):
    with HttpWire(gate) as wire:
        wire.send(sent)
        time.sleep(0.1)  # refused and answered; the client does not look yet
        try:
            for _ in range(3):
                wire.send(b"x" * 1000)
                time.sleep(0.05)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert wire.read_http().reason == "malformed_request"


def test_t45_what_follows_a_blocked_request_without_a_body_is_decided_on_its_own(gate, origin):
    with HttpWire(gate, origin) as wire:
        for _ in range(3):
            wire.send(absolute(BLOCKED) + absolute(origin, "/own") + absolute(BLOCKED))
            assert wire.read_http().reason == "host_not_allowed"
            assert wire.read_http().body == b"GET /own 0"
            assert wire.read_http().reason == "host_not_allowed"
    assert len(origin.whole()) == 3


@pytest.mark.short
@pytest.mark.parametrize("host", [EVIL, "other.example.org", "HOST:8080", "a.HOST", "127.0.0.1"])
def test_t09_in_a_tunnel_no_other_host_is_asked_for(gate, origin, host):
    """Not even another that the policy allows: 421, and the connection ends."""
    host = host.replace("HOST", origin.name)
    with HttpWire(gate, origin) as wire:
        wire.tunnel(origin.name, 80)
        assert wire.send(in_tunnel(origin, "/right")).read_http().status == 200
        wire.send(f"GET /wrong HTTP/1.1\r\nHost: {host}\r\n\r\n".encode() + in_tunnel(origin))
        told = wire.read_http()
        assert (told.status, told.reason) == (421, "host_mismatch") and told.is_closing
        wire.assert_ended()
    assert [each.target for each in origin.requests] == ["/right"]
    assert gate.one_record(host=origin.name, reason="host_mismatch")["event"] == "request"


def test_t09_in_a_tunnel_the_first_request_may_not_name_another_host_either(gate, origin):
    with HttpWire(gate, origin) as wire:
        wire.connect(origin.name, 80, f"GET / HTTP/1.1\r\nHost: {EVIL}\r\n\r\n".encode())
        assert wire.read(len(ESTABLISHED)) == ESTABLISHED
        assert wire.read_http().reason == "host_mismatch"
    assert origin.received == b""


OVERSIZE = {
    "64 KiB and a byte of fields": ("A: " + "x" * 65_536 + "\r\n", "/"),
    "129 fields": ("".join(f"X-{number}: y\r\n" for number in range(128)), "/"),
    "10,000 empty fields": ("A:\r\n" * 10_000 + "B: " + "x" * 40_000 + "\r\n", "/"),
    "a target of 1 MiB": ("", "/" + "a" * (1 << 20)),
}


@pytest.mark.parametrize("shape", OVERSIZE)
def test_t51_a_head_beyond_the_bounds_is_refused(gate, origin, shape):
    fields, path = OVERSIZE[shape]
    with HttpWire(gate, origin) as wire:
        try:
            wire.send(absolute(origin, path, fields=fields))
        except (BrokenPipeError, ConnectionResetError):
            pass
        told = read_answer(wire)
        assert (told.status, told.reason) == (431, "header_too_large") and told.is_closing
    assert origin.received == b""


def test_t51_10_000_empty_lines_are_refused_at_the_first(gate, origin):
    with HttpWire(gate, origin) as wire:
        try:
            wire.send(b"\r\n" * 10_000 + absolute(origin))
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert wire.read_http().reason == "malformed_request"
    assert origin.received == b""


@pytest.mark.legitimate
def test_a_head_within_the_bounds_passes(gate, origin):
    """127 fields and Host, and a target of 60 KiB."""
    fields = "".join(f"X-{number}: y\r\n" for number in range(127))
    with HttpWire(gate, origin) as wire:
        assert wire.ask("/", fields=fields).status == 200
        assert wire.ask("/" + "a" * 60_000).status == 200
    assert len(origin.requests[0].fields) == 129, "and Via"


@pytest.mark.short
def test_slow_heads_end_in_time_however_they_drip(gate, origin):
    """One byte each 50 ms: the time for a head is that of the whole, not of each byte."""
    began = time.monotonic()
    slow = cut_everywhere(absolute(origin, "/slow"))
    second = [absolute(origin, "/first"), *cut_everywhere(absolute(origin, "/second"))]

    async def drip():
        jobs = [say(gate, slow, 0.05, ends=False) for _ in range(20)]
        return await gather([*jobs, say(gate, second, 0.05, ends=False)])

    *told, behind = asyncio.run(drip())
    assert time.monotonic() - began < 4
    for heard in told:
        (only,) = read_answers(heard.data)
        assert (only.status, only.reason) == (408, "header_timeout")
    first, refused = read_answers(behind.data)
    assert (first.body, refused.reason) == (b"GET /first 0", "header_timeout")
    assert [each.target for each in origin.requests] == ["/first"]


@pytest.mark.shipped
@pytest.mark.short
def test_t51_heads_that_stop_short_of_their_bounds_cost_what_they_hold(gate, origin):
    """100 clients with 60 KiB each, and no end."""
    before = resident_bytes(gate.process.pid)
    wires = [
        HttpWire(gate, origin).send(absolute(origin, "/" + "a" * 61_440)[:-2]) for _ in range(100)
    ]
    time.sleep(0.5)
    grown = (resident_bytes(gate.process.pid) - before) / len(wires) / 1024
    print(f"T51: {grown:.0f} KiB a connection")
    assert grown < 160, "a head, its growth, and a session"
    for wire in wires:
        assert wire.read_http().reason == "header_timeout"
        wire.socket.close()


def test_a_body_that_drips_is_relayed_and_one_that_stops_ends(gate, lab):
    with HttpOrigin(lab) as origin, HttpWire(gate, origin) as drips, HttpWire(
        gate, origin
    ) as stops:
        began = time.monotonic()
        drips.send(absolute(origin, "/drips", "POST", "Content-Length: 8\r\n"))
        stops.send(absolute(origin, "/stops", "POST", "Content-Length: 8\r\n") + b"hello")
        drips.send_in_pieces(b"helloyou", 1, 0.35)  # longer than `idle` in all
        assert drips.read_http().body == b"POST /drips 8"
        stops.read_all()
        assert 1.5 < time.monotonic() - began < 5
        assert gate.one_record(host=origin.name, reason="idle_timeout")["url"].endswith("/stops")
        assert [each.target for each in origin.whole()] == ["/drips"]
        ended = [each.seen for each in origin.requests if each.target == "/stops"]
        wait_until(lambda: ended[0].ended, 5, "the end at the origin")
