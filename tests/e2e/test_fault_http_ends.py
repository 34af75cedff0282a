"""An exchange whose client or origin goes away, by FIN or by RST, at each of its phases: nothing is
left behind, the other side is told what can be told, and no answer that was cut ends cleanly."""
import time

import pytest

from faults import Leaks
from http_origin import FIN, HOLD, RESET, HttpOrigin, answer
from http_wire import HttpWire, absolute
from lab import wait_until
from origins import reset

POLICY = """
    timeouts: {header: 2s, connect: 2s, drain: 1s}
    rules:
      - {name: plain, hosts: ["*.example.org"], schemes: [http], ports: ["1-65535"]}
"""
ENDS = pytest.mark.parametrize("end", [FIN, RESET])
BIG = 4 << 20  # more than the buffers of all sockets on its way


def leave(wire, end):
    if end == RESET:
        wire.reset()
    else:
        wire.socket.close()


# What the client has sent when it goes, what the origin does with a request, and the reason of the
# record: None where there is none.
CLIENT_PHASES = {
    "before a byte": (b"", None, None),
    "within the head": (b"HEAD", None, "malformed_request"),
    "before the body": (b"POST 10", None, "client_gone"),
    "within the body": (b"POST 10 hello", None, "client_gone"),
    "within a chunk": (b"POST chunked 5\r\nhel", None, "client_gone"),
    "behind a chunk": (b"POST chunked 5\r\nhello\r\n", None, "client_gone"),
    "before the last line": (b"POST chunked 5\r\nhello\r\n0\r\n", None, "client_gone"),
    "within a large answer": (b"GET", [answer(b"x" * BIG), HOLD], "client_gone"),
}
# The origin is silent for ever. A FIN may be a client's that waits; a reset is not.
SILENT = {
    "before the answer": [HOLD],
    "behind an interim answer": [b"HTTP/1.1 103 Early Hints\r\n\r\n", HOLD],
    "within the answer's head": [b"HTTP/1.1 200 OK\r\n", HOLD],
    "within the answer": [answer(b"x" * 99)[:-9], HOLD],
    "within a stream of events": [answer(b"", framing="chunked")[:-5] + b"5\r\nhello\r\n", HOLD],
    "without a framing": [b"HTTP/1.1 200 OK\r\n\r\nhello", HOLD],
}


def request_of(words, origin):
    kind, _, rest = words.partition(b" ")
    if kind == b"HEAD":
        return absolute(origin)[:-10]
    if kind == b"GET":
        return absolute(origin)
    framing, _, body = rest.partition(b" ")
    chunked = framing == b"chunked"
    fields = "Transfer-Encoding: chunked\r\n" if chunked else "Content-Length: 10\r\n"
    return absolute(origin, "/", "POST", fields, body)


@pytest.mark.short
@ENDS
@pytest.mark.parametrize("phase", CLIENT_PHASES)
def test_a_client_that_goes_leaves_nothing_behind(gate, lab, phase, end):
    words, script, reason = CLIENT_PHASES[phase]
    with HttpOrigin(lab, script=lambda _: script or answer("ok")) as origin:
        leaks, before = Leaks(gate), len(gate.records())
        wire = HttpWire(gate, origin)
        wire.send(request_of(words, origin) if words else b"")
        if words and words != b"HEAD":
            wait_until(lambda: origin.requests, 5, "the request at the origin")
        time.sleep(0.05)
        leave(wire, end)
        if origin.requests:
            seen = origin.requests[0].seen
            wait_until(lambda: seen.ended, 5, "the end at the origin")
            assert not origin.whole() or words == b"GET"
        leaks.assert_none(5)
        wait_until(lambda: len(gate.records()) >= before + bool(reason), 5, "the record")
        made = gate.records()[before:]
        assert [each["reason"] for each in made] == ([reason] if reason else []), made


@pytest.mark.parametrize("phase", SILENT)
def test_a_client_that_was_reset_is_noticed_while_its_origin_is_silent(make_gate, lab, phase):
    """Else each that gave up keeps a slot of its client for as long as an origin may take."""
    gate = make_gate(POLICY)
    with HttpOrigin(lab, script=lambda _: SILENT[phase]) as origin:
        leaks = Leaks(gate)
        wire = HttpWire(gate, origin)
        wire.send(absolute(origin))
        origin_seen = wait_until(lambda: origin.requests, 5, "the request at the origin")[0].seen
        time.sleep(0.1)
        wire.reset()
        wait_until(lambda: origin_seen.ended, 2, "the end at the origin")
        leaks.assert_none(2)
        assert gate.one_record(event="request")["reason"] == "client_gone"


