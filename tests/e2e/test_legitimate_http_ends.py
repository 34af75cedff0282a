"""Issue 6: exchanges that end before they are over: an origin that answers early, a block in the
middle of an upload, a client that leaves. What was said is heard, and nothing is left behind."""
import subprocess
import threading
import time

import pytest

from faults import Leaks
from http_echo import Echo, request
from http_reader import Reader
from lab import wait_until
from origins import Origin, SilentAddress, read_some
from wire import Wire

pytestmark = pytest.mark.legitimate

POLICY = """
    rules:
      - {name: plain, hosts: ["*.example.org"], schemes: [http]}
"""


@pytest.mark.parametrize("reads_on", [False, True], ids=["stops reading", "reads on"])
def test_an_answer_before_the_end_of_a_large_upload_is_heard(gate, lab, reads_on):
    """The client sends on meanwhile, and must not be reset before it has read the answer."""
    refusal = b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 5\r\n\r\nlarge"
    over = threading.Event()

    def serve(connection, seen):
        read_some(connection, seen)
        connection.sendall(refusal)
        while reads_on and read_some(connection, seen):
            pass
        over.wait(10)

    with Origin(lab, 80, serve) as origin:
        for _ in range(5):
            ran = subprocess.run(
                [
                    "/bin/sh",
                    "-c",
                    f"head -c 30000000 /dev/zero | curl -sS -x http://127.0.0.1:{gate.port} "
                    f"-H Expect: -T - http://{origin.name}/",
                ],
                env=lab.client_environment(),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                timeout=60,
            )
            assert (ran.returncode, ran.stdout) == (0, "large"), ran.stderr
        over.set()


