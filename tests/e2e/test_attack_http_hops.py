"""What belongs to one hop ends at the gate, and nothing else does: THREATS.md sections D7, D8, D12,
F4 and F5, rows T46, T47, T52, T60 and T61."""
import pytest

from http_origin import HttpOrigin, answer
from http_wire import Bytes, HttpWire, absolute, in_tunnel, read_answer
from hello import HTTP2_PREFACE
from wire import Wire

pytestmark = [pytest.mark.attack]

POLICY = """
    destinations: {allow_networks: [10.20.0.0/16]}
    rules:
      - {name: plain, hosts: ["*.example.org"], schemes: [http], ports: ["1-65535"]}
"""


@pytest.fixture(scope="module")
def origin(lab):
    with HttpOrigin(lab) as origin:
        yield origin
        origin.assert_read()


# `Connection` may name what is the hop's own. Whoever asks for more is refused.
REFUSED_OPTIONS = [
    "close, Host",
    "Authorization",
    "Cookie",
    "keep-alive, X-Forwarded-For",
    "Content-Length",
    "transfer-encoding",
    "Via",
    "x-amz-date",
    "X-Forwarded-Proto, close",
    ", ".join(f"token{number}" for number in range(50)),
    ", ".join(["close"] * 17),
    "close;q=1",
    '"close"',
    "close close",
    "keep-alive\r\nConnection: Authorization",
]
PASSED_OPTIONS = {
    "close": "",
    "keep-alive": "",
    "Keep-Alive, TE": "TE: trailers\r\nKeep-Alive: timeout=600\r\n",
    "te": "TE: trailers, deflate\r\n",
    ", ,close,": "",
    "proxy-connection": "Proxy-Connection: keep-alive\r\n",
    "Trailer": "Trailer: A\r\n",
    "close\r\nConnection: keep-alive": "",
    "": "",
}
FIELDS = "Authorization: secret\r\nCookie: a=b\r\nX-Forwarded-For: 10.0.0.1\r\n"


@pytest.mark.parametrize("options", REFUSED_OPTIONS, ids=lambda options: options[:30])
def test_t46_connection_takes_nothing_away_that_the_next_hop_relies_on(gate, origin, options):
    origin.forget()
    with HttpWire(gate, origin) as wire:
        told = wire.ask("/", "GET", f"Connection: {options}\r\n{FIELDS}")
        assert (told.status, told.reason) == (400, "malformed_request") and told.is_closing
        wire.assert_ended()
    assert origin.received == b""


@pytest.mark.short
@pytest.mark.parametrize("options", PASSED_OPTIONS)
def test_t46_what_connection_may_name_ends_here_and_all_else_passes(gate, origin, options):
    origin.forget()
    with HttpWire(gate, origin) as wire:
        told = wire.ask("/", "GET", f"Connection: {options}\r\n{PASSED_OPTIONS[options]}{FIELDS}")
        assert told.status == 200 and told.is_closing == ("close" in options)
    (request,) = origin.requests
    names = [name for name, _ in request.fields]
    assert names == ["Host", "Authorization", "Cookie", "X-Forwarded-For", "Via"]


def test_t46_proxy_connection_takes_nothing_away(gate, origin):
    origin.forget()
    with HttpWire(gate, origin) as wire:
        assert wire.ask("/", "GET", f"Proxy-Connection: Authorization\r\n{FIELDS}").status == 200
    assert origin.requests[0].get("Authorization") == "secret"


