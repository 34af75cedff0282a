"""Issue 6: how everyday clients and origins use their connections in plain HTTP: kept, pipelined,
half closed, slow, idle to the last moment. Nobody is refused, cut, or served twice."""
import itertools
import threading
import time

import pytest

from http_echo import Echo, read_answer, request
from http_reader import Reader
from origins import Origin, SilentAddress, read_some, reset
from wire import Wire

pytestmark = pytest.mark.legitimate

POLICY = """
    rules:
      - {name: plain, hosts: ["*.example.org"], schemes: [http], ports: [80, 8080]}
      - {name: literal, hosts: ["[2600:1f00:77::80]"], schemes: [http]}
"""
BLOCKED = b"GET http://evil.example.net/ HTTP/1.1\r\nHost: evil.example.net\r\n\r\n"


@pytest.fixture
def echo():
    return Echo()


@pytest.fixture
def origin(lab, echo):
    with Origin(lab, 80, echo.serve) as origin:
        yield origin


@pytest.mark.short
def test_pipelined_requests_are_answered_in_their_order(gate, origin):
    """Of all kinds, in one write, a blocked one among them."""
    with Wire(gate) as wire:
        wire.send(
            request(origin, "/1")
            + request(origin, "/2", "POST", body=b"abc")
            + request(origin, "/3", "HEAD")
            + BLOCKED
            + request(origin, "/4", "PUT", "Transfer-Encoding: chunked\r\n")
            + b"3\r\nabc\r\n0\r\n\r\n"
            + request(origin, "/5")
        )
        reader = Reader(wire.read_at_once)
        assert read_answer(reader) == (200, "GET /1 0")
        assert read_answer(reader) == (200, "POST /2 3")
        assert read_answer(reader, "HEAD") == (200, "")
        status, body = read_answer(reader)
        assert (status, "host_not_allowed" in body) == (403, True)
        assert read_answer(reader) == (200, "PUT /4 13")
        assert read_answer(reader) == (200, "GET /5 0")


@pytest.mark.parametrize("size", [1, 7, 64])
def test_pipelined_requests_in_small_pieces(gate, echo, origin, size):
    with Wire(gate) as wire:
        sent = b"".join(
            request(origin, f"/{number}", "POST", body=b"x" * number) for number in range(1, 9)
        )
        wire.send_in_pieces(sent, size)
        reader = Reader(wire.read_at_once)
        for number in range(1, 9):
            assert read_answer(reader) == (200, f"POST /{number} {number}")
    assert echo.targets == [f"/{number}" for number in range(1, 9)]


def test_a_hundred_requests_on_one_connection_take_one_to_the_origin(gate, origin):
    with Wire(gate) as wire:
        reader = Reader(wire.read_at_once)
        for number in range(100):
            wire.send(request(origin, f"/{number}"))
            assert read_answer(reader) == (200, f"GET /{number} 0")
    assert len(origin.seen) == 1


def test_a_client_that_ended_its_side_gets_its_answer(gate, origin):
    """As `printf ... | nc` does."""
    with Wire(gate) as wire:
        wire.send(request(origin, "/half")).finish_writing()
        reader = Reader(wire.read_at_once)
        assert read_answer(reader) == (200, "GET /half 0")
        assert reader.rest() == b""


def test_another_port_that_the_rule_has(gate, lab, echo):
    with Origin(lab, 8080, echo.serve) as origin, Wire(gate) as wire:
        wire.send(request(origin, "/port", port=":8080"))
        assert read_answer(Reader(wire.read_at_once)) == (200, "GET /port 0")
        assert b"\r\nHost: " + origin.name.encode() + b":8080\r\n" in origin.received


def test_an_origin_that_has_ipv6_alone(gate, lab, echo):
    with Origin(lab, 80, echo.serve, address="2600:1f00:77::80") as origin, Wire(gate) as wire:
        reader = Reader(wire.read_at_once)
        wire.send(request(origin, "/six"))
        assert read_answer(reader) == (200, "GET /six 0")
        literal = "[2600:1f00:77::80]"
        wire.send(f"GET http://{literal}/literal HTTP/1.1\r\nHost: {literal}\r\n\r\n".encode())
        assert read_answer(reader) == (200, "GET /literal 0")
        assert f"\r\nHost: {literal}\r\n".encode() in origin.received
        wire.send(f"GET http://{literal}/old HTTP/1.0\r\n\r\n".encode())
        assert read_answer(reader) == (200, "GET /old 0")
        assert origin.received.count(f"\r\nHost: {literal}\r\n".encode()) == 2


def test_an_origin_whose_first_address_is_silent(gate, lab, origin):
    with SilentAddress(lab, 80) as silent, Wire(gate) as wire:
        lab.names.set(origin.name, silent.address, origin.address, ttl=0)
        wire.send(request(origin, "/second"))
        assert read_answer(Reader(wire.read_at_once)) == (200, "GET /second 0")


def test_slow_heads_and_bodies(gate, origin):
    with Wire(gate) as wire:
        wire.send_in_pieces(request(origin, "/slow", "POST", body=b"x" * 40), 20, pause=0.1)
        assert read_answer(Reader(wire.read_at_once)) == (200, "POST /slow 40")


def test_an_answer_after_a_long_silence(gate, lab):
    def serve(connection, seen):
        read_some(connection, seen)
        time.sleep(1)
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        time.sleep(0.3)
        connection.sendall(b"Content-Length: 2\r\n\r\no")
        time.sleep(0.3)
        connection.sendall(b"k")

    with Origin(lab, 80, serve) as origin, Wire(gate) as wire:
        wire.send(request(origin, "/"))
        assert read_answer(Reader(wire.read_at_once)) == (200, "ok")


