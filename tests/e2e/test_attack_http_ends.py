"""Ends that must not look like other ends, and last bytes that must not be lost: what the client
was told is what happened, and the record says it."""
import socket
import time

import pytest

from http_origin import FIN, RESET, HttpOrigin, answer
from http_wire import HttpWire, absolute, in_tunnel

POLICY = """
    workers: 1
    rules:
      - {name: plain, hosts: ["*.example.org"], schemes: [http]}
      - {name: small, hosts: ["*.example.com"], schemes: [http], limits: {upload_bytes: 1000}}
      - {name: pages, hosts: ["*.example.net"], schemes: [http], content_types: [text/html]}
"""
MB = 1_000_000


def of_domain(lab, origin, domain):
    """The origin under a name of another rule."""
    origin.name = origin.name.replace("example.org", domain)
    lab.names.set(origin.name, origin.address)


@pytest.mark.short
@pytest.mark.attack
@pytest.mark.parametrize("size", [1000, 3 * MB, 20 * MB])
@pytest.mark.parametrize("framing", ["close", "length"])
def test_an_answer_that_its_origin_resets_is_no_whole_one(gate, lab, framing, size):
    """Also where the gate moves it by splice(2), which is told of the reset once."""
    said = answer(b"x" * size, framing=framing)
    cut = said if framing == "close" else said[:-1]
    with HttpOrigin(lab, script=lambda _: [cut, 0.2, RESET]) as origin:
        with HttpWire(gate, origin) as wire:
            told = wire.ask("/")
            record = gate.one_record(host=origin.name)
    assert wire.ended == "reset" if framing == "close" else not told.is_whole
    assert record["reason"] == "origin_reset"


@pytest.mark.short
@pytest.mark.legitimate
@pytest.mark.parametrize("size", [3 * MB])
def test_an_answer_that_ends_by_close_is_whole(gate, lab, size):
    said = answer(b"x" * size, framing="close")
    with HttpOrigin(lab, script=lambda _: [said, 0.2, FIN]) as origin:
        with HttpWire(gate, origin) as wire:
            assert len(wire.ask("/").body) == size
            assert wire.ended == "fin"
            assert gate.one_record(host=origin.name)["reason"] == "allowed"


@pytest.mark.short
@pytest.mark.attack
def test_a_connect_behind_a_request_whose_tunnel_is_read_has_no_record(gate, lab):
    with HttpOrigin(lab) as origin, HttpWire(gate, origin) as wire:
        assert wire.ask("/before").status == 200
        wire.send(f"CONNECT {origin.name}:80 HTTP/1.1\r\n\r\n".encode())
        assert wire.read_line().startswith(b"HTTP/1.1 200 ") and wire.read_line() == b"\r\n"
        for path in ("/one", "/two"):
            assert wire.send(in_tunnel(origin, path)).read_http().status == 200
        records = gate.wait_records(host=origin.name, count=3)
    time.sleep(0.3)
    records = gate.records(host=origin.name)
    assert [each["event"] for each in records] == ["request"] * 3
    assert {each["decision"] for each in records} == {"allow"}


@pytest.mark.legitimate
@pytest.mark.parametrize("early", ["the gate's", "the origin's"])
def test_an_early_answer_reaches_who_reads_only_behind_a_slow_upload(gate, lab, early):
    """3 MB at 600 KB/s: longer than a client is borne that says nothing."""
    size, said = 3 * MB, answer(b"who are you?", status="401 Unauthorized")
    with HttpOrigin(lab, script=lambda _: [said], at="head") as origin:
        if early == "the gate's":
            of_domain(lab, origin, "example.com")
        with HttpWire(gate, origin) as wire:
            wire.send(absolute(origin, "/", "POST", f"Content-Length: {size}\r\n"))
            for _ in range(50):
                wire.send(b"x" * (size // 50))
                time.sleep(0.1)
            assert wire.read_http().status == (413 if early == "the gate's" else 401)


@pytest.mark.legitimate
def test_the_tail_of_an_answer_is_not_lost_where_its_client_asks_on(gate, lab):
    """An answer that ends by close is behind the gate long before a slow client has read it."""
    said = answer(b"x" * 4 * MB, framing="close")
    with HttpOrigin(lab, script=lambda _: [said, FIN]) as origin:
        with HttpWire(gate, origin) as wire:
            wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
            wire.send(absolute(origin, "/"))
            got, has_asked = 0, False
            while data := wire.socket.recv(1 << 16):
                got += len(data)
                time.sleep(len(data) / (0.8 * MB))
                if got > 2 * MB and not has_asked:
                    wire.send(absolute(origin, "/more"))
                    has_asked = True
    assert got >= 4 * MB


@pytest.mark.short
@pytest.mark.attack
def test_the_record_of_a_host_that_differs_names_what_was_asked(gate, lab):
    with HttpWire(gate) as wire:
        wire.send(b"PUT http://a.example.org/x?y=1 HTTP/1.1\r\nHost: b.example.org\r\n\r\n")
        assert wire.read_http().reason == "host_mismatch"
    record = gate.wait_records(reason="host_mismatch")[-1]
    told = [record[key] for key in ("method", "host", "port", "url", "query_names")]
    assert told == ["PUT", "a.example.org", 80, "http://a.example.org/x", ["y"]]


@pytest.mark.short
@pytest.mark.attack
def test_a_query_without_names_is_not_recorded(gate, lab):
    with HttpOrigin(lab) as origin, HttpWire(gate, origin) as wire:
        assert wire.ask("/?eyJhbGciOiJIUzI1NiJ9.token&a=1&flag&b=").status == 200
        assert gate.one_record(host=origin.name)["query_names"] == ["a", "flag", "b"]


@pytest.mark.short
@pytest.mark.legitimate
@pytest.mark.parametrize(
    "said",
    [
        answer(status="200 OK"),
        answer(status="201 Created"),
        answer(status="302 Found", fields="Location: /elsewhere\r\n"),
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\n\r\n",
    ],
)
def test_an_answer_without_a_body_needs_no_type(gate, lab, said):
    with HttpOrigin(lab, script=lambda _: said) as origin:
        of_domain(lab, origin, "example.net")
        with HttpWire(gate, origin) as wire:
            assert wire.ask("/").status == int(said.split()[1])
