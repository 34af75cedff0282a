"""Many attempts at a time from one process: what each was told, and how long that took."""
import asyncio
import time
from dataclasses import dataclass

from wire import ESTABLISHED


@dataclass
class Told:
    """What one attempt was told: a status (0: the connection ended without an answer), the reason
    of a refusal, and the seconds until then."""

    host: str
    status: int
    reason: str
    seconds: float


async def ask(gate, host, port=443, more=b"", source=None):
    """One CONNECT on a connection of its own, with bytes right behind it."""
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection(
        gate.host, gate.port, local_addr=(source, 0) if source else None
    )
    try:
        head = f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n"
        writer.write(head.encode("ascii") + more)
        line = await reader.readline()
        seconds = time.perf_counter() - began
        if line == ESTABLISHED[: len(line)] and line:
            await reader.readexactly(len(ESTABLISHED) - len(line))
            return Told(host, 200, "", seconds)
        words = line.decode("latin-1").split()
        status = int(words[1]) if len(words) > 1 else 0
        return Told(host, status, words[-1] if words else "", seconds)
    except ConnectionError:
        return Told(host, 0, "reset", time.perf_counter() - began)
    finally:
        writer.close()


async def storm(count, at_once, start):
    """`start(number)` makes each attempt; so many are under way at a time. What they were told, in
    no order."""
    numbers = iter(range(count))
    told = []

    async def client():
        for number in numbers:
            told.append(await start(number))

    await asyncio.gather(*(client() for _ in range(at_once)))
    return told


def percentile(seconds, share):
    """The one that this share of them does not exceed."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
