"""The ClientHello: read over any pieces and records, its SNI held against the CONNECT, passed on
unchanged."""
import pytest

from hello import (
    ACCESS_DENIED,
    APPLICATION_DATA,
    CHANGE_CIPHER_SPEC,
    HTTP2_PREFACE,
    client_hello,
    hello,
    record,
    records,
)
from origins import Origin, hello_retry, only_listen, speak_first
from wire import Wire

POLICY = """
    timeouts: {header: 2s, client_hello: 1s, connect: 3s, idle: 60s, drain: 1s}
    rules:
      - {name: any-bytes, hosts: [o-any.example.org], tls: optional, ports: [443, 22]}
      - {name: origins, hosts: ["*.example.org"], except_hosts: [o-any.example.org]}
"""
pytestmark = pytest.mark.short


def assert_passes(gate, origin, sent):
    """The origin gets exactly these bytes and its answer comes back."""
    told = {"event": "connect", "host": origin.name, "decision": "allow"}
    before = len(gate.records(**told))
    with Wire(gate) as wire:
        wire.tunnel(origin.name).send(sent)
        assert wire.read_record()[0] == 22
    assert origin.seen[-1].data == sent
    return gate.wait_records(before + 1, **told)[-1]


def assert_blocked(gate, origin, sent, reason, pause=0.0, size=1 << 20):
    """The client is told by an alert (where it spoke no TLS, an HTTP answer or a bare end will do);
    0 bytes reach the origin."""
    before = len(gate.records(reason=reason, host=origin.name))
    bytes_before = len(origin.received)
    with Wire(gate) as wire:
        told = wire.tunnel(origin.name).send_in_pieces(sent, size, pause).rest()
    record = gate.wait_records(before + 1, reason=reason, host=origin.name)[-1]
    assert len(origin.received) == bytes_before
    assert (record["event"], record["decision"], record["status"], record["after"]) == (
        "connect",
        "block",
        200,
        "first_bytes",
    )
    if sent[:1] == b"\x16":
        assert told == ACCESS_DENIED
    else:
        assert told in (b"", ACCESS_DENIED) or told.startswith(b"HTTP/1.1 403 ")
    return record


@pytest.mark.parametrize(
    "spelling",
    [str, str.upper, lambda name: name + ".", lambda name: name.title() + "."],
    ids=["as it is", "upper case", "trailing dot", "both"],
)
@pytest.mark.legitimate
def test_an_sni_that_is_canonically_the_connect_host_passes_unchanged(gate, origin, spelling):
    record = assert_passes(gate, origin, hello(spelling(origin.name)))
    assert (record["sni"], record["tls"], record["alpn"]) == (
        origin.name,
        "passthrough",
        "h2,http/1.1",
    )


@pytest.mark.attack
def test_an_absent_sni_is_blocked(gate, origin):
    record = assert_blocked(gate, origin, hello(), "sni_missing")
    assert record["rule"] == "origins"


@pytest.mark.attack
@pytest.mark.parametrize(
    "other", ["evil.example.net", "o1.example.org", "example.org", "www.{name}"]
)
def test_a_different_sni_is_blocked(gate, origin, other):
    record = assert_blocked(gate, origin, hello(other.format(name=origin.name)), "sni_mismatch")
    assert "rule" not in record and record["sni"] == other.format(name=origin.name)


@pytest.mark.attack
@pytest.mark.parametrize(
    "names",
    [
        ("{name}", "evil.example.net"),
        ("{name}", "{name}"),
        ("127.0.0.1",),
        ("",),
        ("{name}\0",),
        ("a b",),
        ("..",),
        ("{name}:443",),
    ],
)
def test_an_sni_that_is_no_single_host_name_is_blocked(gate, origin, names):
    assert_blocked(
        gate,
        origin,
        hello(*[name.format(name=origin.name) for name in names]),
        "malformed_client_hello",
    )


