"""A hello in pieces, over records, and slow: THREATS.md section 1B, rows T18, T19 and T21.
However it comes, the verdict is that of the whole."""
import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from decoy import Trial
from hello import (
    ACCESS_DENIED,
    ALERT,
    APPLICATION_DATA,
    CHANGE_CIPHER_SPEC,
    HANDSHAKE,
    client_hello,
    hello,
    record,
    records,
)
from hello_shapes import browser_hello
from origins import Origin
from wire import ESTABLISHED, Wire

pytestmark = [pytest.mark.attack]

FRONT, EVIL = "www.allowed.example", "www.evil.example"
HELLO_SECONDS = 1.0
POLICY = f"""
    timeouts: {{header: 2s, client_hello: {HELLO_SECONDS:.0f}s, connect: 3s, drain: 1s}}
    limits: {{connections_per_client: 4096}}
    rules:
      - {{name: ours, hosts: ["*.allowed.example"]}}
"""


@pytest.fixture(scope="module")
def trial(lab):
    with Trial(lab, POLICY) as trial, Origin(lab) as origin:
        trial.names.set(FRONT, origin.address)
        trial.front = origin
        yield trial


async def told_in_two(gate, sent, cut):
    """What a tunnel's client gets that sends these bytes in two pieces, a millisecond apart."""
    reader, writer = await asyncio.open_connection(gate.host, gate.port)
    try:
        writer.write(f"CONNECT {FRONT}:443 HTTP/1.1\r\n\r\n".encode())
        assert await reader.readexactly(len(ESTABLISHED)) == ESTABLISHED
        writer.write(sent[:cut])
        await asyncio.sleep(0.001)
        writer.write(sent[cut:])
        return await reader.readexactly(5)
    finally:
        writer.transport.abort()


async def told_at_every_cut(gate, sent):
    """The answers, cut for cut, of 32 clients at a time."""
    turns = asyncio.Semaphore(32)

    async def one(cut):
        async with turns:
            return await told_in_two(gate, sent, cut)

    return await asyncio.gather(*(one(cut) for cut in range(1, len(sent))))


@pytest.mark.parametrize("name", [EVIL, FRONT])
def test_t18_a_browsers_hello_cut_at_every_byte_gets_the_verdict_of_the_whole(trial, name):
    sent = record(browser_hello(name), version=0x0301)
    bytes_before, seen_before = len(trial.front.received), len(trial.front.seen)
    told = asyncio.run(told_at_every_cut(trial.gate, sent))
    wanted = ALERT if name == EVIL else HANDSHAKE
    mismatches = [cut for cut, head in enumerate(told, 1) if head[0] != wanted]
    print(f"T18: {len(mismatches)} mismatches / {len(told)} cuts of {len(sent)} bytes")
    assert not mismatches and len(told) > 1700
    for _ in told:
        if name == EVIL:
            trial.records.next(event="connect", reason="sni_mismatch", host=FRONT)
        else:  # a connect and a close, those of several tunnels in any order
            trial.records.next(decision="allow", reason="allowed", host=FRONT)
            trial.records.next(decision="allow", reason="allowed", host=FRONT)
    trial.untouched()
    if name == EVIL:
        assert len(trial.front.received) == bytes_before
    else:
        # connections without a byte are those of blocked clients, accepted late
        got = [bytes(seen.data) for seen in trial.front.seen[seen_before:] if seen.data]
        assert got == [sent] * len(told)


def blocked(trial, sent, reason, pieces=1 << 20, pause=0.0):
    """Sends it in a tunnel; the seconds until the alert."""
    trial.records.none_is_left()
    bytes_before = len(trial.front.received)
    with Wire(trial.gate) as wire:
        wire.tunnel(FRONT)
        began = time.monotonic()
        try:
            wire.send_in_pieces(sent, pieces, pause)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it was closed while more was sent
        assert wire.rest() == ACCESS_DENIED
        took = time.monotonic() - began
    trial.records.next(event="connect", decision="block", reason=reason, host=FRONT)
    trial.untouched()
    assert len(trial.front.received) == bytes_before
    return took


EVIL_MESSAGE = client_hello(EVIL)
VERSIONS = (0x0300, 0x0301, 0x0302, 0x0303, 0x0304, 0x03FF)


def in_records(message, size, versions=(0x0303,), empty=0):
    """Records of `size` bytes, each of the next version, with empty ones in front."""
    out = record(b"") * empty
    for number, at in enumerate(range(0, len(message), size)):
        out += record(message[at : at + size], version=versions[number % len(versions)])
    return out


