"""A program beside a test, so that neither its descriptors nor its turns at the CPU are the test's.

usage: faults_peer.py origin ADDRESS MANNER       an origin on port 443; MANNER: echo, endless,
                                                  deaf; or pages: plain HTTP, on port 80
       faults_peer.py drip PORT COUNT KIND NAME   COUNT clients that dribble heads or hellos
       faults_peer.py fill-pipes                  takes all pipe memory of this user

Prints `ready`; ends when it is killed.
"""
import asyncio
import fcntl
import os
import re
import sys

from hello import hello, record, server_hello

F_SETPIPE_SZ, F_GETPIPE_SZ = 1031, 1032
CLIENTS_PER_ADDRESS = 400
DRIP_SECONDS = 4.0  # between two bytes of one client


def say(text):
    print(text, flush=True)


async def answer_hello(reader, writer):
    if not await reader.read(1 << 16):
        return False
    writer.write(record(server_hello()))
    return True


async def echo(reader, writer):
    if await answer_hello(reader, writer):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()


async def endless(reader, writer):
    """Sends for as long as somebody takes it."""
    if await answer_hello(reader, writer):
        piece = bytes(1 << 16)
        while True:
            writer.write(piece)
            await writer.drain()


async def deaf(reader, writer):
    """Reads the hello and nothing more."""
    if await answer_hello(reader, writer):
        writer.transport.pause_reading()
        await asyncio.sleep(3600)


async def pages(reader, writer):
    """Answers requests, once their bodies are there."""
    page = bytes(1 << 18)
    while head := await reader.readuntil(b"\r\n\r\n"):
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)\r\n", head)
        await reader.readexactly(int(length[1]) if length else 0)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(page) + page)
        await writer.drain()


async def serve_origin(address, manner):
    behave = {"echo": echo, "endless": endless, "deaf": deaf, "pages": pages}[manner]

    async def serve(reader, writer):
        try:
            await behave(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        writer.close()

    port = 80 if manner == "pages" else 443
    server = await asyncio.start_server(serve, address, port, backlog=4096, limit=1 << 16)
    say("ready")
    await server.serve_forever()


async def dribble(port, number, kind, name, connected):
    """One client that never gets to the end of what it says, again and again."""
    source = f"10.20.9.{number // CLIENTS_PER_ADDRESS + 1}"
    head = f"CONNECT {name}:443 HTTP/1.1\r\n".encode()
    while True:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, local_addr=(source, 0), limit=1 << 10
        )
        connected.release()
        try:
            drops = head + b"X-Slow: " + b"x" * 1000
            if kind == "hello":
                writer.write(head + b"\r\n")
                await reader.readexactly(39)
                drops = hello(name)
            ended = asyncio.ensure_future(reader.read(1))
            for at in range(len(drops)):
                writer.write(drops[at : at + 1])
                if (await asyncio.wait([ended], timeout=DRIP_SECONDS))[0]:
                    ended.result()
                    break
        except (OSError, asyncio.IncompleteReadError):
            pass
        writer.close()


async def drip(port, count, kind, name):
    connected = asyncio.Semaphore(0)
    clients = asyncio.gather(*(dribble(port, each, kind, name, connected) for each in range(count)))
    for _ in range(count):
        await connected.acquire()
    say("ready")
    await clients


def fill_pipes():
    """Takes pipes until the next one is small, then as many more as a gate could free."""
    sizes = []
    while len(sizes) < 1200:
        ends = os.pipe()
        sizes.append(fcntl.fcntl(ends[0], F_GETPIPE_SZ))
    assert sizes[-1] < sizes[0], "this user's pipes have no end"
    say("ready")
    asyncio.run(asyncio.sleep(3600))


def main(what, *arguments):
    if what == "origin":
        asyncio.run(serve_origin(*arguments))
    elif what == "drip":
        port, count, kind, name = arguments
        asyncio.run(drip(int(port), int(count), kind, name))
    else:
        fill_pipes()


if __name__ == "__main__":
    main(*sys.argv[1:])