def test_a_blocked_upload_is_told_of_at_once_and_not_read(gate, lab):
    """Clients that do not ask by Expect send on, and must hear the block all the same."""
    for _ in range(5):
        ran = subprocess.run(
            [
                "/bin/sh",
                "-c",
                f"head -c 30000000 /dev/zero | curl -sS -x http://127.0.0.1:{gate.port} "
                "-H Expect: -T - http://evil.example.net/",
            ],
            env=lab.client_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
        assert ran.returncode == 0, ran.stderr
        assert "Reason: host_not_allowed" in ran.stdout


def test_a_client_that_leaves_takes_its_origin_connection_with_it(gate, lab):
    def serve(connection, seen):
        read_some(connection, seen)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with Origin(lab, 80, serve) as origin:
        with Wire(gate) as wire:
            wire.send(request(origin, "/"))
            wire.read(100_000)
        wait_until(lambda: origin.seen[0].ended, what="the end at the origin")
    record = gate.wait_records(event="request", host=origin.name)[-1]
    assert (record["reason"], record["decision"]) == ("client_gone", "allow")


def leave_at_each_step(gate, origin):
    """A client that resets or ends its connection at each step of an upload and of its answer."""
    sent = request(origin, "/left", "POST", body=b"x" * 3000)
    for is_reset in (False, True):
        for at in (1, 20, 60, len(sent) - 3000, len(sent) - 1, len(sent)):
            wire = Wire(gate)
            wire.send(sent[:at])
            time.sleep(0.02)
            if at == len(sent) and not is_reset:
                wire.read(10)
            if is_reset:
                wire.reset()
            else:
                wire.socket.close()


def test_clients_that_leave_at_any_step_leave_nothing_behind(gate, lab):
    with Origin(lab, 80, Echo().serve) as origin:
        leave_at_each_step(gate, origin)
        leaks = Leaks(gate)
        for _ in range(5):
            leave_at_each_step(gate, origin)
        leaks.assert_none()
        with Wire(gate) as wire:
            wire.send(request(origin, "/after"))
            assert b" 200 " in Reader(wire.read_at_once).head()


@pytest.mark.parametrize(
    "host, words",
    [
        ("no-such-name.example.org", ["HTTP/1.1 502 sallyport: dns_failure", "NXDOMAIN"]),
        ("refusing.example.org", ["HTTP/1.1 502 sallyport: connect_failed", "refused"]),
        ("silent.example.org", ["HTTP/1.1 504 sallyport: connect_timeout"]),
        ("empty.example.org", ["HTTP/1.1 502 sallyport: origin_reset"]),
    ],
)
def test_what_cannot_be_reached_is_told(make_gate, lab, host, words):
    """In the person's own tool, and the connection serves on where its words were whole."""
    gate = make_gate(POLICY, timeouts={"connect": "1s"})
    silent = SilentAddress(lab, 80)
    empty = Origin(lab, 80, lambda connection, seen: read_some(connection, seen))
    with silent, empty:
        lab.names.set("refusing.example.org", "52.94.77.99")
        lab.names.set("silent.example.org", silent.address)
        lab.names.set("empty.example.org", empty.address)
        ran = subprocess.run(
            ["/usr/bin/curl", "-si", "-x", f"http://127.0.0.1:{gate.port}", f"http://{host}/"],
            env=lab.client_environment(),
            stdout=subprocess.PIPE,
            text=True,
            timeout=30,
        )
        for each in [*words, f"{host}", "Proxy-Status: sallyport; error="]:
            assert each in ran.stdout, ran.stdout
    record = gate.one_record(event="request", host=host)
    assert record["decision"] == "allow"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "accept, kind",
    [
        ("text/html", b"text/html; charset=utf-8"),
        ("application/json", b"application/json"),
        ("*/*", b"text/plain; charset=utf-8"),
    ],
    ids=["html", "json", "text"],
)
@pytest.mark.parametrize(
    "name, address, told",
    [
        ("no-such-name.example.org", None, b"502 sallyport: dns_failure"),
        ("refusing.example.org", "52.94.77.99", b"502 sallyport: connect_failed"),
        ("guarded.example.org", "10.1.2.3", b"403 Blocked by sallyport: destination_forbidden"),
        ("cut.example.org", "52.94.77.98", b"502 sallyport: origin_reset"),
    ],
    ids=["DNS", "dial", "guard", "origin"],
)
def test_what_stops_a_request_is_told_in_the_form_that_was_asked_for(
    gate, lab, cutting, name, address, told, accept, kind, method
):
    """A browser shows it to a person; a HEAD is answered without a body (RFC 9110, 9.3.2)."""
    if address:
        lab.names.set(name, address)
    with Wire(gate) as wire:
        head = f"{method} http://{name}/ HTTP/1.1\r\nHost: {name}\r\nAccept: {accept}\r\n\r\n"
        wire.send(head.encode())
        reader = Reader(wire.read_at_once)
        head = reader.head()
        assert head.startswith(b"HTTP/1.1 " + told + b"\r\n"), head
        assert b"\r\nContent-Type: " + kind + b"\r\n" in head
        assert b"\r\nCache-Control: no-store\r\n" in head
        if method == "HEAD":
            wire.finish_writing()
            assert reader.rest() == b""


@pytest.fixture(scope="module")
def cutting(lab):
    """An origin that reads a request and ends the connection."""
    cut = Origin(lab, 80, lambda connection, seen: read_some(connection, seen), "52.94.77.98")
    with cut:
        yield cut


@pytest.mark.parametrize(
    "interim, ending, told",
    [
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"", b"502 sallyport: origin_reset"),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", b"", b"502 sallyport: origin_reset"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/9\r\n", b"502 sallyport: origin_malformed"),
    ],
    ids=["100, end", "103, end", "100, no HTTP"],
)
def test_what_goes_wrong_behind_an_interim_answer_is_told_all_the_same(
    gate, lab, interim, ending, told
):
    """An interim answer is none (RFC 9110 section 15.2): the client waits still. Every PUT of
    an AWS SDK has heard a 100 before its body goes."""

    def serve(connection, seen):
        read_some(connection, seen)
        connection.sendall(interim)
        read_some(connection, seen)
        connection.sendall(ending)

    with Origin(lab, 80, serve) as origin, Wire(gate) as wire:
        wire.send(request(origin, "/", "PUT", "Expect: 100-continue\r\n", b"abc")[:-3])
        reader = Reader(wire.read_at_once)
        assert reader.head() == interim
        wire.send(b"abc")
        assert reader.head().startswith(b"HTTP/1.1 " + told + b"\r\n")
    assert gate.one_record(event="request", host=origin.name)["status"] == 502
