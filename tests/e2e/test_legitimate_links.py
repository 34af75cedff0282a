"""Bad networks on both sides of the gate refuse nobody: each row's client has its CONNECT, its
hello and its data, to the byte, over packets that are late, lost, doubled or small."""
import hashlib
import os
import time

import pytest

from bad_link import FAR, NEAR, BadLink, Weather
from origins import Origin
from test_legitimate_hellos import FILES, HOST, hello_of
from wire import Wire

pytestmark = pytest.mark.legitimate

POLICY = """
    rules:
      - {name: origins, hosts: ["*.example.org"]}
"""
DATA = hashlib.shake_256(b"bad weather").digest(16_000)
# (weather, what it does to packets)
WEATHERS = [
    ("good weather", Weather()),
    ("300 ms each way", Weather(delay=0.3)),
    ("loss of 5 %", Weather(delay=0.01, drop_every=20)),
    ("loss of 10 %, 40 ms", Weather(delay=0.04, drop_every=10)),
    ("256 kbit/s", Weather(rate=32_000)),
    ("reordering of each third packet", Weather(delay=0.005, reorder_every=3)),
    ("each fourth packet doubled", Weather(double_every=4)),
    ("MTU 576", Weather(mtu=576)),
    ("MTU 576, reordered, 2 % lost", Weather(mtu=576, delay=0.01, reorder_every=4, drop_every=50)),
    ("a phone in a train", Weather(delay=0.1, drop_every=25, reorder_every=5, rate=64_000)),
]
BROWSER = next(path for path in FILES if os.path.basename(path) == "chromium.hex")


@pytest.fixture(scope="module")
def link():
    with BadLink() as link:
        yield link


@pytest.fixture(scope="module")
def gate(link, share_gate):
    """Listens at the link's near end, and is reached at its far end."""
    gate = share_gate(POLICY, host=NEAR)
    gate.host = FAR
    return gate


@pytest.mark.parametrize("weather", [row[1] for row in WEATHERS], ids=[row[0] for row in WEATHERS])
def test_a_tunnel_over_a_bad_link_carries_every_byte(gate, lab, link, weather):
    link.change(weather)
    sent = hello_of(BROWSER)
    with Origin(lab, address=NEAR) as origin, Wire(gate, timeout=25) as wire:
        lab.names.set(HOST, FAR, ttl=0)
        wire.tunnel(HOST).send(sent)
        answer = wire.read_record()
        while len(origin.received) < len(sent):
            time.sleep(0.01)
        wire.send(DATA).finish_writing()
        got = wire.rest(25)
        # Where the hello came in two segments, the echo begins with the second.
        assert answer[0] == 22 and got.endswith(DATA)
        assert origin.received == sent + DATA
    assert not gate.records(decision="block")
    assert bool(link.dropped) == bool(weather.drop_every)
