"""The origin leaves at every moment of a tunnel, by FIN, by half a FIN and by RST, while the client
goes on as if nothing had happened: one record each, and nothing is left behind (T90)."""
import threading
import time

import pytest

from faults import Leaks
from faults_ends import POLICY  # noqa: F401  of the fixture `gate`
from faults_ends import ALLOWED, LONG, Client, cases, closed, end, in_background, try_to
from hello import hello, record, server_hello
from origins import Origin, read_some


# The origin's moments: what its serve does before it ends. For the first two the client has its 200
# only, or has sent a part of its hello.


def after_the_200(connection, seen, client_may_go_on):
    client_may_go_on.wait(5)


def at_half_a_hello(connection, seen, client_may_go_on):
    client_may_go_on.wait(5)


def before_its_answer(connection, seen, client_may_go_on):
    read_some(connection, seen)


def after_its_answer(connection, seen, client_may_go_on):
    read_some(connection, seen)
    connection.sendall(record(server_hello()))


def in_the_upload(connection, seen, client_may_go_on):
    after_its_answer(connection, seen, client_may_go_on)
    while len(seen.data) < 1 << 20:
        read_some(connection, seen)


def in_the_download(connection, seen, client_may_go_on):
    after_its_answer(connection, seen, client_may_go_on)
    connection.sendall(LONG[: 1 << 20])


CUT = [ALLOWED, closed("allowed", "origin_reset")]  # a close on what was not read is a reset
RESET = [ALLOWED, closed("origin_reset")]
ORIGIN_ENDS = [
    (after_the_200, CUT, [ALLOWED, closed("allowed")], RESET),
    (at_half_a_hello, CUT, [ALLOWED, closed("allowed")], RESET),
    (before_its_answer, [ALLOWED, closed("allowed")], [ALLOWED, closed("allowed")], RESET),
    (after_its_answer, [ALLOWED, closed("allowed")], [ALLOWED, closed("allowed")], RESET),
    (in_the_upload, RESET, [ALLOWED, closed("allowed")], RESET),
    (in_the_download, [ALLOWED, closed("allowed")], [ALLOWED, closed("allowed")], RESET),
]


def origin_leaves(gate, lab, moment, how, expected):
    """An origin brings a tunnel to its moment and ends it, while the client goes on as if nothing
    had happened; asserts the records."""
    client, has_sent_a_part, has_left = Client(gate, lab), threading.Event(), threading.Event()

    def serve(connection, seen):
        moment(connection, seen, has_sent_a_part)
        end(connection, how)
        has_left.set()
        while how == "half" and read_some(connection, seen):
            pass

    with Origin(lab, serve=serve) as origin, client.wire() as wire:
        first = hello(origin.name)
        wire.tunnel(origin.name)
        if moment in (after_the_200, at_half_a_hello):
            wire.send(first[:40] if moment is at_half_a_hello else b"")
            has_sent_a_part.set()
            assert has_left.wait(5)
            time.sleep(0.05)
            first = first[40:] if moment is at_half_a_hello else first
        wire.send(first)
        if moment is in_the_upload:
            wire.read_record()
            in_background(lambda: wire.send(LONG).finish_writing())
        try_to(wire.rest, 8)
        if moment is not in_the_upload:
            try_to(wire.finish_writing)
        client.assert_records(expected)


@pytest.mark.parametrize("moment, how, expected", cases(ORIGIN_ENDS))
def test_an_origin_that_leaves_is_told_and_leaves_nothing(gate, lab, moment, how, expected):
    leaks = Leaks(gate)
    origin_leaves(gate, lab, moment, how, expected)
    leaks.assert_none()


def test_an_origin_that_refuses_the_dial_is_one_record(gate, lab):
    leaks, client = Leaks(gate), Client(gate, lab)
    with Origin(lab) as origin:
        name = origin.name
    with client.wire() as wire:
        assert wire.connect(name).answer().status == 502
    client.assert_records([("connect", "allow", "connect_failed")])
    leaks.assert_none()


def one_that_stalls(connection, seen):
    """Reads the hello and nothing more, and stays."""
    read_some(connection, seen)
    connection.sendall(record(server_hello()))
    time.sleep(20)


@pytest.mark.soak
def test_a_client_that_resets_an_upload_which_nobody_reads_ends_at_idle_at_the_latest(gate, lab):
    """What it had sent may still be delivered, so the tunnel waits for the origin: not for ever."""
    leaks, client = Leaks(gate), Client(gate, lab)
    with Origin(lab, serve=one_that_stalls) as origin:
        wire = client.wire().tls_tunnel(origin.name)
        wire.socket.settimeout(0.5)
        try_to(wire.send, LONG + LONG)
        began = time.monotonic()
        wire.reset()
        client.assert_records([ALLOWED, closed("client_gone", "idle_timeout")])
        print(
            f"a stalled upload's reset: ended {time.monotonic() - began:.1f} s later, idle is 3 s"
        )
    leaks.assert_none()


@pytest.mark.soak
def test_an_origin_that_resets_a_download_which_nobody_reads_ends_at_idle_at_the_latest(gate, lab):
    leaks, client = Leaks(gate), Client(gate, lab)
    may_go = threading.Event()

    def reset_when_full(connection, seen):
        read_some(connection, seen)
        connection.sendall(record(server_hello()))
        connection.settimeout(0.5)
        try_to(connection.sendall, LONG + LONG + LONG)
        end(connection, "rst")
        may_go.set()

    with Origin(lab, serve=reset_when_full) as origin, client.wire() as wire:
        wire.tls_tunnel(origin.name)
        assert may_go.wait(10)
        client.assert_records([ALLOWED, closed("origin_reset", "idle_timeout")])
    leaks.assert_none()
