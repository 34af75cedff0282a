"""One client that never pauses, and an origin that says much: the other clients of the worker do
not wait for them."""
import threading
import time

import pytest

from faults import cpu_seconds
from http_origin import HttpOrigin, answer
from http_wire import At, HttpWire, absolute

POLICY = """
    workers: 1
    timeouts: {drain: 1s}
    rules:
      - {name: plain, hosts: ["*.example.org"], schemes: [http]}
"""
STRANGER = At("stranger.example.net")
SECONDS = 3


def flood(gate, ends):
    """Asks for what is refused, again and again, and reads the answers, until `ends` is set."""
    requests = absolute(STRANGER, "/") * 200
    with HttpWire(gate) as wire:
        reading = threading.Thread(target=read_all, args=(wire.socket,))
        reading.start()
        try:
            while not ends.is_set():
                wire.socket.sendall(requests)
        except OSError:
            pass  # the gate has ended
        wire.finish_writing()
        reading.join()


def read_all(socket):
    try:
        while socket.recv(1 << 20):
            pass
    except OSError:
        pass


@pytest.fixture
def flooded(make_gate):
    """A gate that one client floods."""
    gate, ends = make_gate(POLICY), threading.Event()
    client = threading.Thread(target=flood, args=(gate, ends))
    client.start()
    time.sleep(0.3)
    yield gate
    ends.set()
    client.join()


@pytest.mark.attack
def test_a_client_that_never_pauses_stops_no_other(flooded, lab):
    slowest, asked, began = 0.0, 0, time.monotonic()
    with HttpOrigin(lab) as origin:
        while time.monotonic() - began < SECONDS:
            at = time.monotonic()
            with HttpWire(flooded, origin) as wire:
                assert wire.ask("/").status == 200
            slowest, asked = max(slowest, time.monotonic() - at), asked + 1
    print(f"{asked} requests beside the flood, the slowest {slowest * 1e3:.0f} ms")
    assert slowest < 1
    assert asked > 20


@pytest.mark.attack
def test_a_client_that_never_pauses_holds_no_drain_up(flooded):
    began = time.monotonic()
    flooded.signal(15)
    assert flooded.wait(10) == 0
    assert time.monotonic() - began < 3


@pytest.mark.attack
def test_an_answer_that_names_thousands_of_options_is_refused_at_once(make_gate, lab):
    """Each option is looked up for each field: a head of 63 KB would take 30 ms."""
    gate = make_gate(POLICY)
    fields = "".join(f"X-{number}: 1\r\n" for number in range(120))
    said = answer(b"x", fields=fields + "Connection: " + "a," * 31_000 + "b\r\n")
    with HttpOrigin(lab, script=lambda _: said) as origin:
        spent = cpu_seconds(gate.process.pid)
        for _ in range(50):
            with HttpWire(gate, origin) as wire:
                told = wire.ask("/")
                assert (told.status, told.reason) == (502, "origin_malformed")
        spent = cpu_seconds(gate.process.pid) - spent
    print(f"{spent * 1e3 / 50:.1f} ms of CPU each")
    assert spent < 0.5
