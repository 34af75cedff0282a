"""Origins that see another number of messages on a connection than the gate does: they take no body
where one is, or send one where none may be. Nobody's answer is another's (THREATS.md T49)."""
import time

import pytest

from http_wire import HttpWire, absolute
from origins import Origin, read_some

POLICY = """
    workers: 1
    rules:
      - {name: plain, hosts: ["*.example.org"], schemes: [http], urls: ["http://*/ok/**"]}
"""
SECRET = b"GET /secret HTTP/1.1\r\nHost: x\r\n\r\n"


class NoBodies:
    """An origin for which each head is a request, whatever it says of a body. The answer to /secret
    takes its time. An answer to HEAD is followed by a body, a moment later."""

    def __init__(self):
        self.targets = []

    def serve(self, connection, seen):
        data = b""
        while more := read_some(connection, seen):
            data += more
            while b"\r\n\r\n" in data:
                head, _, data = data.partition(b"\r\n\r\n")
                method, target = head.split()[:2]
                self.targets.append(target.decode())
                if target == b"/secret":
                    time.sleep(0.3)
                body = b"answer to " + target
                told = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
                connection.sendall(told if method == b"HEAD" else told + body)
                if method == b"HEAD":
                    time.sleep(0.1)
                    connection.sendall(body)


@pytest.mark.short
@pytest.mark.attack
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "DELETE", "POST", "PUT", "PATCH"])
def test_a_request_in_a_body_answers_no_other_client(gate, lab, method):
    origin_is = NoBodies()
    with Origin(lab, 80, serve=origin_is.serve) as origin:
        with HttpWire(gate, origin) as attacker, HttpWire(gate, origin) as victim:
            attacker.send(absolute(origin, "/ok/a", method, body=SECRET))
            assert attacker.read_http(method).status == 200
            for _ in range(3):
                assert victim.ask("/ok/victim").body == b"answer to /ok/victim"
                assert attacker.ask("/ok/again").body == b"answer to /ok/again"


@pytest.mark.short
@pytest.mark.attack
def test_a_body_behind_the_answer_to_a_head_answers_nobody(gate, lab):
    with Origin(lab, 80, serve=NoBodies().serve) as origin:
        with HttpWire(gate, origin) as one, HttpWire(gate, origin) as other:
            for _ in range(3):
                assert one.ask("/ok/head", "HEAD").status == 200
                assert other.ask("/ok/victim").body == b"answer to /ok/victim"