@pytest.mark.short
def test_t52_no_proxy_field_of_a_request_reaches_the_origin_and_the_rest_is_byte_exact(
    gate, origin
):
    origin.forget()
    ended = (
        "Proxy-Authorization: Basic c2VjcmV0\r\n",
        "proxy-authorization: Basic c2VjcmV0\r\n",
        "PROXY-CONNECTION: keep-alive\r\n",
        "Proxy-Authenticate: Basic\r\n",
        "Proxy-Status: sallyport; error=http_request_denied\r\n",
        "Proxy-: secret\r\n",
        "Proxy-Features: secret\r\n",
        "Keep-Alive: 300\r\n",
        "TE: trailers\r\n",
        "Upgrade: h2c\r\n",
        "HTTP2-Settings: AAMAAABk\r\n",
    )
    kept = (
        "x-amz-DATE:20260101T000000Z\r\n",
        "A:  two spaces, and a tab\t\r\n",
        "B:\r\n",
        "Proxied: yes\r\n",
        "X-Proxy-Authorization: mine\r\n",
        "C: \xe4\xff\r\n",
        "A: again\r\n",
        "Forwarded: for=10.0.0.1\r\n",
    )
    mixed = "".join(one + other for one, other in zip(ended, kept)) + "".join(ended[len(kept) :])
    with HttpWire(gate, origin) as wire:
        assert wire.ask("/a/../b//c?%7e=%2f&d|e", "GET", mixed).status == 200
    (request,) = origin.requests
    via = f"Via: {request.get('Via')}\r\n"
    expected = f"GET /a/../b//c?%7e=%2f&d|e HTTP/1.1\r\nHost: {origin.name}\r\n{''.join(kept)}{via}"
    assert request.head == f"{expected}\r\n".encode("latin-1")


@pytest.mark.short
def test_t52_t60_no_proxy_field_and_no_way_around_the_gate_comes_back(gate, lab):
    fields = (
        "Proxy-Authenticate: Basic realm=evil\r\nProxy-Authorization: a\r\nproxy-status: sallyport;"
        ' error=x; details="allowed"\r\nProxy-Connection: close\r\nALT-SVC: h3=":443"\r\n'
        'Alt-Svc: h2="evil.example:443"\r\nKeep-Alive: timeout=5\r\nUpgrade: h2c\r\nTE: a\r\n'
        "Connection: keep-alive, X-Hop, Content-Type, Set-Cookie\r\nX-Hop: secret\r\n"
        "Content-Type: text/plain\r\nSet-Cookie: a=b\r\nsEt-CoOkIe:c=d\r\n"
    )
    with HttpOrigin(lab, script=lambda _: answer("ok", fields=fields)) as origin:
        with HttpWire(gate, origin) as wire:
            told = wire.ask()
    names = [name for name, _ in told.fields]
    assert names == ["Content-Type", "Set-Cookie", "sEt-CoOkIe", "Content-Length", "Via"], names
    assert told.reason == ""


def test_t52_a_407_of_an_origin_asks_no_client_for_the_gates_password(gate, lab):
    challenge = answer("", "407 Proxy Authentication Required", "Proxy-Authenticate: Basic\r\n")
    with HttpOrigin(lab, script=lambda _: challenge) as origin, HttpWire(gate, origin) as wire:
        assert wire.ask().get("Proxy-Authenticate") is None


H2C = (
    "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n"
    "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n"
)
NEVER_OFFERED = {
    "h2c": H2C,
    "h2c without its settings": "Upgrade: h2c\r\nConnection: Upgrade\r\n",
    "TLS": "Upgrade: TLS/1.2\r\nConnection: Upgrade\r\n",
    "h2c beside websocket": H2C.replace("h2c\r", "websocket, h2c\r"),
    "an upgrade that Connection does not name": "Upgrade: h2c\r\n",
    "a CONNECT-UDP": "Upgrade: connect-udp\r\nConnection: Upgrade\r\nCapsule-Protocol: ?1\r\n",
}


@pytest.mark.parametrize("place", [absolute, in_tunnel], ids=["proxy", "tunnel"])
@pytest.mark.parametrize("offer", NEVER_OFFERED)
def test_t47_an_offer_to_upgrade_is_dropped_and_the_request_served(gate, origin, offer, place):
    origin.forget()
    behind = place(origin, "/behind")
    with HttpWire(gate, origin) as wire:
        if place is in_tunnel:
            wire.tunnel(origin.name, origin.port)
        wire.send(place(origin, "/offer", fields=NEVER_OFFERED[offer]))
        told = wire.read_http()
        assert (told.status, told.body) == (200, b"GET /offer 0")
        assert wire.send(behind).read_http().body == b"GET /behind 0"
    for request in origin.requests:
        for name in ("Upgrade", "Connection", "HTTP2-Settings"):
            assert request.get(name) is None