def test_a_body_that_was_not_waited_for_comes_behind_an_origin_without_100(gate, origin):
    """curl waits a second for the 100 and then sends its body; old origins never say it."""
    with Wire(gate) as wire:
        sent = request(origin, "/", "PUT", "Expect: 100-continue\r\n", b"x" * 1000)
        wire.send(sent[:-1000])
        assert wire.is_silent(1)
        wire.send(sent[-1000:])
        assert read_answer(Reader(wire.read_at_once)) == (200, "PUT / 1000")


def test_an_idle_client_is_served_until_keep_alive_and_then_ended_without_a_word(make_gate, origin):
    gate = make_gate(POLICY, timeouts={"keep_alive": "1s"})
    with Wire(gate) as wire:
        reader = Reader(wire.read_at_once)
        for _ in range(2):
            wire.send(request(origin, "/"))
            assert read_answer(reader) == (200, "GET / 0")
            time.sleep(0.7)
        started = time.monotonic()
        assert reader.rest() == b""
        assert time.monotonic() - started < 1
    assert len(gate.records()) == len(gate.records(event="request", reason="allowed"))


@pytest.mark.soak
def test_the_default_of_keep_alive_is_two_minutes(gate, origin):
    with Wire(gate, timeout=60) as wire:
        reader = Reader(wire.read_at_once)
        wire.send(request(origin, "/1"))
        assert read_answer(reader) == (200, "GET /1 0")
        time.sleep(118)
        wire.send(request(origin, "/2"))
        assert read_answer(reader) == (200, "GET /2 0")
        started = time.monotonic()
        wire.socket.settimeout(130)
        assert reader.rest() == b""
        assert 118 < time.monotonic() - started < 125


def test_no_pause_of_a_client_meets_the_end_of_an_idle_origin_connection(gate, lab):
    """The origin closes after 5 s, as S3 does; clients pause 4.9 to 5.1 s in steps of 10 ms."""
    echo, failures = Echo(closes_after=5), []

    def ask_twice(origin, name, method, pause):
        body = b"abc" if method == "POST" else b""
        sent = [
            request(origin, f"/{name}-{number}", method, body=body).replace(
                origin.name.encode(), name.encode()
            )
            for number in (1, 2)
        ]
        with Wire(gate) as wire:
            reader = Reader(wire.read_at_once)
            wire.send(sent[0])
            told = [read_answer(reader)]
            time.sleep(pause)
            wire.send(sent[1])
            told.append(read_answer(reader))
        wanted = [(200, f"{method} /{name}-{number} {len(body)}") for number in (1, 2)]
        if told != wanted:
            failures.append((pause, told))

    with Origin(lab, 80, echo.serve) as origin:
        threads = []
        for step, method in itertools.product(range(21), ("GET", "POST")):
            name = f"pause{step}-{method.lower()}.example.org"
            lab.names.set(name, origin.address)
            asked = (origin, name, method, 4.9 + step / 100)
            threads.append(threading.Thread(target=ask_twice, args=asked))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not failures
    assert len(echo.targets) == len(set(echo.targets)) == 84, "none twice"


def test_a_pooled_connection_that_died_is_not_told_of(gate, lab):
    """An origin that ends each connection behind its answer without saying so: a GET goes again."""
    answers = []

    def serve(connection, seen):
        reader = Reader(lambda: read_some(connection, seen))
        head = reader.head()
        answers.append(head.split(b" ")[1])
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with Origin(lab, 80, serve) as origin, Wire(gate) as wire:
        reader = Reader(wire.read_at_once)
        for number in range(20):
            wire.send(request(origin, f"/{number}"))
            assert read_answer(reader) == (200, "ok")
    assert len(answers) == len(set(answers)) == 20


def test_the_answers_to_a_browsers_six_connections_are_its_own(gate, origin):
    """Each of six in parallel, 50 requests deep: no answer goes to another."""
    failures = []

    def ask(who):
        with Wire(gate) as wire:
            reader = Reader(wire.read_at_once)
            for number in range(50):
                wire.send(request(origin, f"/{who}-{number}"))
                if (told := read_answer(reader)) != (200, f"GET /{who}-{number} 0"):
                    failures.append(told)

    threads = [threading.Thread(target=ask, args=(who,)) for who in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert len(origin.seen) <= 12, "connections are shared where they are free"


TIMED_OUT = b"HTTP/1.1 408 Request Time-out\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize("last_words", [b"", TIMED_OUT], ids=["says nothing", "says 408"])
@pytest.mark.parametrize("is_reset", [False, True], ids=["FIN", "RST"])
def test_an_idle_origin_connection_that_ends_is_no_answer_to_anybody(
    gate, lab, last_words, is_reset
):
    """haproxy and old servers say 408 to a connection that was idle; it is nobody's answer."""
    targets = []

    def serve(connection, seen):
        reader = Reader(lambda: read_some(connection, seen))
        head = reader.head()
        reader.body(head)
        targets.append(head.split(b" ")[1])
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        time.sleep(0.05)
        connection.sendall(last_words)
        if is_reset:
            reset(connection)

    with Origin(lab, 80, serve) as origin, Wire(gate) as wire:
        reader = Reader(wire.read_at_once)
        for number in range(6):
            method = ("GET", "POST")[number % 2]
            wire.send(request(origin, f"/{number}", method, body=b"abc" * (number % 2)))
            assert read_answer(reader) == (200, "ok")
            time.sleep(0.15)
    assert len(targets) == len(set(targets)) == 6