# When the origin goes: what it does instead of its answer, what the client may be told (0: the
# connection ends without an answer), the reason, and whether the script runs at the head.
ANSWER_HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
ORIGIN_PHASES = {
    "at once": (None, {502}, "origin_reset"),
    "behind the request": ([], {502}, "origin_reset"),
    "within the answer's head": ([ANSWER_HEAD[:20], 0.05], {502}, "origin_reset"),
    "behind an interim answer": ([b"HTTP/1.1 103 Early\r\n\r\n", 0.05], {502}, "origin_reset"),
    "behind the answer's head": ([ANSWER_HEAD, 0.05], {0, 200}, "origin_reset"),
    "within the answer": ([ANSWER_HEAD + b"hello", 0.05], {0, 200}, "origin_reset"),
}


def go_at_once(end):
    def serve(connection, seen):
        if end == RESET:
            reset(connection)

    return serve


@ENDS
@pytest.mark.parametrize("body", [b"", b"hello"], ids=["GET", "POST"])
@pytest.mark.parametrize("phase", ORIGIN_PHASES)
def test_an_origin_that_goes_is_told_to_the_client_and_never_as_a_clean_end(
    gate, lab, phase, body, end
):
    script, statuses, reason = ORIGIN_PHASES[phase]
    with HttpOrigin(lab, script=lambda _: [*script, end]) as origin:
        if script is None:
            origin._serve = go_at_once(end)
        leaks = Leaks(gate)
        with HttpWire(gate, origin) as wire:
            told = wire.ask("/", "POST" if body else "GET", "", body)
            assert told.status in statuses and (told.status == 502 or not told.is_whole), told
            wire.assert_ended()
        record = gate.one_record(host=origin.name)
        # A connect that is reset before the gate comes to look at it has failed.
        assert record["reason"] in ({reason, "connect_failed"} if script is None else {reason})
        assert record["status"] == (told.status or 200)
        assert len(origin.requests) <= 1, "asked once"
        leaks.assert_none(5)


@ENDS
@pytest.mark.parametrize("part", [0, 1 << 16])
def test_an_origin_that_goes_within_a_large_upload_is_told_to_the_client(gate, lab, part, end):
    def script(_):
        def take(connection):
            left = part
            while left > 0:
                left -= len(connection.recv(min(left, 1 << 14)))

        return [take, end]

    with HttpOrigin(lab, script=script, at="head") as origin:
        leaks = Leaks(gate)
        with HttpWire(gate, origin) as wire:
            wire.send(absolute(origin, "/", "PUT", f"Content-Length: {BIG}\r\n"))
            try:
                wire.send(b"x" * BIG)
            except (BrokenPipeError, ConnectionResetError):
                pass
            told = wire.read_http()
            assert told.status in (0, 502) and len(origin.requests) == 1
        assert gate.one_record(host=origin.name)["reason"] == "origin_reset"
        leaks.assert_none(5)


def test_a_client_that_ends_its_direction_gets_the_whole_answer(gate, lab):
    """A FIN behind the request ends nothing else."""
    with HttpOrigin(lab, script=lambda _: [0.3, answer(b"x" * 100_000)]) as origin:
        with HttpWire(gate, origin) as wire:
            wire.send(absolute(origin, "/", "POST", "", b"hello")).finish_writing()
            assert len(wire.read_http().body) == 100_000
            assert wire.assert_ended() == "fin"


@ENDS
def test_many_ends_leave_no_connection_behind(gate, lab, end):
    """100 exchanges cut where they are, then one that is right."""
    scripts = [[answer("ok")], [ANSWER_HEAD + b"he", end], [b"HTTP/1.1 2", end], [end]]
    with HttpOrigin(lab, script=lambda r: scripts[int(r.target[1:]) % len(scripts)]) as origin:
        leaks = Leaks(gate)
        for number in range(100):
            wire = HttpWire(gate, origin)
            wire.send(absolute(origin, f"/{number}", *[("POST", "", b"hello"), ()][number % 2]))
            if number % 3 == 0:
                wire.read_http()
            leave(wire, end)
        with HttpWire(gate, origin) as wire:
            assert wire.ask("/0").body == b"ok"
        print(leaks.assert_none(10), "sockets")