@pytest.mark.attack
@pytest.mark.parametrize(
    "begun",
    [
        b"\x16\x03\x01\x00\x04\x02\x00\x00\x00",
        b"\x16\x03\x01\xff\xff" + bytes(600),
        b"\x16\x02\x00" + bytes(60),
        record(b"\x01\x00\x00\x05hello"),
        record(b"\x01\xff\xff\xff" + bytes(600)),
    ],
    ids=["a ServerHello", "a record too long", "SSL 2", "5 bytes of hello", "a hello of 16 MiB"],
)
def test_a_tls_record_that_holds_no_hello_is_blocked(gate, origin, begun):
    assert_blocked(gate, origin, begun, "malformed_client_hello")


@pytest.mark.attack
@pytest.mark.parametrize(
    "first, reason",
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "not_tls"),
        (HTTP2_PREFACE, "not_tls"),
        (bytes(range(128, 256)), "not_tls"),
        (b"\0", "not_tls"),
        (b"hello\r\n", "not_tls"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "scheme_not_allowed"),
    ],
    ids=["SSH", "HTTP/2 preface", "garbage", "NUL", "words", "HTTP"],
)
def test_what_is_not_tls_is_blocked(gate, origin, first, reason):
    record = assert_blocked(gate, origin, first, reason)
    assert record["rule"] == "origins" and "sni" not in record


@pytest.mark.attack
def test_silence_in_a_tunnel_is_blocked_when_the_time_is_over(gate, origin):
    assert_blocked(gate, origin, b"", "not_tls")


@pytest.mark.attack
def test_a_hello_that_does_not_end_in_time_is_blocked(gate, origin):
    assert_blocked(gate, origin, hello(origin.name)[:-1], "client_hello_timeout")


