"""Issue 6: curl moves much through the gate, up and down and both at once, in each framing: not one
byte differs, and the gate's memory does not grow with it. 1 GiB is a soak."""
import hashlib
import re
import subprocess

import pytest

from faults import MIB
from http_reader import Cut, Reader
from origins import Origin

pytestmark = pytest.mark.legitimate

POLICY = """
    rules:
      - {name: plain, hosts: ["*.example.org"], schemes: [http]}
"""
PIECE = hashlib.shake_256(b"bulk").digest(MIB + 13)  # repeats within no window of a buffer's size
GROWTH_MAX = 24 * MIB
by_size = pytest.mark.parametrize(
    "size", [64 * MIB, pytest.param(1024 * MIB, marks=pytest.mark.soak)], ids=["64MiB", "1GiB"]
)


def pieces(size):
    for at in range(0, size, len(PIECE)):
        yield PIECE[: size - at]


def digest_of(size):
    told = hashlib.sha256()
    for piece in pieces(size):
        told.update(piece)
    return told.hexdigest()


def send(connection, framing, size):
    """The answer to GET /FRAMING/SIZE."""
    line = {"length": f"Content-Length: {size}\r\n", "chunked": "Transfer-Encoding: chunked\r\n"}
    connection.sendall(f"HTTP/1.1 200 OK\r\n{line.get(framing, '')}\r\n".encode())
    for piece in pieces(size):
        if framing == "chunked":
            piece = b"%x\r\n%s\r\n" % (len(piece), piece)
        connection.sendall(piece)
    if framing == "chunked":
        connection.sendall(b"0\r\n\r\n")


def receive(connection, reader, head):
    """Answers a PUT by the count and the digest of what came."""
    told, count = hashlib.sha256(), 0

    def take(length):
        nonlocal count
        while length:
            if not reader.ahead:
                cut_unless(reader.more())
            data, reader.ahead = reader.ahead[:length], reader.ahead[length:]
            told.update(data)
            count, length = count + len(data), length - len(data)

    length = re.search(rb"\r\nContent-Length: (\d+)\r\n", head)
    if b"\r\nExpect: 100-continue\r\n" in head:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    if length:
        take(int(length[1]))
    else:
        while size := int(line_of(reader), 16):
            take(size)
            assert reader.exactly(2) == b"\r\n"
        assert reader.exactly(2) == b"\r\n"
    body = f"{count} {told.hexdigest()}".encode()
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


def cut_unless(has_more):
    if not has_more:
        raise Cut("within an upload")


def line_of(reader):
    while b"\r\n" not in reader.ahead:
        cut_unless(reader.more())
    line, _, reader.ahead = reader.ahead.partition(b"\r\n")
    return line


def serve(connection, seen):
    reader = Reader(lambda: connection.recv(1 << 18))
    while head := reader.head():
        method, target = head.decode("latin-1").split(" ")[:2]
        if method == "PUT":
            receive(connection, reader, head)
            continue
        _, framing, size = target.split("/")
        send(connection, framing, int(size))
        if framing == "close":
            return


@pytest.fixture(scope="module")
def origin(lab):
    with Origin(lab, 80, serve) as origin:
        yield origin


def memory_bytes(gate, line):
    with open(f"/proc/{gate.process.pid}/status", encoding="ascii") as file:
        return next(int(each.split()[1]) * 1024 for each in file if each.startswith(line))


def start(gate, *arguments):
    """curl, in a shell that hashes what it prints."""
    return subprocess.Popen(
        ["/bin/bash", "-c", "set -o pipefail; " + " ".join(arguments)],
        env=gate.lab.client_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def download(gate, origin, framing, size):
    return start(
        gate,
        f"curl -sS -f -x http://127.0.0.1:{gate.port}",
        f"http://{origin.name}/{framing}/{size} | sha256sum",
    )


def upload(gate, origin, path, *options):
    return start(
        gate,
        f"curl -sS -f -x http://127.0.0.1:{gate.port} -T {path}",
        *options,
        f"http://{origin.name}/up",
    )


@pytest.fixture(scope="module")
def file_of(lab):
    """A file of so many bytes, made once."""
    folder, made = lab.make_folder("bulk"), {}

    def make(size):
        if size not in made:
            made[size] = f"{folder}/{size}"
            with open(made[size], "wb") as file:
                for piece in pieces(size):
                    file.write(piece)
        return made[size]

    return make


def assert_all_whole(gate, size, down=(), up=()):
    """Each has ended well, and told of every byte; the gate is as small as before."""
    digest = digest_of(size)
    for process in (*down, *up):
        out, _ = process.communicate(timeout=500)
        assert process.returncode == 0, out
        wanted = digest if process in down else f"{size} {digest}"
        assert out.startswith(wanted), out
    peak = memory_bytes(gate, "VmHWM")
    print(f"at its peak the gate had {peak / MIB:.1f} MiB")
    assert peak < gate.memory_at_rest + GROWTH_MAX


@pytest.fixture
def watched(gate):
    if not hasattr(gate, "memory_at_rest"):
        gate.memory_at_rest = memory_bytes(gate, "VmRSS")
    return gate


@by_size
@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_a_download_is_whole(watched, origin, framing, size):
    assert_all_whole(watched, size, down=[download(watched, origin, framing, size)])
    record = watched.wait_records(event="request", url=f"http://{origin.name}/{framing}/{size}")[-1]
    assert (record["bytes_down"], record["status"]) == (size, 200)


@by_size
@pytest.mark.parametrize(
    "options",
    [["-H", "'Expect: 100-continue'"], ["-H", "'Transfer-Encoding: chunked'"]],
    ids=["length", "chunked"],
)
def test_an_upload_is_whole(watched, origin, file_of, options, size):
    before = len(watched.records(event="request", method="PUT"))
    assert_all_whole(watched, size, up=[upload(watched, origin, file_of(size), *options)])
    record = watched.wait_records(before + 1, event="request", method="PUT")[-1]
    assert (record["bytes_up"], record["status"]) == (size, 200)


@by_size
def test_both_ways_at_once(watched, origin, file_of, size):
    down = [download(watched, origin, "length", size) for _ in range(2)]
    up = [upload(watched, origin, file_of(size)) for _ in range(2)]
    assert_all_whole(watched, size, down, up)
