"""Intercepted connections that end at any stage, by either side, politely or by a reset: no
descriptor and no memory stays behind, and each attempt has exactly one record."""
import asyncio
import contextlib
import itertools
import os
import random
import socket
import ssl
import struct
from collections import Counter
from dataclasses import dataclass

import pytest

from faults import MIB, Leaks, descriptors, raise_descriptor_limit, resident_bytes
from hello import hello
from http_reader import Reader
from http_wire import gather
from interception import TlsOrigin, client_context, cut
from lab import wait_until
from origins import Origin, read_some, reset
from wire import ESTABLISHED

pytestmark = [pytest.mark.attack]

TLS_POLICY = """
    timeouts: {header: 5s, client_hello: 5s, connect: 3s, response: 5s, origin_idle: 1s, drain: 1s}
    rules:
      - {name: read, hosts: ["*.example.org"], methods: [GET, POST]}
"""
BODY = os.urandom(1 << 18)
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)


class Gone(Exception):
    """The client has gone as far as it was to go."""


@dataclass
class Client:
    """One connection, that goes so far; `source` tells its record from all others'."""

    gate: object
    host: str
    stage: str
    ends: str  # `fin` or `reset`
    path: str
    source: str
    heard: bytes = b""
    ended: str = ""  # how the gate's leg ended, where the client stayed to its end

    async def go(self, context):
        self.reader, self.writer = await asyncio.open_connection(
            self.gate.host, self.gate.port, local_addr=(self.source, 0)
        )
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._go(context)
        except Gone:
            pass
        finally:
            self._leave()

    def _leave(self):
        if self.ends == "reset":
            plain = self.writer.transport.get_extra_info("socket")
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    def _reach(self, stage):
        if self.stage == stage:
            raise Gone

    async def _write(self, data):
        self.writer.write(data)
        await self.writer.drain()

    async def _go(self, context):
        connect = f"CONNECT {self.host}:443 HTTP/1.1\r\n\r\n".encode()
        if self.stage == "half a CONNECT":
            await self._write(connect[:20])
        self._reach("half a CONNECT")
        await self._write(connect)
        self._reach("CONNECT")
        assert await self.reader.readexactly(len(ESTABLISHED)) == ESTABLISHED
        self._reach("behind the 200")
        if self.stage == "half a hello":
            await self._write(hello(self.host)[:100])
        self._reach("half a hello")
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.engine = context.wrap_bio(self.incoming, self.outgoing, server_hostname=self.host)
        await self._shake_hands()
        self._reach("behind the handshake")
        asked = f"POST {self.path} HTTP/1.1\r\nHost: {self.host}\r\nContent-Length: 70000\r\n\r\n"
        if self.stage == "half a head":
            await self._say(asked.encode()[:30])
        self._reach("half a head")
        await self._say(asked.encode())
        if self.stage == "half a body":
            await self._say(bytes(30_000))
        self._reach("half a body")
        await self._say(bytes(70_000))
        self._reach("behind the request")
        while await self._hear():
            if len(self.heard) > 50_000:
                self._reach("amid the answer")
            if self.heard.endswith(BODY[-20:]):
                break
        self._reach("amid the answer")

    async def _shake_hands(self):
        while True:
            try:
                self.engine.do_handshake()
                break
            except ssl.SSLWantReadError:
                await self._write(self.outgoing.read())
                self._reach("a hello")
                fresh = await self.reader.read(1 << 16)
                if not fresh:
                    raise ConnectionResetError from None
                self._reach("amid the handshake")
                self.incoming.write(fresh)
        await self._write(self.outgoing.read())

    async def _say(self, data):
        self.engine.write(data)
        await self._write(self.outgoing.read())

    async def _hear(self):
        """False at an end, whose kind is noted."""
        while True:
            try:
                more = self.engine.read(1 << 16)
                self.heard += more
                self.ended = self.ended if more else "fin"
                return bool(more)
            except ssl.SSLWantReadError:
                fresh = await self.reader.read(1 << 16)
                if not fresh:
                    self.ended = "cut"
                    return False
                self.incoming.write(fresh)
            except ssl.SSLZeroReturnError:
                self.ended = "fin"
                return False


CLIENT_STAGES = [
    "half a CONNECT",
    "CONNECT",
    "behind the 200",
    "half a hello",
    "a hello",
    "amid the handshake",
    "behind the handshake",
    "half a head",
    "half a body",
    "behind the request",
    "amid the answer",
    "to the end",
]
# What the origin does of each request, by the beginning of its path.
ORIGIN_STAGES = {
    "/whole": lambda connection: connection.sendall(WHOLE),
    "/nothing": lambda connection: None,
    "/reset": reset,
    "/head": lambda connection: connection.sendall(WHOLE[:10]),
    "/head-reset": lambda connection: (connection.sendall(WHOLE[:10]), reset(connection)),
    "/part": lambda connection: connection.sendall(WHOLE[:90_000]),
    "/part-cut": lambda connection: (connection.sendall(WHOLE[:90_000]), cut(connection)),
    "/part-reset": lambda connection: (connection.sendall(WHOLE[:90_000]), reset(connection)),
    "/unread": None,  # it ends before the body is read
    "/unread-reset": None,
}


