"""Exchanges that stand still or end early, and a gate that is told to end or to think anew while
they are under way: memory stays bounded, early answers are honoured, nothing hangs."""
import signal
import threading
import time

import pytest

from faults import MIB, Leaks, resident_bytes
from gate import settle
from http_origin import FIN, HOLD, HttpOrigin, answer, echo
from http_wire import HttpWire, absolute, in_tunnel
from lab import wait_until

POLICY = """
    workers: 1
    timeouts: {idle: 2s, drain: 2s}
    limits: {connections_per_client: 4096}
    rules:
      - {name: plain, hosts: ["*.example.org"], schemes: [http], ports: ["1-65535"]}
"""
COUNT = 20  # at a time
# What one exchange may hold beside the kernel's socket buffers: two heads and a read each way.
EACH_MAX = 256 * 1024
# The four socket buffers on the way, and a pipe.
KERNEL_MAX = MIB + 2 * sum(
    int(open(f"/proc/sys/net/ipv4/tcp_{name}mem", encoding="ascii").read().split()[2])
    for name in "rw"
)


@pytest.fixture
def gate(make_gate):
    return make_gate(POLICY)


def send_until_stuck(wire, data, seconds=0.5):
    """Sends as long as the socket takes it; the bytes that went."""
    wire.socket.settimeout(seconds)
    sent = 0
    try:
        while sent < 2 * KERNEL_MAX:
            sent += wire.socket.send(data)
    except (TimeoutError, ConnectionError):
        pass
    wire.socket.settimeout(10)
    return sent


@pytest.mark.shipped
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_an_origin_that_never_reads_costs_a_bounded_piece_of_memory(gate, lab, framing):
    def never_read(_):
        return [lambda connection: time.sleep(5)]

    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    fields = (
        "Content-Length: 1073741824\r\n"
        if framing == "length"
        else "Transfer-Encoding: chunked\r\n"
    )
    with HttpOrigin(lab, script=never_read, at="head") as origin:
        leaks = Leaks(gate)
        before = resident_bytes(gate.process.pid)
        wires, sent = [], []

        def upload():
            with HttpWire(gate, origin) as wire:
                wires.append(wire)
                wire.send(absolute(origin, "/", "PUT", fields))
                sent.append(send_until_stuck(wire, chunk if framing == "chunked" else b"x" * 65536))
                wire.socket.settimeout(10)
                wire.read_all()

        threads = [threading.Thread(target=upload) for _ in range(COUNT)]
        for thread in threads:
            thread.start()
        wait_until(lambda: len(sent) == COUNT, 8, "all to stand still")
        grown = resident_bytes(gate.process.pid) - before
        print(f"{framing}: {grown / COUNT / 1024:.0f} KiB each; sent {max(sent) / MIB:.1f} MiB")
        assert grown < COUNT * EACH_MAX and max(sent) < KERNEL_MAX
        for thread in threads:
            thread.join(10)
        reasons = {each["reason"] for each in gate.wait_records(COUNT, host=origin.name)}
        assert reasons == {"idle_timeout"}
        leaks.assert_none(5)


@pytest.mark.shipped
@pytest.mark.short
@pytest.mark.parametrize(
    "framing", ["length", "chunked", pytest.param("close", marks=pytest.mark.soak)]
)
def test_a_client_that_never_reads_costs_a_bounded_piece_of_memory(gate, lab, framing):
    poured = []
    head = {"length": "Content-Length: 1073741824", "chunked": "Transfer-Encoding: chunked"}

    def pour(connection):
        piece = (b"10000\r\n" + b"x" * 65536 + b"\r\n") if framing == "chunked" else b"x" * 65536
        total = 0
        try:
            while total < 1024 * MIB:
                total += connection.send(piece)
        finally:
            poured.append(total)

    answered = f"HTTP/1.1 200 OK\r\n{head.get(framing, 'A: b')}\r\n\r\n".encode()
    with HttpOrigin(lab, script=lambda _: [answered, pour]) as origin:
        leaks = Leaks(gate)
        before = resident_bytes(gate.process.pid)
        wires = [HttpWire(gate, origin).send(absolute(origin)) for _ in range(COUNT)]
        wait_until(lambda: len(origin.requests) == COUNT, 5, "all requests")
        time.sleep(1)
        grown = resident_bytes(gate.process.pid) - before
        wait_until(lambda: len(poured) == COUNT, 10, "the idle ones to be cut")
        print(f"{framing}: {grown / COUNT / 1024:.0f} KiB each; poured {max(poured) / MIB:.1f} MiB")
        assert grown < COUNT * EACH_MAX and max(poured) < KERNEL_MAX
        for wire in wires:
            wire.socket.close()
        reasons = {each["reason"] for each in gate.wait_records(COUNT, host=origin.name)}
        assert reasons == {"idle_timeout"}
        leaks.assert_none(5)


TOO_LARGE = answer("too large", "413 Content Too Large")
CLOSING = answer("too large", "413 Content Too Large", "Connection: close\r\n")


@pytest.mark.short
@pytest.mark.legitimate
@pytest.mark.parametrize(
    "script",
    [[TOO_LARGE], [CLOSING, FIN], [CLOSING, 0.2, FIN], [TOO_LARGE, HOLD]],
    ids=["goes on reading", "closes", "closes later", "holds"],
)
@pytest.mark.parametrize("size", [0, 1 << 16, 1 << 20])
def test_an_answer_that_comes_before_the_body_is_whole_is_honoured(gate, lab, script, size):
    """The client has sent a part of it when the answer comes."""
    with HttpOrigin(lab, script=lambda _: script, at="head") as origin:
        with HttpWire(gate, origin) as wire:
            wire.send(absolute(origin, "/", "PUT", f"Content-Length: {8 * MIB}\r\n"))
            try:
                wire.send(b"x" * size)
            except (BrokenPipeError, ConnectionResetError):
                pass
            told = wire.read_http()
            assert (told.status, told.body, told.is_closing) == (413, b"too large", True)
            assert wire.assert_ended() == "fin"
        record = gate.one_record(host=origin.name)
        assert (record["reason"], record["status"]) == ("allowed", 413)
        with HttpWire(gate, origin) as wire:
            assert wire.ask("/next").status == 413
        assert len(origin.seen) == 2, "such a connection is not used again"
        if FIN not in script:
            wait_until(lambda: origin.seen[0].ended, 5, "the end at the origin")


