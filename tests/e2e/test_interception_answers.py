"""Origins that answer what nobody could have asked for, inside TLS: THREATS.md rows T49 and T50, by
the same table as in plain HTTP. And ends: TLS that ends without its close_notify may have been cut
by anybody, so what it leaves open never ends cleanly for the client."""
import signal
import ssl

import pytest

from http_hostile import EVIL, ROWS, Hostile, check, rows_of, run_all
from http_origin import FIN, HOLD, RESET, answer
from http_wire import in_tunnel
from interception import (
    TlsHttpOrigin,
    TlsHttpWire,
    cut,
    policy_with,
    sign_for,
)
from lab import wait_until

pytestmark = [pytest.mark.attack]

TLS_POLICY = """
    limits: {connections_per_client: 4096}
    timeouts: {drain: 1s}
    rules:
      - {name: read, hosts: ["*.example.org"], urls: ["https://*.example.org/**"]}
"""
SHORT = 9  # of so many one is in the short run


class HostileOrigin(Hostile, TlsHttpOrigin):
    """Within TLS."""


@pytest.fixture(scope="module")
def origin(lab):
    with HostileOrigin(lab, certificate=sign_for(lab, ["*.example.org"])) as origin:
        yield origin


@pytest.fixture(scope="module")
def attempts(request, lab, gate, origin, ca):
    full = request.config.getoption("--full")
    return run_all(
        rows_of(request), lab, gate, origin, full, lambda host: TlsHttpWire(gate, host, ca), 443
    )


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, marks=[pytest.mark.short] if number % SHORT == 0 else [], id=row["name"])
        for number, row in enumerate(ROWS)
    ],
)
def test_a_hostile_answer_is_refused_or_framed_anew_and_hurts_nobody_else(row, attempts, origin):
    check(attempts[row["name"]], origin)


def test_the_origin_saw_nothing_that_it_could_not_read(attempts, origin):
    origin.assert_read()


BODY = b"what is left of it"
OPEN = b"HTTP/1.1 200 OK\r\n\r\n" + BODY
LENGTH = answer(BODY)
CHUNKED = answer(BODY, framing="chunked")
# What the origin says, how it ends, and whether that leaves the client with a whole answer.
ENDS = {
    "a length, whole, then close_notify": ([LENGTH, FIN], True),
    "a length, whole, then cut": ([LENGTH, cut, FIN], True),
    "a length, whole, then a reset": ([LENGTH, 0.05, RESET], True),
    "a length, a byte less, then close_notify": ([LENGTH[:-1], FIN], False),
    "a length, a byte less, then cut": ([LENGTH[:-1], cut, FIN], False),
    "a length, a byte less, then a reset": ([LENGTH[:-1], 0.05, RESET], False),
    "chunks, whole, then close_notify": ([CHUNKED, FIN], True),
    "chunks, whole, then cut": ([CHUNKED, cut, FIN], True),
    "chunks without the last, then close_notify": ([CHUNKED[:-5], FIN], False),
    "chunks without the last, then cut": ([CHUNKED[:-5], cut, FIN], False),
    "chunks without the last, then a reset": ([CHUNKED[:-5], 0.05, RESET], False),
    "chunks but for two bytes, then close_notify": ([CHUNKED[:-2], FIN], False),
    "chunks within one, then cut": ([CHUNKED[:-12], cut, FIN], False),
    "neither, then close_notify": ([OPEN, FIN], True),
    "neither, in two pieces, then close_notify": ([OPEN[:-4], 0.02, OPEN[-4:], FIN], True),
    "neither, then close_notify a while later": ([OPEN, 0.05, FIN], True),
    "neither, then cut": ([OPEN, cut, FIN], False),
    "neither, then cut a while later": ([OPEN, 0.05, cut, FIN], False),
    "neither, then a reset": ([OPEN, 0.05, RESET], False),
    "a head that is cut": ([LENGTH[:20], cut, FIN], None),
    "a head, then close_notify": ([LENGTH[:20], FIN], None),
    "nothing, then close_notify": ([FIN], None),
    "nothing, then cut": ([cut, FIN], None),
}
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


