"""What an intercepted connection records: each exchange as a `request`, or, where none came, one
`connect` that says why. Clients that do not trust our CA are told of once in the operator's log."""
import os
import re
import socket
import ssl
import subprocess
import time

import pytest

from gate import settle
from hello import hello
from http_origin import HttpOrigin
from http_wire import HttpWire
from interception import (
    TlsHttpOrigin,
    TlsHttpWire,
    client_context,
    raw_tunnel,
)

TLS_POLICY = """
    timeouts: {client_hello: 1s, header: 1s, keep_alive: 2s, drain: 1s}
    rules:
      - {name: read, hosts: ["*.example.org"], methods: [GET, HEAD, POST]}
      - {name: plain, hosts: ["*.example.org"], methods: [GET], schemes: [http]}
"""
TOLD = ("event", "decision", "reason", "rule", "tls", "status")


@pytest.fixture(scope="module")
def origin(lab):
    with TlsHttpOrigin(lab) as origin:
        yield origin


def told(gate, host, count=1):
    """What the host's records say, once there are so many and no more come."""
    gate.wait_records(count, host=host)
    settle(0.1)
    return [tuple(each.get(key) for key in TOLD) for each in gate.records(host=host)]


@pytest.mark.short
def test_each_exchange_is_a_request_and_no_connect_is_written(lab, gate, ca):
    with TlsHttpOrigin(lab) as origin, TlsHttpWire(gate, origin, ca, alpn=["http/1.1"]) as wire:
        wire.ask("/one?token=xyzzy")
        wire.ask("/two", "POST", body=b"12345")
        wire.ask("/three", "DELETE", "Connection: close\r\n")
        allowed, block = ("request", "allow", "allowed"), ("request", "block", "method_not_allowed")
        assert told(gate, origin.name, 3) == [
            (*allowed, "read", "intercepted", 200),
            (*allowed, "read", "intercepted", 200),
            (*block, "read", "intercepted", 403),
        ]
        first, second, third = gate.records(host=origin.name)
    assert (first["method"], first["scheme"], first["port"]) == ("GET", "https", 443)
    assert first["url"] == f"https://{origin.name}/one" and "xyzzy" not in str(first)
    assert first["origin"] == origin.address and "origin" not in third
    assert second["bytes_up"] >= 5 and second["bytes_down"] > 0
    assert len({each["id"] for each in (first, second, third)}) == 3


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_malformed_request_in_a_tunnel_is_recorded_with_its_host(lab, gate, ca, scheme):
    make = {"http": HttpOrigin, "https": TlsHttpOrigin}[scheme]
    with make(lab) as origin:
        wire = TlsHttpWire(gate, origin, ca) if scheme == "https" else HttpWire(gate, origin)
        with wire:
            if scheme == "http":
                wire.tunnel(origin.name, 80)
            assert wire.send(b"GET /x HTTP/1.1\r\n\r\n").read_http().status == 400
        found = gate.one_record(reason="malformed_request", host=origin.name)
    assert (found["event"], found["scheme"], found["after"]) == ("request", scheme, "request")
    assert found.get("tls") == ("intercepted" if scheme == "https" else None)


UNTRUSTING = {
    "curl": ["/usr/bin/curl", "-sS", "-x", "PROXY", "https://HOST/"],
    "wget": ["/usr/bin/wget", "-t", "1", "-O", "-", "https://HOST/"],
    "openssl": [
        *["/usr/bin/openssl", "s_client", "-proxy", "ADDRESS", "-connect", "HOST:443"],
        *["-servername", "HOST", "-verify_return_error", "-no_ign_eof"],
    ],
    "git": ["/usr/bin/git", "-c", "http.proxy=PROXY", "ls-remote", "https://HOST/x"],
    "python": [
        *["/usr/bin/python3", "-c"],
        "import urllib.request as u; u.urlopen('https://HOST/').read()",
    ],
}
DISTRUST = re.compile(
    r"(?i)self.signed certificate|certificate verif|not trusted|unable to get|verification failed"
)


@pytest.mark.parametrize("client", UNTRUSTING)
def test_a_client_that_does_not_trust_the_ca_is_one_connect_and_one_line(lab, gate, client):
    with TlsHttpOrigin(lab) as origin:
        words = {"PROXY": f"http://127.0.0.1:{gate.port}", "HOST": origin.name}
        words["ADDRESS"] = f"127.0.0.1:{gate.port}"
        command = UNTRUSTING[client]
        for word, value in words.items():
            command = [part.replace(word, value) for part in command]
        for _ in range(3):
            ran = subprocess.run(
                command,
                env=lab.client_environment(https_proxy=words["PROXY"]),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=30,
                check=False,
            )
            assert ran.returncode != 0 and DISTRUST.search(ran.stderr + ran.stdout), ran
        wanted = ("connect", "allow", "client_tls_failed", None, "intercepted", 200)
        assert told(gate, origin.name, 3) == [wanted] * 3
        assert origin.requests == []
    lines = [line for line in gate.stderr().splitlines() if origin.name in line]
    assert len(lines) == 1 and "sallyport env" in lines[0], lines