@pytest.mark.legitimate
def test_a_hello_cut_at_every_byte_is_read(gate, origin, full):
    sent = hello(origin.name)
    offsets = (
        range(1, len(sent))
        if full
        else sorted({1, 4, 5, 6, 9, 43, 44, len(sent) // 2, len(sent) - 1, *range(80, 130, 7)})
    )
    for offset in offsets:
        with Wire(gate) as wire:
            wire.tunnel(origin.name).send(sent[:offset])
            assert wire.is_silent(0.02), offset
            assert wire.send(sent[offset:]).read_record()[0] == 22, offset
        assert origin.seen[-1].data == sent, offset


@pytest.mark.attack
def test_a_different_name_is_found_wherever_the_hello_is_cut(gate, origin, full):
    sent = hello("evil.example.net")
    for size in range(1, 200, 1 if full else 40):
        assert_blocked(gate, origin, sent, "sni_mismatch", pause=0.001, size=size)


@pytest.mark.attack
@pytest.mark.parametrize("sizes", [(1,), (4,), (5, 5, 5), (60,) * 3, (1,) * 50], ids=str)
def test_a_hello_over_several_records_is_read(gate, origin, sizes):
    assert_passes(gate, origin, records(client_hello(origin.name), *sizes))
    assert_blocked(gate, origin, records(client_hello("evil.example.net"), *sizes), "sni_mismatch")


@pytest.mark.legitimate
def test_a_hello_of_60_kib_is_read(gate, origin):
    message = client_hello(origin.name, padding=60_000)
    assert_passes(gate, origin, records(message, 16_000, 16_000, 16_000))


@pytest.mark.attack
def test_more_than_64_records_are_blocked(gate, origin):
    assert_blocked(
        gate, origin, records(client_hello(origin.name), *(1,) * 70), "malformed_client_hello"
    )


@pytest.mark.attack
def test_more_than_16_empty_records_are_blocked(gate, origin):
    assert_blocked(gate, origin, record(b"") * 17 + hello(origin.name), "malformed_client_hello")


@pytest.mark.attack
def test_a_different_sni_glued_to_the_connect_head_is_blocked(gate, origin):
    before = len(origin.received)
    with Wire(gate) as wire:
        wire.connect(origin.name, more=hello("evil.example.net"))
        wire.read(39)
        assert wire.rest() == ACCESS_DENIED
    assert len(origin.received) == before


@pytest.mark.legitimate
def test_a_second_hello_that_was_asked_for_and_names_the_host_passes(gate, lab):
    with Origin(lab, serve=hello_retry) as origin:
        first, second = hello(origin.name), hello(origin.name)
        with Wire(gate) as wire:
            wire.tunnel(origin.name).send(first).read_record()
            wire.send(record(b"\x01", CHANGE_CIPHER_SPEC) + second)
            assert wire.read_record()[0] == 22
            assert wire.send(record(b"data", APPLICATION_DATA)).read_record()[0] == APPLICATION_DATA
        assert origin.received.startswith(first + record(b"\x01", CHANGE_CIPHER_SPEC) + second)


@pytest.mark.attack
def test_a_second_hello_that_was_asked_for_and_names_another_is_blocked(gate, lab):
    with Origin(lab, serve=hello_retry) as origin:
        first = hello(origin.name)
        with Wire(gate) as wire:
            wire.tunnel(origin.name).send(first).read_record()
            told = wire.send(hello("evil.example.net")).rest()
        assert told == ACCESS_DENIED
        assert origin.received == first, "not one byte of the second passes"
        opened = gate.wait_records(event="connect", host=origin.name)[0]
        assert gate.wait_records(event="close", id=opened["id"])[0]["reason"] == "sni_mismatch"


@pytest.mark.attack
def test_a_second_hello_that_nobody_asked_for_must_name_the_host_too(gate, lab):
    with Origin(lab) as origin:
        with Wire(gate) as wire:
            assert (
                wire.tunnel(origin.name)
                .send(hello(origin.name) + hello("evil.example.net"))
                .rest()
                .endswith(ACCESS_DENIED)
            )
        gate.wait_records(reason="sni_mismatch", host=origin.name)
        assert b"evil" not in origin.received


@pytest.mark.legitimate
def test_early_data_behind_the_hello_passes(gate, origin):
    early = record(b"\x01", CHANGE_CIPHER_SPEC) + record(b"early", APPLICATION_DATA)
    assert_passes(gate, origin, hello(origin.name) + early)


class TestTlsOptional:
    """`tls: optional`: any bytes pass, but a TLS hello with an SNI must still name the host."""

    @pytest.fixture
    def named(self, lab, request):
        with Origin(lab, port=22, serve=getattr(request, "param", only_listen)) as origin:
            lab.names.set("o-any.example.org", origin.address, ttl=0)
            yield origin

    @pytest.mark.parametrize("named", [speak_first], indirect=True)
    @pytest.mark.legitimate
    def test_an_origin_that_speaks_first_is_heard_at_once(self, gate, named):
        with Wire(gate) as wire:
            wire.tunnel("o-any.example.org", 22)
            wire.socket.settimeout(0.8)  # below the client_hello timeout
            assert wire.read(13) == b"SSH-2.0-lab\r\n"
            assert wire.send(b"SSH-2.0-me\r\n").read(12) == b"SSH-2.0-me\r\n"
        record = gate.wait_records(event="connect", host="o-any.example.org", port=22)[-1]
        assert (record["decision"], record.get("tls", "none")) == ("allow", "none")

    @pytest.mark.legitimate
    def test_other_bytes_pass(self, gate, named):
        with Wire(gate) as wire:
            wire.tunnel("o-any.example.org", 22).send(b"SSH-2.0-me\r\n").finish_writing()
            assert wire.rest() == b""
        assert named.received == b"SSH-2.0-me\r\n"

    @pytest.mark.attack
    def test_an_sni_must_still_match(self, gate, named):
        with Wire(gate) as wire:
            assert (
                wire.tunnel("o-any.example.org", 22).send(hello("evil.example.net")).rest()
                == ACCESS_DENIED
            )
        assert gate.wait_records(reason="sni_mismatch", host="o-any.example.org")
        assert named.received == b""
