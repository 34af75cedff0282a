"""Issue 8: requests of which one reader finds our credential and another a stranger's, and fields
that one hop would see and the next would not. Written by hand, each blocked on its head or body."""
from types import SimpleNamespace
from urllib.parse import quote

import pytest

from aws_account import assert_refused, queue, rows, shared_stub, station, stub, Watch
from aws_calls import presigned, signed_fields
from aws_keys import FOREIGN, FOREIGN_KEY, FOREIGN_SESSION, OUR_KEY, OUR_SESSION
from aws_services import BUCKET
from interception import TlsHttpWire

__all__ = ["shared_stub", "station", "stub"]
HERE, QUEUES = f"{BUCKET}.s3.us-east-1.amazonaws.com", "sqs.us-east-1.amazonaws.com"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SEND = f"Action=SendMessage&MessageBody=x&Version=2012-11-05&QueueUrl={queue(FOREIGN)}"
LIST = ("X-Amz-Target", "AmazonSQS.ListQueues")
OLD = f"AWSAccessKeyId={FOREIGN_KEY.id}&SignatureVersion=2&SignatureMethod=HmacSHA256&Signature=x"
SCOPE = "20261126/us-east-1/s3/aws4_request"
DATE = ("X-Amz-Date", "20261126T000000Z")


def target_of(key):
    """A presigned URL of ours, without its host."""
    return presigned(key, "GET", f"https://{HERE}/k").split(".com", 1)[1]


THEIRS, OURS = target_of(FOREIGN_KEY), target_of(OUR_KEY)


def by(key, target="/k", more=()):
    """A GET that the key signed, with more lines behind."""
    signed = signed_fields(key, "s3", "GET", f"https://{HERE}{target}")
    return HERE, "GET", target, [*signed.items(), *more], ""


def bare(target, *lines):
    return HERE, "GET", target, list(lines), ""


def form(body, *more):
    signed = signed_fields(OUR_KEY, "sqs", "POST", f"https://{QUEUES}/", body.encode(), FORM)
    return QUEUES, "POST", "/", [*signed.items(), *more], body


def credentials(*keys):
    listed = ", ".join(f"Credential={key.id}/{SCOPE}" for key in keys)
    return f"AWS4-HMAC-SHA256 {listed}, SignedHeaders=host, Signature={'0' * 64}"


REQUESTS = [
    ("two headers", by(OUR_KEY, more=[("Authorization", credentials(FOREIGN_KEY))]),
     "multiple_credentials"),
    ("two credentials in one header",
     bare("/k", DATE, ("Authorization", credentials(OUR_KEY, FOREIGN_KEY))),
     "multiple_credentials"),
    ("a credential twice in the query",
     bare(f"{THEIRS}&X-Amz-Credential={quote(f'{OUR_KEY.id}/{SCOPE}', '')}"),
     "multiple_credentials"),
    ("half a presigned query under our header",
     by(OUR_KEY, THEIRS.replace("X-Amz-Algorithm=AWS4-HMAC-SHA256&", "")), "multiple_credentials"),
    ("version 2 in the query under our header",
     by(OUR_KEY, f"/k?AWSAccessKeyId={FOREIGN_KEY.id}&Signature=x&Expires=2000000000"),
     "multiple_credentials"),
    ("version 2 in the form under our header", form(f"Action=ListQueues&{OLD}"),
     "multiple_credentials"),
    ("two tokens", by(OUR_SESSION, more=[("X-Amz-Security-Token", FOREIGN_SESSION.token)]),
     "multiple_credentials"),
    ("another's token in the query",
     bare(f"{OURS}&X-Amz-Security-Token={quote(FOREIGN_SESSION.token, '')}"),
     "session_token_mismatch"),
    ("an encoded name", bare(THEIRS.replace("X-Amz-Credential", "X%2DAmz-Credential")),
     "principal_account_not_allowed"),
    ("names in lower case", bare(THEIRS.replace("X-Amz-", "x-amz-")), "signature_not_allowed"),
    ("a semicolon between", bare(THEIRS.replace("&", ";")), "signature_not_allowed"),
    ("a scheme in lower case", bare("/k", DATE, ("Authorization",
     credentials(FOREIGN_KEY).replace("AWS4-HMAC", "aws4-hmac"))), "signature_not_allowed"),
    ("version 3", (QUEUES, "POST", "/", [*FORM.items(), ("X-Amzn-Authorization",
     f"AWS3-HTTPS AWSAccessKeyId={FOREIGN_KEY.id},Algorithm=HmacSHA256,Signature=YQ==")],
     SEND), "signature_not_allowed"),
    ("version 2 in the form", (QUEUES, "POST", "/", [*FORM.items()], f"Action=ListQueues&{OLD}"),
     "signature_not_allowed"),
    ("a cookie alone", bare("/k", ("Cookie", "aws-creds=x")), "unsigned_request"),
    ("a target over a form", form(SEND, LIST), "resource_account_not_allowed"),
    ("an empty target over a form", form(SEND, ("X-Amz-Target", "")),
     "resource_account_not_allowed"),
    ("a target for one hop alone", form(SEND, LIST, ("Connection", "x-amz-target")),
     "malformed_request"),
    ("a credential for one hop alone", by(OUR_KEY, more=[("Connection", "authorization")]),
     "malformed_request"),
    ("a coding for one hop alone", form(SEND, ("Content-Encoding", "gzip"),
     ("Connection", "content-encoding")), "malformed_request"),
]  # fmt: skip


@pytest.mark.parametrize("request_of, reason", rows(REQUESTS))
@pytest.mark.short
@pytest.mark.attack
def test_what_has_two_readings_is_blocked(station, stub, request_of, reason):
    host, method, target, lines, body = request_of
    length = [("Content-Length", str(len(body)))] if method == "POST" else []
    told = "".join(f"{name}: {value}\r\n" for name, value in [("Host", host), *lines, *length])
    watch = Watch(station)
    with TlsHttpWire(station.gate, SimpleNamespace(name=host, port=443), (station.ca,)) as wire:
        wire.send(f"{method} {target} HTTP/1.1\r\n{told}\r\n{body}".encode())
        answer = wire.read_http(method)
    assert answer.reason == reason, answer
    record = watch.one_record()
    assert_refused(watch, stub, reason, record.get("rule"), record["after"])