OFFERS = {
    "h2": ["h2"],
    "h2 and others": ["h2", "spdy/3.1"],
    "HTTP/0.9 alone": ["http/0.9"],
    "ACME": ["acme-tls/1"],
    "MQTT": ["mqtt"],
    "upper case": ["HTTP/1.1"],
}


@pytest.mark.short
@pytest.mark.parametrize("row", OFFERS)
def test_a_client_that_speaks_no_http_1_is_told_so_by_its_alert(lab, gate, ca, row):
    with TlsHttpOrigin(lab) as origin:
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with pytest.raises(ssl.SSLError, match="(?i)no.application.protocol"):
                TlsHttpWire(gate, origin, ca, alpn=OFFERS[row], version=version)
        wanted = ("connect", "allow", "http2_required", None, "intercepted", 200)
        assert told(gate, origin.name, 2) == [wanted] * 2
        assert origin.requests == []
    lines = [line for line in gate.stderr().splitlines() if origin.name in line]
    assert len(lines) == 1 and "intercept: never" in lines[0], lines


@pytest.mark.parametrize("offered", [["http/1.1"], ["h2", "http/1.1"], ["http/1.1", "h2"], []])
def test_a_client_that_speaks_http_1_1_too_is_served_by_it(gate, origin, ca, offered):
    with TlsHttpWire(gate, origin, ca, alpn=offered) as wire:
        assert wire.socket.selected_alpn_protocol() == ("http/1.1" if offered else None)
        assert wire.ask("/").status == 200


@pytest.mark.legitimate
@pytest.mark.parametrize("offered", [["http/1.0"], ["h2", "http/1.0"]])
def test_a_client_of_http_1_0_is_served_by_it(lab, gate, ca, offered):
    with TlsHttpOrigin(lab) as origin, TlsHttpWire(gate, origin, ca, alpn=offered) as wire:
        assert wire.socket.selected_alpn_protocol() == "http/1.0"
        wire.send(f"GET /old HTTP/1.0\r\nHost: {origin.name}\r\n\r\n".encode())
        answer = wire.read_http()
        assert (answer.status, answer.body) == (200, b"GET /old 0")
        assert wire.read_all() == b"" and wire.ended == "fin"
        assert told(gate, origin.name) == [
            ("request", "allow", "allowed", "read", "intercepted", 200)
        ]


def leave(connection, how):
    if how == "reset":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()


def begin_handshake(gate, name, ca, upto):
    """A tunnel whose client has gone so far: how many of the gate's flights it has read."""
    connection = raw_tunnel(gate, name)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    engine = client_context(ca).wrap_bio(incoming, outgoing, server_hostname=name)
    for flight in range(upto + 1):
        try:
            engine.do_handshake()
        except ssl.SSLWantReadError:
            pass
        connection.sendall(outgoing.read())
        if flight < upto:
            incoming.write(connection.recv(1 << 16))
    return connection, engine


GOES = {
    "behind the 200": (lambda gate, name, ca: raw_tunnel(gate, name), "client_gone", "none"),
    "within its hello": (
        lambda gate, name, ca: send(raw_tunnel(gate, name), hello(name)[:60]),
        "client_gone",
        "none",
    ),
    "behind its hello": (
        lambda gate, name, ca: begin_handshake(gate, name, ca, 0)[0],
        "client_gone",
        "intercepted",
    ),
    "amid the handshake": (
        lambda gate, name, ca: heard(send(raw_tunnel(gate, name), hello(name, alpn=()))),
        "client_gone",
        "intercepted",
    ),
    "right behind the handshake": (  # so do clients that look at the leaf this late
        lambda gate, name, ca: begin_handshake(gate, name, ca, 1)[0],
        "client_tls_failed",
        "intercepted",
    ),
}


def send(connection, data):
    connection.sendall(data)
    return connection


def heard(connection):
    assert connection.recv(1 << 16)
    return connection


