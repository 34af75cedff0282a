"""Both ends leave at every moment of a session, by FIN, by half a FIN and by RST: one record each
that says how it ended, and nothing is left behind (T90, J6)."""
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from faults import Elsewhere, Leaks, resident_bytes
from hello import hello, record, server_hello
from lab import wait_until
from origins import Origin, SilentAddress, read_some, reset
from wire import Wire

POLICY = """
    timeouts: {header: 5s, connect: 1s, client_hello: 2s, idle: 3s, drain: 1s}
    rules:
      - {name: origins, hosts: ["*.example.org"]}
"""
LONG = b"x" * (8 << 20)  # more than the buffers of two connections hold
GONE = ("connect", "allow", "client_gone")
ALLOWED = ("connect", "allow", "allowed")
HEAD_CUT = ("connect", "block", "malformed_request")


def closed(*reasons):
    return ("close", "allow", *reasons)


def end(connection, how):
    if how == "rst":
        reset(connection)
    elif how == "half":
        connection.shutdown(socket.SHUT_WR)
    else:
        connection.close()


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


def try_to(function, *arguments):
    """An end may come while it is done."""
    try:
        function(*arguments)
    except OSError:
        pass


def in_background(function, *arguments):
    threading.Thread(target=try_to, args=(function, *arguments), daemon=True).start()


def silent_after_hello(connection, seen):
    while read_some(connection, seen):
        pass


def download_at_request(connection, seen):
    read_some(connection, seen)
    connection.sendall(record(server_hello()))
    read_some(connection, seen)
    connection.sendall(LONG)
    while read_some(connection, seen):
        pass


SERVES = {after_hello: silent_after_hello, mid_download: download_at_request}

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


_sources = iter(f"10.20.{net}.{host}" for net in range(100, 250) for host in range(1, 250))


class Client:
    """A client of a gate at an address that no other has, so that its records are known."""

    def __init__(self, gate, lab):
        self._gate, self.names, self.source = gate, lab.names, next(_sources)

    def wire(self):
        return Wire(self._gate, self.source)

    def assert_records(self, expected):
        """Its records are these, once each."""

        def told():
            records = [each for each in self._gate.records() if each.get("client") == self.source]
            return [(each["event"], each["decision"], each["reason"]) for each in records]

        wait_until(lambda: len(told()) >= len(expected), 10, f"{expected}; there are {told()}")
        for (event, decision, reason), wanted in zip(told(), expected, strict=True):
            assert (event, decision) == wanted[:2] and reason in wanted[2:], told()


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


@pytest.fixture(scope="module")
def gate(share_gate):
    return share_gate(POLICY)


def cases(table):
    """One case for each way to end."""
    return [
        pytest.param(moment, how, expected, id=f"{moment.__name__}-{how}")
        for moment, *outcomes in table
        for how, expected in zip(("fin", "half", "rst"), outcomes, strict=True)
    ]


@pytest.mark.parametrize("moment, how, expected", cases(CLIENT_ENDS))
def test_a_client_that_leaves_is_one_record_and_leaves_nothing(gate, lab, moment, how, expected):
    leaks = Leaks(gate)
    client_leaves(gate, lab, moment, how, expected)
    leaks.assert_none()


# The origin's moments: what its serve does before it ends. For the first two the client has its 200
# only, or has sent a part of its hello.


def at_accept(connection, seen, client_may_go_on):
    pass


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
    (at_accept, CUT, [ALLOWED, closed("allowed")], RESET),
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
        if moment in (at_accept, at_half_a_hello):
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


MOMENTS = (before_head, in_head, after_200, mid_hello, after_hello)
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
        grown = resident_bytes(gate.process.pid) - memory
        gate.stop()
    connects, closes = gate.records(event="connect"), gate.records(event="close")
    print(
        f"{rounds * len(combinations)} ends in {took:.0f} s: {len(connects)} of {wanted} records, "
        f"{len(closes)} closes, sockets {leaks.sockets} -> {sockets}, memory {grown / 1024:+.0f} KiB"
    )
    assert len(connects) == wanted
    assert len(closes) == 1 + rounds * len(ends)
    assert grown < 4 << 20


LENGTHS = {after_200: 0, mid_hello: 40, after_hello: None}