@pytest.mark.parametrize("glued", [True, False])
def test_t47_the_http2_preface_is_refused_in_a_tunnel(gate, origin, glued):
    origin.forget()
    with Wire(gate) as wire:
        if glued:
            wire.connect(origin.name, 80, HTTP2_PREFACE)
        else:
            wire.tunnel(origin.name, 80).send(HTTP2_PREFACE)
        wire.rest()
    assert origin.received == b""


def test_t61_a_request_that_came_through_this_gate_is_refused(gate, origin):
    with HttpWire(gate, origin) as wire:
        own = wire.ask().get("Via").split()[1]
    looped = [
        f"Via: 1.1 {own}\r\n",
        f"Via: HTTP/1.1 {own}\r\n",
        f"Via: 1.0 {own.upper()}\r\n",
        f"Via: 1.1 fred, 1.1 {own}:3128 (sallyport), 1.1 barney\r\n",
        f"Via: 1.1 fred\r\nVia: 1.1 {own}\r\n",
        f"Via: 1.1 fred (a, b \\) c), 1.1 {own}\r\n",
        f"Via: 1.1 fred (never ended, 1.1 {own}\r\n",
        f"vIA:\t1.1\t{own}\t\r\n",
    ]
    origin.forget()
    for fields in looped:
        for method, body in (("GET", b""), ("POST", b"hello")):
            with HttpWire(gate, origin) as wire:
                told = wire.ask("/loop", method, fields, body)
                assert (told.status, told.reason) == (508, "proxy_loop"), fields
                wire.assert_ended()
    assert origin.received == b""
    for fields in (f"Via: 1.1 {own}x\r\n", f"X: {own}\r\n", "Via: 1.1 sallyport\r\n", "Via:\r\n"):
        with HttpWire(gate, origin) as wire:
            assert wire.ask("/", "GET", fields).status == 200, fields


@pytest.mark.short
def test_t61_a_ring_of_two_proxies_ends_within_one_turn(gate, lab):
    """The other proxy hands what it is sent back to the gate."""

    def script(request):
        with Wire(gate) as wire:
            head = request.head.replace(b"GET /", f"GET http://{origin.name}/".encode())
            head = head.replace(b"\r\nVia:", b"\r\nVia: 1.1 other\r\nVia:")
            told = read_answer(Bytes(wire.send(head).rest()))
        return answer(told.body, f"{told.status} {told.phrase}")

    with HttpOrigin(lab, script=script) as origin, HttpWire(gate, origin) as wire:
        told = wire.ask("/ring")
        assert (told.status, told.phrase) == (508, "Blocked by sallyport: proxy_loop")
        assert len(origin.requests) == 1
        assert gate.one_record(host=origin.name, reason="proxy_loop")["decision"] == "block"


def test_t61_a_gate_behind_a_gate_and_the_gate_itself_end_within_one_hop(lab, make_gate):
    first = make_gate(POLICY, host="10.20.61.1")
    second = make_gate(POLICY, host="10.20.61.2")
    lab.names.set("first.example.org", "10.20.61.1")
    lab.names.set("second.example.org", "10.20.61.2")
    for host, gate, status, reason in (
        ("first.example.org", first, 403, "destination_forbidden"),
        ("second.example.org", second, 400, ""),
    ):
        target = f"{host}:{gate.port}"
        with HttpWire(first) as wire:
            wire.send(f"GET http://{target}/ HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
            told = wire.read_http()
        assert (told.status, told.reason) == (status, reason)
    assert len(first.wait_records(2, event="request")) == 2
    assert second.one_record(event="request")["reason"] == "malformed_request"
