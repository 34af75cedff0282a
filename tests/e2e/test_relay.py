"""Tunnels: bytes as they came, each direction ends for itself, and every end is told."""
import hashlib
import socket
import threading
import time

import pytest

from gate import settle
from hello import hello, record, server_hello
from origins import Origin, read_some, reset
from wire import Wire

POLICY = """
    timeouts: {connect: 3s, client_hello: 2s, idle: 2s, drain: 1s}
    rules:
      - {name: origins, hosts: ["*.example.org"]}
"""
MIB = 1 << 20


def close_of(gate, host):
    opened = gate.wait_records(event="connect", host=host)[-1]
    return gate.wait_records(event="close", id=opened["id"])[-1]


def block_of(size):
    """Bytes that never repeat within a window of any buffer's size."""
    piece = hashlib.shake_256(b"relay").digest(MIB + 13)
    return (piece * (size // len(piece) + 1))[:size]


def assert_same(got, sent):
    """Equal, without a diff of megabytes when they are not."""
    assert (len(got), hashlib.sha256(got).hexdigest()) == (
        len(sent),
        hashlib.sha256(sent).hexdigest(),
    )


@pytest.mark.parametrize(
    "size", [pytest.param(MIB, marks=pytest.mark.short), 64 * MIB], ids=["1 MiB", "64 MiB"]
)
@pytest.mark.legitimate
def test_bytes_go_both_ways_unchanged_and_are_counted(gate, lab, size):
    data = block_of(size)
    with Origin(lab) as origin, Wire(gate) as wire:
        first = hello(origin.name)
        answer = wire.tunnel(origin.name).send(first).read_record()
        writer = threading.Thread(target=lambda: wire.send(data).finish_writing())
        writer.start()
        wire.socket.settimeout(60)
        assert_same(wire.rest(60), data)
        writer.join()
        assert_same(origin.received, first + data)
        close = close_of(gate, origin.name)
    assert (close["bytes_up"], close["bytes_down"]) == (len(first) + size, len(answer) + size)
    assert (close["decision"], close["reason"], close["rule"]) == ("allow", "allowed", "origins")


@pytest.mark.short
def test_bytes_are_counted_in_the_metrics(gate, lab):
    before = gate.metric("sallyport_bytes_total")
    with Origin(lab) as origin:
        with Wire(gate) as wire:
            wire.tls_tunnel(origin.name).send(b"x" * 5000)
            assert len(wire.read(5000)) == 5000
        close_of(gate, origin.name)
    assert gate.metric("sallyport_bytes_total") >= before + 10_000


@pytest.mark.short
@pytest.mark.legitimate
def test_the_clients_fin_leaves_the_other_direction_open(gate, lab):
    def answer_after_the_end(connection, seen):
        read_some(connection, seen)
        connection.sendall(record(server_hello()))
        while read_some(connection, seen):
            pass
        time.sleep(0.3)
        connection.sendall(b"after your end")

    with Origin(lab, serve=answer_after_the_end) as origin, Wire(gate) as wire:
        wire.tls_tunnel(origin.name).send(b"all").finish_writing()
        assert wire.rest() == b"after your end"
        assert origin.seen[0].ended == "fin"


@pytest.mark.short
@pytest.mark.legitimate
def test_the_origins_fin_leaves_the_other_direction_open(gate, lab):
    def end_first(connection, seen):
        read_some(connection, seen)
        connection.sendall(record(server_hello()))
        connection.shutdown(socket.SHUT_WR)
        while read_some(connection, seen):
            pass

    with Origin(lab, serve=end_first) as origin, Wire(gate) as wire:
        wire.tls_tunnel(origin.name)
        assert wire.rest() == b""
        wire.send(b"still heard")
        settle()
        assert origin.received.endswith(b"still heard")
        wire.finish_writing()
        assert close_of(gate, origin.name)["reason"] == "allowed"


@pytest.mark.short
def test_a_reset_of_the_client_reaches_the_origin(gate, lab):
    with Origin(lab) as origin:
        wire = Wire(gate).tls_tunnel(origin.name)
        wire.reset()
        close = close_of(gate, origin.name)
        assert close["reason"] in ("client_gone", "allowed")
        settle()
        assert origin.seen[0].ended in ("reset", "fin")


@pytest.mark.short
def test_what_the_origin_sent_before_its_reset_is_delivered(gate, lab):
    def reset_after_an_answer(connection, seen):
        read_some(connection, seen)
        connection.sendall(record(server_hello()))
        read_some(connection, seen)
        reset(connection)

    with Origin(lab, serve=reset_after_an_answer) as origin, Wire(gate) as wire:
        wire.tls_tunnel(origin.name).send(b"x")
        try:
            assert wire.rest() == b""
        except ConnectionResetError:
            pass
        assert close_of(gate, origin.name)["reason"] in ("origin_reset", "allowed")


@pytest.mark.legitimate
def test_an_error_on_one_side_does_not_lose_what_the_other_had_sent(gate, lab):
    """An origin answers and closes without reading all: the client's write error must not cost it
    the answer."""
    answer = block_of(300_000)

    def answer_early(connection, seen):
        read_some(connection, seen)
        connection.sendall(record(server_hello()))
        read_some(connection, seen, 1000)
        connection.sendall(answer)
        connection.shutdown(socket.SHUT_WR)
        time.sleep(0.5)

    with Origin(lab, serve=answer_early) as origin, Wire(gate) as wire:
        wire.tls_tunnel(origin.name)

        def upload():
            try:
                wire.send(b"u" * 3 * MIB)
            except OSError:
                pass

        writer = threading.Thread(target=upload)
        writer.start()
        got = b""
        wire.socket.settimeout(10)
        try:
            while more := wire.socket.recv(1 << 16):
                got += more
        except ConnectionResetError:
            pass
        wire.reset()  # the upload need not wait for anybody
        writer.join(10)
        assert_same(got, answer)


def test_a_reader_that_stops_holds_the_writer_and_not_the_gates_memory(gate, lab):
    def memory():
        return gate.metric("process_resident_memory_bytes")

    with Origin(lab) as origin, Wire(gate) as wire:
        wire.tls_tunnel(origin.name)
        before, sent = memory(), 0
        wire.socket.settimeout(0.5)
        try:
            while sent < 512 * MIB:  # the echo comes back and nobody reads it
                sent += wire.socket.send(b"x" * MIB)
        except TimeoutError:
            pass
        assert sent < 512 * MIB
        assert memory() - before < 8 * MIB


def test_an_idle_tunnel_ends_when_its_time_is_over(gate, lab):
    with Origin(lab) as origin, Wire(gate) as wire:
        wire.tls_tunnel(origin.name)
        started = time.monotonic()
        try:
            wire.rest(15)
        except ConnectionResetError:
            pass
        assert 1.5 < time.monotonic() - started < 8
        assert close_of(gate, origin.name)["reason"] == "idle_timeout"
    assert gate.metric("sallyport_tunnels_closed_total", reason="idle_timeout") >= 1


@pytest.mark.legitimate
def test_a_tunnel_that_moves_bytes_now_and_then_is_not_idle(gate, lab):
    with Origin(lab) as origin, Wire(gate) as wire:
        wire.tls_tunnel(origin.name)
        for _ in range(8):
            time.sleep(0.5)
            assert wire.send(b".").read(1) == b"."


def test_a_half_closed_tunnel_ends_after_idle_too(gate, lab):
    def never_end(connection, seen):
        read_some(connection, seen)
        connection.sendall(record(server_hello()))
        while read_some(connection, seen):
            pass
        time.sleep(30)

    with Origin(lab, serve=never_end) as origin, Wire(gate) as wire:
        wire.tls_tunnel(origin.name).finish_writing()
        try:
            wire.rest(15)
        except ConnectionResetError:
            pass
        assert close_of(gate, origin.name)["reason"] == "idle_timeout"


@pytest.mark.short
def test_open_tunnels_are_counted_and_gone_when_they_end(gate, lab):
    with Origin(lab) as origin:
        before = gate.metric("sallyport_tunnels")
        wires = [Wire(gate).tls_tunnel(origin.name) for _ in range(5)]
        assert gate.metric("sallyport_tunnels") >= before + 5
        for wire in wires:
            wire.socket.close()
        gate.wait_records(5, event="close", host=origin.name)
        assert gate.metric("sallyport_tunnels") <= before