@pytest.mark.parametrize("how", ["fin", "reset"])
@pytest.mark.parametrize("row", GOES)
def test_a_client_that_goes_before_its_first_request_is_one_connect(lab, gate, ca, row, how):
    arrive, reason, tls = GOES[row]
    with TlsHttpOrigin(lab) as origin:
        leave(arrive(gate, origin.name, ca), how)
        [found] = told(gate, origin.name)
        assert found[:3] == ("connect", "allow", reason), found
        assert (found[4] or "none") == tls, found
        assert origin.requests == []
    lines = [line for line in gate.stderr().splitlines() if origin.name in line]
    assert len(lines) == (reason == "client_tls_failed"), lines


def test_a_client_that_says_close_notify_without_a_request_is_one_connect(lab, gate, ca):
    with TlsHttpOrigin(lab) as origin:
        with TlsHttpWire(gate, origin, ca) as wire:
            wire.socket.unwrap()
        [found] = told(gate, origin.name)  # so soon, it did not like what it was shown
        assert found == ("connect", "allow", "client_tls_failed", None, "intercepted", 200)
        with TlsHttpWire(gate, origin, ca) as wire:
            settle(1.1)
            wire.socket.unwrap()
        assert told(gate, origin.name, 2)[1][2] == "client_gone"


# How far a client comes that says nothing more, why it is ended then, and after how long.
STALLS = {
    "behind the 200": (lambda gate, name, ca: raw_tunnel(gate, name), "not_tls", 1),
    "amid the handshake": (
        lambda gate, name, ca: heard(send(raw_tunnel(gate, name), hello(name, alpn=()))),
        "client_tls_failed",
        1,
    ),
    "behind the handshake": (
        lambda gate, name, ca: begin_handshake(gate, name, ca, 1)[0],
        "header_timeout",
        2,
    ),
}


@pytest.mark.parametrize("row", STALLS)
def test_a_client_that_says_nothing_is_ended_in_time_and_is_one_connect(lab, gate, ca, row):
    arrive, reason, seconds = STALLS[row]
    with TlsHttpOrigin(lab) as origin:
        began = time.monotonic()
        with arrive(gate, origin.name, ca) as connection:
            while connection.recv(1 << 16):
                pass
        assert seconds - 0.2 < time.monotonic() - began < seconds + 2
        [found] = told(gate, origin.name)
        assert found[:3:2] == ("connect", reason), found


def test_a_client_that_stalls_amid_the_handshake_is_not_taken_for_an_untrusting_one(lab, gate, ca):
    with TlsHttpOrigin(lab) as origin:
        with STALLS["amid the handshake"][0](gate, origin.name, ca) as connection:
            while connection.recv(1 << 16):
                pass
        told(gate, origin.name)
    [line] = [line for line in gate.stderr().splitlines() if origin.name in line]
    assert line.endswith("it did not finish the handshake in time")


def test_a_first_request_that_is_never_finished_is_a_connect(lab, gate, ca):
    """None has arrived, so it is the tunnel that ended."""
    with TlsHttpOrigin(lab) as origin, TlsHttpWire(gate, origin, ca) as wire:
        wire.send(f"GET /half HTTP/1.1\r\nHost: {origin.name}\r\nX: ".encode())
        assert wire.assert_ended() in ("fin", "truncated")
        [found] = told(gate, origin.name)
        assert found == ("connect", "allow", "header_timeout", None, "intercepted", 200)


def test_a_second_request_that_is_never_finished_is_a_request(lab, gate, ca):
    with TlsHttpOrigin(lab) as origin, TlsHttpWire(gate, origin, ca) as wire:
        assert wire.ask("/whole").status == 200
        wire.send(f"GET /half HTTP/1.1\r\nHost: {origin.name}\r\nX: ".encode())
        answer = wire.read_http()
        assert (answer.status, answer.reason) == (408, "header_timeout")
        assert [each[:3] for each in told(gate, origin.name, 2)] == [
            ("request", "allow", "allowed"),
            ("request", "block", "header_timeout"),
        ]


@pytest.mark.short
def test_the_metrics_tell_of_leaves_and_of_the_ca(lab, gate, ca):
    def leaves(result):
        return gate.metric("sallyport_leaf_cache_total", result=result)

    before = leaves("miss"), leaves("hit")
    with TlsHttpOrigin(lab) as origin:
        for _ in range(20):
            with TlsHttpWire(gate, origin, ca) as wire:
                assert wire.ask().status == 200
    workers = os.cpu_count()
    misses, hits = leaves("miss") - before[0], leaves("hit") - before[1]
    assert misses + hits == 20 and 1 <= misses <= workers, (misses, hits)
    ends = subprocess.run(
        ["/usr/bin/openssl", "x509", "-in", ca[0], "-noout", "-enddate"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    ends = ssl.cert_time_to_seconds(ends.removeprefix("notAfter="))
    assert gate.metric("sallyport_ca_expiry_timestamp_seconds") == ends