SMALL = client_hello(EVIL, alpn=())
T19 = {
    **{
        f"records of {size} bytes": (in_records(SMALL, size), "sni_mismatch")
        for size in range(-(-len(SMALL) // 64), len(SMALL))
        if size < 24 or size % 16 == 0 or size > len(SMALL) - 4
    },
    **{
        f"first record of {size} bytes": (records(EVIL_MESSAGE, size), "sni_mismatch")
        for size in (1, 2, 3, 4, 5, 37, 38, 39, 71, 72, 100, len(EVIL_MESSAGE) - 1)
    },
    **{
        f"version {version:#06x}": (record(EVIL_MESSAGE, version=version), "sni_mismatch")
        for version in VERSIONS
    },
    "mixed versions": (in_records(EVIL_MESSAGE, 9, VERSIONS), "sni_mismatch"),
    "16 empty records": (in_records(EVIL_MESSAGE, 9, empty=16), "sni_mismatch"),
    "17 empty records": (in_records(EVIL_MESSAGE, 300, empty=17), "malformed_client_hello"),
    "64 records": (records(EVIL_MESSAGE, *[1] * 63), "sni_mismatch"),
    "65 records": (records(EVIL_MESSAGE, *[1] * 64), "malformed_client_hello"),
    "records of 1 byte": (in_records(EVIL_MESSAGE, 1), "malformed_client_hello"),
    "an alert between": (
        record(EVIL_MESSAGE[:50]) + record(b"\x01\x00", ALERT) + record(EVIL_MESSAGE[50:]),
        "malformed_client_hello",
    ),
    "change_cipher_spec between": (
        record(EVIL_MESSAGE[:50]) + record(b"\x01", CHANGE_CIPHER_SPEC) + record(EVIL_MESSAGE[50:]),
        "malformed_client_hello",
    ),
    "data between": (
        record(EVIL_MESSAGE[:50]) + record(b"x", APPLICATION_DATA) + record(EVIL_MESSAGE[50:]),
        "malformed_client_hello",
    ),
    "a right hello in one record with another": (
        record(client_hello(FRONT) + EVIL_MESSAGE),
        "malformed_client_hello",
    ),
    "another version between": (
        record(EVIL_MESSAGE[:50]) + record(EVIL_MESSAGE[50:], version=0x0200),
        "malformed_client_hello",
    ),
    "a record of 16 KiB and 1": (
        record(client_hello(FRONT, padding=16_385)[:16_385]),
        "malformed_client_hello",
    ),
}


@pytest.mark.parametrize("shape", T19)
@pytest.mark.parametrize("piece", [1 << 20, 11])
def test_t19_a_hello_over_records_gets_the_verdict_of_the_whole(trial, shape, piece):
    blocked(trial, *T19[shape], piece)


# What is sent, in pieces of how many bytes, how many seconds apart.
T21 = {
    "silence": (b"", 1, 0.1, "not_tls"),
    "one byte": (hello(FRONT)[:1], 1, 0.1, "client_hello_timeout"),
    "a record's head": (hello(FRONT)[:5], 1, 0.1, "client_hello_timeout"),
    "a stop in the middle": (hello(FRONT)[:100], 100, 0.1, "client_hello_timeout"),
    "all but one byte": (hello(FRONT)[:-1], 500, 0.1, "client_hello_timeout"),
    "a byte each 30 ms": (hello(FRONT), 1, 0.03, "client_hello_timeout"),
    "a record each 100 ms": (
        in_records(client_hello(FRONT), 12),
        17,
        0.1,
        "client_hello_timeout",
    ),
    "empty records": (record(b"") * 16, 5, 0.1, "client_hello_timeout"),
    "half a method": (b"GET", 1, 0.3, "not_tls"),
}
SLOW_HOSTS = {shape: f"slow-{number}.allowed.example" for number, shape in enumerate(T21)}


@pytest.fixture(scope="module")
def slow_answers(trial):
    """All of them at once: what each was told, and how late, in seconds from the deadline."""
    trial.records.none_is_left()
    for host in SLOW_HOSTS.values():
        trial.names.set(host, trial.front.address)
    bytes_before = len(trial.front.received)
    with ThreadPoolExecutor(len(T21)) as pool:
        told = dict(zip(T21, pool.map(lambda shape: send_slowly(trial.gate, shape), T21)))
    blocks = [trial.records.next(event="connect", decision="block") for _ in T21]
    assert len(trial.front.received) == bytes_before
    trial.untouched()
    return told, {record["host"]: record["reason"] for record in blocks}


def send_slowly(gate, shape):
    """Piece by piece, until it is closed: what came back, and when after the 200."""
    sent, size, pause, _ = T21[shape]
    with Wire(gate) as wire:
        wire.tunnel(SLOW_HOSTS[shape])
        began = time.monotonic()
        answer = b""
        wire.socket.settimeout(pause)
        for at in range(0, len(sent), size):
            wire.send(sent[at : at + size])
            try:
                answer = wire.socket.recv(1 << 16)
                break
            except TimeoutError:
                pass
        answer += wire.rest(3)
        return answer, time.monotonic() - began - HELLO_SECONDS


@pytest.mark.parametrize("shape", T21)
def test_t21_no_byte_extends_the_deadline_of_a_hello(slow_answers, shape):
    told, reasons = slow_answers
    sent, *_, reason = T21[shape]
    answer, late = told[shape]
    print(f"T21: {shape}: {late * 1000:+.0f} ms from the deadline")
    assert answer == (ACCESS_DENIED if sent[:1] == b"\x16" else b"")
    assert -0.2 < late < 0.2
    assert reasons[SLOW_HOSTS[shape]] == reason