def serve(connection, seen):
    reader = Reader(lambda: read_some(connection, seen))
    while head := reader.head():
        stage = head.split(b" ")[1].decode().split("?")[0]
        seen.data.clear()
        if stage.startswith("/unread"):
            if stage.endswith("reset"):
                reset(connection)
            return
        reader.exactly(70_000)
        ORIGIN_STAGES[stage](connection)
        if stage != "/whole":
            return


def hang_up(connection, seen):
    """Amid the gate's handshake."""
    read_some(connection, seen)


def reset_at_once(connection, seen):
    reset(connection)


def clients(gate, hosts, count):
    """So many, each stage of theirs with each of the origin's and each end, in a random order that
    is the same in each run."""
    kinds = list(itertools.product(CLIENT_STAGES, ["fin", "reset"], [*ORIGIN_STAGES, "no TLS"]))
    chance, made = random.Random(7), []
    for number, (stage, ends, plays) in enumerate(itertools.islice(itertools.cycle(kinds), count)):
        host = chance.choice(hosts["no TLS" if plays == "no TLS" else "TLS"])
        path = "/whole" if plays == "no TLS" else plays
        source = f"127.{10 + number // 62500}.{number // 250 % 250}.{number % 250 + 1}"
        made.append(Client(gate, host, stage, ends, f"{path}?{number}", source))
    chance.shuffle(made)
    return made


def go_all(made, context):
    async def go():
        await gather([asyncio.wait_for(each.go(context), 30) for each in made], at_once=64)

    asyncio.run(go())


@pytest.mark.shipped
def test_ends_at_every_stage_leave_nothing_behind(request, lab, gate, ca):
    count = 10_000 if request.config.getoption("--full") else 2_000
    raise_descriptor_limit()
    context, pid = client_context(ca), gate.process.pid
    with TlsOrigin(lab, serve) as origin, Origin(lab, serve=hang_up) as hangs, Origin(
        lab, serve=reset_at_once
    ) as resets:
        hosts = {"TLS": [origin.name], "no TLS": [hangs.name, resets.name]}
        made = clients(gate, hosts, count)
        warm, rest = made[: count // 2], made[count // 2 :]
        leaks, all_before = Leaks(gate), descriptors(pid, "")
        go_all(warm, context)
        leaks.assert_none(15)
        resident = resident_bytes(pid)
        go_all(rest, context)
        leaks.assert_none(15)
        grown = (resident_bytes(pid) - resident) / MIB
        # The resolver's socket may be open still.
        wait_until(lambda: descriptors(pid, "") <= all_before, 10, "the descriptors")
    wait_until(lambda: len(gate.records()) >= count, 10, "the records")
    recorded = Counter(each["client"] for each in gate.records())
    told = Counter((each["event"], each["decision"], each["reason"]) for each in gate.records())
    print(f"{count} connections, {grown:.1f} MiB for the second half; {dict(told)}")
    twice = {source: number for source, number in recorded.items() if number != 1}
    assert not twice, [gate.records(client=source) for source in list(twice)[:3]]
    missing = [each for each in made if each.source not in recorded]
    assert not missing, missing[:3]
    assert grown < 4
    assert not any(each["reason"] == "internal_error" for each in gate.records())
    check_ends(made)


def check_ends(made):
    """Who stayed to the end got the whole answer, or an end that is none, or the gate's words."""
    for each in made:
        if each.stage != "to the end" or not each.heard:
            continue
        head, _, body = each.heard.partition(b"\r\n\r\n")
        if b" 200 " in head.split(b"\r\n")[0]:
            is_whole = body == BODY
            assert is_whole or each.ended != "fin", (each.path, len(body), each.ended)
            assert is_whole == each.path.startswith("/whole"), (each.path, len(body))
        else:
            assert b"HTTP/1.1 502 " in head, head


@pytest.mark.short
def test_an_exchange_that_each_side_ends_at_each_stage_is_recorded_as_it_was(lab, gate, ca):
    """A small storm, for the sanitizers."""
    context = client_context(ca)
    with TlsOrigin(lab, serve) as origin, Origin(lab, serve=hang_up) as hangs:
        hosts = {"TLS": [origin.name], "no TLS": [hangs.name]}
        made = clients(gate, hosts, 264)
        for each in made:
            each.source = each.source.replace("127.10.", "127.99.")
        leaks = Leaks(gate)
        go_all(made, context)
        leaks.assert_none(15)
        wanted = {each.source for each in made}

        def recorded():
            return Counter(each["client"] for each in gate.records() if each["client"] in wanted)

        wait_until(lambda: len(recorded()) == len(wanted), 10, "the records")
        assert set(recorded().values()) == {1}
    check_ends(made)
