"""Issue 6: exchanges that end before they are over: an origin that answers early, a block in the
middle of an upload, a client that leaves. What was said is heard, and nothing is left behind."""
import subprocess
import threading

import pytest

from http_echo import request
from lab import wait_until
from origins import Origin, read_some
from wire import Wire

pytestmark = pytest.mark.legitimate

POLICY = """
    rules:
      - {name: plain, hosts: ["*.example.org"], schemes: [http]}
"""


@pytest.fixture(scope="module")
def gate(share_gate):
    return share_gate(POLICY)


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
