"""The client leaves at every moment of a session, by FIN, by half a FIN and by RST: one record each
that says how it ended, and nothing is left behind (T90)."""
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from faults import Elsewhere, Leaks, resident_bytes
from faults_ends import ALLOWED, LONG, POLICY, Client, cases, closed, end, in_background, try_to
from hello import hello, record, server_hello
from lab import wait_until
from origins import Origin, SilentAddress, only_listen, read_some
from wire import Wire

GONE = ("connect", "allow", "client_gone")
HEAD_CUT = ("connect", "block", "malformed_request")

# The client's moments: each brings a wire to its moment and gives it back.


def before_head(client, origin):
    return client.wire()


def in_head(client, origin):
    return client.wire().send(f"CONNECT {origin.name}:443 HTTP/1.1\r\nHost".encode())


def during_dns(client, origin):
    client.names.set(origin.name, origin.address, delay=0.5)
    wire = client.wire().connect(origin.name)
    wait_until(lambda: client.names.count(origin.name), what="the query")
    return wire


def during_dial(client, origin):
    wire = client.wire().connect(origin.name)
    time.sleep(0.2)
    return wire


def after_200(client, origin):
    return client.wire().tunnel(origin.name)


def mid_hello(client, origin):
    return after_200(client, origin).send(hello(origin.name)[:40])


def after_hello(client, origin):
    wire = after_200(client, origin).send(hello(origin.name))
    wait_until(lambda: origin.received, what="the hello")
    return wire


def mid_upload(client, origin):
    wire = client.wire().tls_tunnel(origin.name)
    in_background(wire.send, LONG)
    wait_until(lambda: len(origin.received) > 1 << 20, what="a part of the upload")
    return wire


def mid_download(client, origin):
    wire = client.wire().tls_tunnel(origin.name).send(b"more")
    assert len(wire.read(1 << 20)) == 1 << 20
    return wire


def download_at_request(connection, seen):
    read_some(connection, seen)
    connection.sendall(record(server_hello()))
    read_some(connection, seen)
    connection.sendall(LONG)
    while read_some(connection, seen):
        pass


SERVES = {after_hello: only_listen, mid_download: download_at_request}

# Moment of the client, and the records that follow where it ends by FIN, by half a FIN, by RST.
CLIENT_ENDS = [
    (before_head, [], [], []),
    (in_head, [HEAD_CUT], [HEAD_CUT], [HEAD_CUT]),
    (during_dns, [GONE], [GONE], [GONE]),
    (during_dial, *[[("connect", "allow", "connect_timeout")]] * 3),
    (after_200, [GONE], [GONE], [GONE]),
    (mid_hello, [GONE], [GONE], [GONE]),
    (after_hello, *[[ALLOWED, closed("allowed")]] * 2, [ALLOWED, closed("client_gone")]),
    (
        mid_upload,  # a close on unread echoes is a reset
        [ALLOWED, closed("allowed", "client_gone")],
        [ALLOWED, closed("allowed")],
        [ALLOWED, closed("client_gone")],
    ),
    (
        mid_download,
        [ALLOWED, closed("client_gone")],
        [ALLOWED, closed("allowed")],
        [ALLOWED, closed("client_gone")],
    ),
]


def client_leaves(gate, lab, moment, how, expected):
    """Brings a client to its moment and ends it; asserts the records."""
    client = Client(gate, lab)
    place = SilentAddress(lab) if moment is during_dial else Origin(lab, serve=SERVES.get(moment))
    with place as origin:
        wire = moment(client, origin)
        end(wire.socket, how)
        if how == "half":
            try_to(wire.rest, 8)
            wire.socket.close()
        client.assert_records(expected)


@pytest.mark.parametrize("moment, how, expected", cases(CLIENT_ENDS))
def test_a_client_that_leaves_is_one_record_and_leaves_nothing(gate, lab, moment, how, expected):
    leaks = Leaks(gate)
    client_leaves(gate, lab, moment, how, expected)
    leaks.assert_none()


MOMENTS = (before_head, in_head, after_200, mid_hello, after_hello)
GROWN_MAX = 4 << 20
LEAVES_A_RECORD = (in_head, after_200, mid_hello, after_hello)


@pytest.mark.soak
def test_100000_ends_are_one_record_each_and_leave_nothing(make_gate, lab):
    """The client's moments that need no origin of their own, each end in turn, 16 at a time."""
    gate = make_gate(POLICY.replace("rules:", "limits: {connections_per_client: 4000}\n    rules:"))
    elsewhere, ends = Elsewhere(lab), ("fin", "half", "rst")
    combinations = [(moment, how) for moment in MOMENTS for how in ends]
    rounds = 100_000 // len(combinations)

    def leave(moment, how):
        wire = Wire(gate, source=f"10.20.50.{threading.get_ident() % 200 + 1}")
        if moment is in_head:
            wire.send(b"CONNECT x")
        elif moment is not before_head:
            wire.tunnel(elsewhere.name).send(hello(elsewhere.name)[: LENGTHS[moment]])
        end(wire.socket, how)
        if how == "half":
            try_to(wire.rest, 8)
            wire.socket.close()

    with elsewhere.serves("echo"):
        leave(after_hello, "half")
        gate.wait_records(event="close")
        leaks, memory = Leaks(gate), resident_bytes(gate.process.pid)
        began = time.monotonic()
        with ThreadPoolExecutor(16) as workers:
            list(workers.map(lambda each: leave(*each), combinations * rounds))
        took = time.monotonic() - began
        wanted = 1 + rounds * len(ends) * len(LEAVES_A_RECORD)
        wait_until(lambda: gate.metric("sallyport_requests_total") >= wanted, 60, "all records")
        sockets = leaks.assert_none(20)
        # The rings of records are given back some seconds after the last.
        within = time.monotonic() + 20
        while (grown := resident_bytes(gate.process.pid) - memory) >= GROWN_MAX:
            if time.monotonic() > within:
                break
            time.sleep(0.5)
        gate.stop()
    connects, closes = gate.records(event="connect"), gate.records(event="close")
    print(
        f"{rounds * len(combinations)} ends in {took:.0f} s: {len(connects)} of {wanted} records, "
        f"{len(closes)} closes, sockets {leaks.sockets} -> {sockets}, memory {grown >> 10:+} KiB"
    )
    assert len(connects) == wanted
    assert len(closes) == 1 + rounds * len(ends)
    assert grown < GROWN_MAX


LENGTHS = {after_200: 0, mid_hello: 40, after_hello: None}