@pytest.mark.legitimate
def test_a_client_that_reads_only_behind_its_body_gets_the_early_answer(gate, lab):
    """As simple clients do; 2 MiB more than was taken."""
    with HttpOrigin(lab, script=lambda _: [TOO_LARGE, HOLD], at="head") as origin:
        with HttpWire(gate, origin) as wire:
            wire.send(absolute(origin, "/", "PUT", f"Content-Length: {2 * MIB}\r\n"))
            time.sleep(0.2)
            try:
                wire.send(b"x" * (2 * MIB))
            except (BrokenPipeError, ConnectionResetError):
                pass  # as urllib3 does, which then reads
            assert wire.read_http().status == 413


@pytest.mark.parametrize("seconds", [0, 2.5], ids=["busy", "idle"])
def test_a_gate_that_drains_ends_in_time_with_exchanges_under_way(make_gate, lab, seconds):
    """`drain` is 2 s; what is left then is cut, and never ends cleanly. Those that were idle for 2
    s are cut at once, as tunnels are."""
    gate = make_gate(POLICY.replace("idle: 2s", "idle: 60s"))

    def script(request):
        return [answer(b"x" * 99)[:-9], HOLD] if request.target == "/answer" else [HOLD]

    bodies = {"/body": b"hello", "/waiting": b"helloyou!!", "/answer": b"helloyou!!"}
    with HttpOrigin(lab, script=script) as origin:
        wires = [HttpWire(gate, origin) for _ in bodies]
        for wire, (path, body) in zip(wires, bodies.items()):
            wire.send(absolute(origin, path, "POST", "Content-Length: 10\r\n", body))
        wait_until(lambda: len(origin.requests) == len(wires), 5, "the requests")
        time.sleep(seconds)
        gate.signal(signal.SIGTERM)
        try:
            assert gate.wait(8) == 0
        finally:
            gate.remove()
        for wire, path in zip(wires, bodies):
            told = wire.read_http()
            # Whose answer had begun sees it broken; the others are told.
            expected = (200, False) if path == "/answer" else (503, True)
            assert (told.status, told.is_whole) == expected, path
            wire.socket.close()
        made = {each["url"].rpartition("/")[2]: each["reason"] for each in gate.records()}
        assert made == {path[1:]: "draining" for path in bodies}


@pytest.mark.short
@pytest.mark.legitimate
def test_a_gate_that_drains_lets_an_exchange_end_and_takes_no_other(make_gate, lab):
    gate = make_gate(POLICY)
    with HttpOrigin(lab, script=lambda r: [float(r.target[1:]), echo(r)]) as origin:
        with HttpWire(gate, origin) as wire, HttpWire(gate, origin) as idle:
            assert idle.ask("/0").status == 200
            wire.send(absolute(origin, "/1") + absolute(origin, "/0"))
            wait_until(lambda: len(origin.requests) == 2, 5, "the request")
            gate.signal(signal.SIGTERM)
            assert wire.read_http().body == b"GET /1 0"
            assert idle.assert_ended() == "fin"
            assert gate.wait(8) == 0
        assert len(gate.records(reason="allowed")) >= 2


@pytest.mark.short
@pytest.mark.legitimate
def test_a_gate_that_drains_lets_a_pipelined_request_end(make_gate, lab):
    gate = make_gate(POLICY.replace("drain: 2s", "drain: 6s"))
    with HttpOrigin(lab, script=lambda r: [float(r.target[1:]), echo(r)]) as origin:
        with HttpWire(gate, origin) as wire:
            wire.send(absolute(origin, "/0") + absolute(origin, "/3"))
            wait_until(lambda: len(origin.requests) == 2, 5, "the second request")
            gate.signal(signal.SIGTERM)
            assert wire.read_http().body == b"GET /0 0"
            assert wire.read_http().body == b"GET /3 0"
            assert gate.wait(8) == 0


@pytest.mark.short
@pytest.mark.attack
@pytest.mark.parametrize("place", ["proxy", "tunnel"])
def test_a_reload_that_blocks_the_host_holds_for_the_next_request(make_gate, lab, place):
    """On a connection that stands, whose origin connection stands too."""
    gate = make_gate(POLICY)
    ask = in_tunnel if place == "tunnel" else absolute
    with HttpOrigin(lab) as origin, HttpWire(gate, origin) as wire:
        if place == "tunnel":
            wire.tunnel(origin.name, 80)
        for number in range(2):
            assert wire.send(ask(origin, f"/{number}")).read_http().status == 200
        denied = (
            POLICY
            + f"      - {{name: no, effect: deny, hosts: [{origin.name}], schemes: [http]}}\n"
        )
        gate.reload(denied)
        told = wire.send(ask(origin, "/blocked")).read_http()
        assert (told.status, told.reason) == (403, "denied_by_rule")
        settle()
        assert [each.target for each in origin.requests] == ["/0", "/1"]
        gate.reload(POLICY)
        if not told.is_closing:
            assert wire.send(ask(origin, "/again")).read_http().status == 200
