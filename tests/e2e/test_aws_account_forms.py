"""Issue 8: uploads by a browser's form, whose credential stands in the body alone, before the file:
the form that a careless reader and S3 would read otherwise is blocked. Written by hand."""
from types import SimpleNamespace

import pytest

from aws_account import assert_refused, rows, shared_stub, station, stub, Watch
from aws_calls import signed_fields, signed_form
from aws_keys import FOREIGN_KEY, FOREIGN_SESSION, OUR_KEY, OUR_SESSION, OURS
from aws_services import BUCKET, FORMS, STRANGE
from interception import TlsHttpWire

__all__ = ["shared_stub", "station", "stub"]
HERE, S3 = f"{FORMS}.s3.us-east-1.amazonaws.com", "s3.us-east-1.amazonaws.com"
MULTIPART = "multipart/form-data; boundary=form-of-the-lab"
GOOD, BAD = signed_form(OUR_KEY, FORMS, "k"), signed_form(FOREIGN_KEY, FORMS, "k")
FILE = [("file", "our data")]
HEADER = signed_fields(OUR_KEY, "s3", "POST", f"https://{HERE}/")["Authorization"]


def fields(form, *more):
    """Of the form, more, and the file last."""
    return [*form.items(), *more, *FILE]


def field(name, value):
    named = f'name="{name}"' + ('; filename="f"' if name == "file" else "")
    return f"--form-of-the-lab\r\nContent-Disposition: form-data; {named}\r\n\r\n{value}\r\n"


def post(station, parts, kind=MULTIPART, path="/", host=HERE, more=""):
    body = "".join(field(*part) for part in parts).encode() + b"--form-of-the-lab--\r\n"
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {kind}\r\n"
    head += f"Content-Length: {len(body)}\r\n{more}\r\n"
    with TlsHttpWire(station.gate, SimpleNamespace(name=host, port=443), (station.ca,)) as wire:
        return wire.send(head.encode() + body).read_http("POST")


SERVED = [
    ("a form", fields(GOOD)),
    ("of a session", fields(signed_form(OUR_SESSION, FORMS, "k"))),
    ("that says where to go then", fields(GOOD, ("success_action_redirect", "https://x/"))),
]


@pytest.mark.parametrize("parts", rows(SERVED))
@pytest.mark.short
@pytest.mark.legitimate
def test_a_form_of_ours_is_served(station, stub, parts):
    assert post(station, parts).status == 204, stub.failures
    assert stub.done == [(OURS, "s3", f"POST /{FORMS}/k")]


# The parts, the reason, and what else is not as usual.
BLOCKED = [
    ("of another's key", fields(BAD), "principal_account_not_allowed", {}),
    ("of another's session", fields(signed_form(FOREIGN_SESSION, FORMS, "k")),
     "principal_account_not_allowed", {}),
    ("of two keys", fields(GOOD, *BAD.items()), "body_not_judgeable", {}),
    ("of two credentials", fields(GOOD, ("X-Amz-Credential", BAD["x-amz-credential"])),
     "body_not_judgeable", {}),
    ("with a header's credential too", fields(GOOD), "multiple_credentials",
     {"more": f"Authorization: {HEADER}\r\n"}),
    ("signed behind its file", [("key", "k"), *FILE, *GOOD.items()], "unsigned_request", {}),
    ("of two keys of objects", fields(GOOD, ("key", "other")), "body_not_judgeable", {}),
    ("of an object for everybody", fields(GOOD, ("acl", "public-read")), "action_not_allowed", {}),
    ("of an object with tags", fields(GOOD, ("tagging", "<Tagging/>")), "action_not_allowed", {}),
    ("that names a stranger's bucket", fields(GOOD, ("bucket", STRANGE)),
     "resource_not_allowed", {}),
    ("to a stranger's path", fields(GOOD), "resource_not_allowed",
     {"host": S3, "path": f"/{STRANGE}"}),
    ("to our path, where no forms are taken", fields(GOOD), "signature_not_allowed",
     {"host": S3, "path": f"/{BUCKET}"}),
    ("whose type is odd", fields(BAD), "principal_account_not_allowed",
     {"kind": 'Multipart/Form-Data; boundary="form-of-the-lab"'}),
    ("of two boundaries", fields(GOOD), "body_not_judgeable",
     {"kind": f"{MULTIPART}; boundary=aa"}),
    ("that is told to be text", fields(BAD), "unsigned_request", {"kind": "text/plain"}),
    ("that is mixed", fields(BAD), "unsigned_request",
     {"kind": "multipart/mixed; boundary=form-of-the-lab"}),
    ("without fields", FILE, "unsigned_request", {}),
]  # fmt: skip


@pytest.mark.parametrize("parts, reason, unusual", rows(BLOCKED))
@pytest.mark.short
@pytest.mark.attack
def test_a_form_is_blocked(station, stub, parts, reason, unusual):
    watch = Watch(station)
    answer = post(station, parts, **unusual)
    assert answer.reason == reason, answer
    record = watch.one_record()
    assert_refused(watch, stub, reason, record.get("rule"), record["after"])
