"""Issue 8: our own key on requests that hide whom they act on, written as no client of AWS does:
the gate reads what AWS would read, or blocks. Nothing of them leaves."""
from types import SimpleNamespace

import pytest

from aws_account import assert_refused, rows, shared_stub, station, stub, Watch
from aws_calls import signed_fields
from aws_keys import OUR_KEY, OURS
from aws_smuggling import ORDINARY, REQUESTS
from interception import TlsHttpWire

__all__ = ["shared_stub", "station", "stub"]
UNSIGNED = ("Host", "Transfer-Encoding")  # written by hand
SIGNING = {"api": "sagemaker"}


def in_bytes(body):
    return body if isinstance(body, bytes) else body.encode()


def send(station, host, method, target, fields, body):
    """Signed by us; the answer."""
    pieces = [in_bytes(piece) for piece in (body if isinstance(body, list) else [body])]
    whole = b"".join(pieces)
    service = host.split(".")[0]
    service = "s3" if "s3" in host.split(".") else SIGNING.get(service, service)
    own = {name: value for name, value in fields.items() if name not in UNSIGNED}
    once = {name: value for name, value in own.items() if "\r\n" not in value}
    signed = signed_fields(OUR_KEY, service, method, f"https://{host}{target}", whole, once)
    told = {"Host": host, **signed, **fields}
    sent = whole
    if "Transfer-Encoding" in fields:
        sent = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    elif method != "GET":
        told["Content-Length"] = str(len(whole))
    lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    origin = SimpleNamespace(name=host, port=443)
    with TlsHttpWire(station.gate, origin, (station.ca,)) as wire:
        wire.send(f"{method} {target} HTTP/1.1\r\n{lines}\r\n".encode() + sent)
        return wire.read_http(method)


@pytest.mark.parametrize("request_of, reason", rows(REQUESTS))
@pytest.mark.short
@pytest.mark.attack
def test_what_is_not_ours_is_found(station, stub, request_of, reason):
    watch = Watch(station)
    answer = send(station, *request_of)
    assert (answer.reason, not stub.done) == (reason, True), (answer, stub.done)
    record = watch.one_record()
    rule = None if reason == "host_mismatch" else record["rule"]
    assert_refused(watch, stub, reason, rule, record["after"])


@pytest.mark.parametrize("request_of", rows([(row[0], row[1]) for row in ORDINARY]))
@pytest.mark.short
@pytest.mark.legitimate
def test_what_is_ours_passes(station, stub, request_of):
    answer = send(station, *request_of)
    assert (answer.reason, stub.failures) == ("", []), answer
    assert [account for account, _, _ in stub.done] == [OURS]
