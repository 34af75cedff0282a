"""Origins that answer what nobody could have asked for, from tests/data/http/hostile_answers.yaml:
THREATS.md rows T49 and T50. The gate answers 502 or frames the answer anew; what is cut never ends
cleanly; and whoever asks next gets its own answer."""
import time

import pytest

from http_hostile import EVIL, ROWS, Hostile, check, rows_of, run_all
from http_origin import FIN, RESET, HttpOrigin
from http_wire import HttpWire, absolute

pytestmark = [pytest.mark.attack]

POLICY = """
    limits: {connections_per_client: 4096}
    timeouts: {drain: 1s}
    rules:
      - {name: plain, hosts: ["*.example.org"], schemes: [http]}
"""
SHORT = 9  # of so many one is in the short run


class HostileOrigin(Hostile, HttpOrigin):
    """In plain HTTP."""


@pytest.fixture(scope="module")
def origin(lab):
    with HostileOrigin(lab) as origin:
        yield origin


@pytest.fixture(scope="module")
def attempts(request, lab, gate, origin):
    full = request.config.getoption("--full")
    return run_all(rows_of(request), lab, gate, origin, full, lambda host: HttpWire(gate, host))


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