@pytest.mark.short
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("row", ENDS)
def test_t50_what_is_cut_never_ends_cleanly_and_what_is_whole_does(lab, gate, ca, row, version):
    script, is_whole = ENDS[row]

    def tune(context):
        context.maximum_version = VERSIONS[version]

    with TlsHttpOrigin(lab, script=lambda _: script, tune=tune) as origin:
        with TlsHttpWire(gate, origin, ca, version=VERSIONS[version]) as wire:
            told = wire.ask("/", "POST", body=b"may not be repeated")
            if is_whole is None:
                assert told.status == 502 and told.reason in ("origin_reset", "origin_malformed")
                return
            assert BODY.startswith(told.body) and told.status in (200, 502), told
            if told.status == 502:
                assert is_whole is False and told.reason == "origin_reset", told
                return
            if not is_whole:
                wire.read_all()
                is_told = wire.ended in ("truncated", "reset")
                assert is_told and (not told.is_whole or told.framing == "close"), (
                    told,
                    wire.ended,
                )
            else:
                assert told.is_whole and told.body == BODY
                if told.framing == "close":
                    assert wire.ended == "fin", "close_notify, as the origin said it"
        assert len(origin.requests) == 1
        reason = "allowed" if is_whole else "origin_reset"
        assert gate.one_record(host=origin.name)["reason"] == reason


@pytest.mark.parametrize("then", [FIN, RESET, cut])
@pytest.mark.parametrize("kept", [b"a\r\nhello", b"5\r\nhello\r\n", b"5\r\nhello\r\n0\r\n"])
def test_t50_cut_chunks_do_not_end_cleanly_for_a_client_that_reads_none(lab, gate, ca, kept, then):
    """HTTP/1.0: what is in the chunks ends with the connection."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with TlsHttpOrigin(lab, script=lambda _: [head + kept, 0.05, then, FIN]) as origin:
        with TlsHttpWire(gate, origin, ca) as wire:
            at = wire.send(in_tunnel(wire.target, version="1.0"))
            told = at.read_http()
        assert wire.ended in ("reset", "truncated"), (told, wire.ended)
        assert gate.one_record(host=origin.name)["reason"] == "origin_reset"


def test_t49_an_answer_before_the_request_is_not_kept_for_the_next_client(lab, gate, ca):
    """The origin speaks first on every connection; its real answers stand behind that."""
    with TlsHttpOrigin(lab, first=EVIL.encode()) as origin:
        told = []
        for number in range(6):
            with TlsHttpWire(gate, origin, ca) as wire:
                told.append(wire.ask(f"/{number}"))
        own = [(b"evil", f"GET /{number} 0".encode()) for number in range(6)]
        assert all(each.body in those for each, those in zip(told, own)), told
        assert len(origin.seen) >= len(told), "such a connection is never used again"


def is_stopped(process):
    with open(f"/proc/{process}/stat", encoding="utf-8") as file:
        return file.read().rpartition(")")[2].split()[0] == "T"


@pytest.mark.parametrize("interim", [b"", b"HTTP/1.1 103 Early\r\n\r\n"], ids=["alone", "second"])
def test_a_head_of_more_ciphertext_than_one_read_takes_is_relayed(lab, make_gate, ca, interim):
    """A byte a record, all of it there when the gate comes to read: 550 KiB for a head of 24."""
    gate = make_gate(policy_with(lab, ca, TLS_POLICY))
    told = interim + b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: " + b"x" * 24_000 + b"\r\n\r\nok"

    def at_once(connection):
        gate.signal(signal.SIGSTOP)
        wait_until(lambda: is_stopped(gate.process.pid), 5, "the gate to stand still")
        for at in range(len(told)):
            connection.sendall(told[at : at + 1])
        gate.signal(signal.SIGCONT)

    with TlsHttpOrigin(lab, script=lambda _: [at_once]) as origin:
        with TlsHttpWire(gate, origin, ca) as wire:
            assert wire.ask().body == b"ok"


def test_t50_an_origin_that_stops_within_a_record_is_cut_off(lab, make_gate, ca):
    """Half a TLS record, then silence: the time of the answer runs out, and what came is cut."""
    policy = TLS_POLICY.replace("drain: 1s", "drain: 1s, response: 1s, idle: 1s")
    gate = make_gate(policy_with(lab, ca, policy))
    with TlsHttpOrigin(lab, script=lambda _: [LENGTH[:-3], HOLD]) as origin:
        with TlsHttpWire(gate, origin, ca) as wire:
            told = wire.ask()
            assert not told.is_whole and wire.ended in ("truncated", "reset")
        assert gate.one_record(host=origin.name)["reason"] in ("response_timeout", "idle_timeout")
