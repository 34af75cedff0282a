"""What the rules grant of an answer, where the answer makes it hard to say: two types, no length, a
policy that changes while the origin thinks; and what is recorded and told of it."""
import time

import pytest

from http_origin import HttpOrigin, answer
from http_wire import HttpWire, absolute

POLICY = """
    workers: 1
    timeouts: {idle: 1s, drain: 1s}
    rules:
      - {name: pages, hosts: ["*.example.org"], schemes: [http], content_types: [text/html]}
      - {name: small, hosts: ["*.example.com"], schemes: [http], limits: {download_bytes: 1000}}
"""
HTML = "Content-Type: text/html\r\n"
OTHER = "Content-Type: application/zip\r\n"


@pytest.fixture
def asked(gate, lab):
    """Asks one request of an origin that answers so; (answer, record)."""

    def ask(said, *, domain="example.org", method="GET", body=b""):
        with HttpOrigin(lab, script=lambda _: said) as origin:
            origin.name = origin.name.replace("example.org", domain)
            lab.names.set(origin.name, origin.address)
            with HttpWire(gate, origin) as wire:
                told = wire.ask("/", method, body=body)
        return told, gate.one_record(host=origin.name)

    return ask


@pytest.mark.short
@pytest.mark.attack
@pytest.mark.parametrize("fields", [HTML + OTHER, OTHER + HTML, OTHER, ""])
def test_an_answer_of_two_types_is_of_none(asked, fields):
    """Clients differ in which of two they believe."""
    told, record = asked(answer(b"PK", fields=fields))
    assert (told.status, told.reason) == (403, "content_type_not_allowed")
    assert (record["reason"], record["rule"]) == ("content_type_not_allowed", "pages")


@pytest.mark.short
@pytest.mark.legitimate
@pytest.mark.parametrize("fields", [HTML, "content-type:TEXT/HTML; charset=utf-8\r\n"])
def test_an_answer_of_the_type_passes(asked, fields):
    told, _ = asked(answer(b"page", fields=fields))
    assert (told.status, told.body) == (200, b"page")


@pytest.mark.short
@pytest.mark.legitimate
def test_where_no_rule_lists_types_two_pass(asked):
    told, _ = asked(answer(b"page", fields=HTML + HTML), domain="example.com")
    assert (told.status, told.body) == (200, b"page")


@pytest.mark.short
def test_what_went_up_is_recorded_though_the_answer_is_blocked(asked):
    body = b"x" * 50_000
    told, record = asked(answer(b"PK", fields=OTHER), method="POST", body=body)
    assert told.status == 403
    assert record["bytes_up"] == len(body)


@pytest.mark.short
@pytest.mark.attack
@pytest.mark.parametrize("framing", ["close", "chunked", "length"])
def test_an_answer_that_is_over_the_limit_at_once_is_told_so(asked, framing):
    said = answer(b"x" * 5000, framing=framing)
    told, record = asked([said, "fin"], domain="example.com")
    assert (told.status, told.reason) == (403, "download_limit")
    assert (record["reason"], record["status"]) == ("download_limit", 403)


@pytest.mark.short
def test_the_status_of_an_idle_exchange_is_told_as_it_is_recorded(gate, lab):
    with HttpOrigin(lab) as origin, HttpWire(gate, origin) as wire:
        wire.send(absolute(origin, "/", "POST", "Content-Length: 10\r\n", b"half"))
        told = wire.read_http()
        record = gate.one_record(host=origin.name)
    assert told.reason == record["reason"] == "idle_timeout"
    assert told.status == record["status"]


@pytest.mark.short
@pytest.mark.attack
def test_an_answer_that_comes_behind_a_reload_has_the_limits_of_now(make_gate, lab):
    gate = make_gate(POLICY.replace("download_bytes: 1000", "download_bytes: 1000000"))
    said = [1.0, answer(b"x" * 50_000)]
    with HttpOrigin(lab, script=lambda _: said) as origin:
        origin.name = origin.name.replace("example.org", "example.com")
        lab.names.set(origin.name, origin.address)
        with HttpWire(gate, origin) as wire:
            wire.send(absolute(origin, "/"))
            time.sleep(0.3)
            gate.reload(POLICY)
            told = wire.read_http()
        assert (told.status, told.reason) == (403, "download_limit")
    assert gate.one_record(host=origin.name)["rule"] == "small"
