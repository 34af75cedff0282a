"""Issue 8: what an audit record says of a request to AWS: who signed it, which operation it is, and
what it acts on, as AWS itself names it. Key ids are shortened; payload is never looked into."""
import pytest

from aws_account import (
    ITEM,
    arn,
    call,
    curl,
    queue,
    role,
    rows,
    shared_stub,
    station,
    stub,
    training_job,
    Watch,
)
from aws_calls import presigned, signed_form
from aws_keys import AWS_OWNED, DOCUMENTS_KEY, FOREIGN, FOREIGN_KEY, OUR_KEY, OUR_SESSION, OURS
from aws_services import BUCKET, FORMS, STRANGE

__all__ = ["shared_stub", "station", "stub"]
KEYS = [
    *["signature", "principal_account", "access_key_id", "service", "region", "operation"],
    *["actions", "buckets", "resources", "resource_accounts", "referenced_accounts"],
]


def by(key, service="s3", signature="sigv4"):
    """What the credential alone tells."""
    told = {"signature": signature, "access_key_id": key.shortened}
    if key.account:
        told["principal_account"] = key.account
    return {**told, "service": service, "region": "us-east-1"}


def on_object(bucket, key):
    return {"buckets": [bucket], "resources": [f"arn:aws:s3:::{bucket}/{key}"]}


def of(operation, *actions):
    return {"operation": operation, "actions": list(actions)}


CALLS = [
    ("an object is read", OUR_KEY, "s3", "GetObject", {"Bucket": BUCKET, "Key": "a/b c"},
     {**by(OUR_KEY), **of("GetObject", "s3:GetObject"), **on_object(BUCKET, "a/b c")}),
    ("a bucket is listed", OUR_SESSION, "s3", "ListObjectsV2", {"Bucket": BUCKET},
     {**by(OUR_SESSION), **of("ListObjectsV2", "s3:ListBucket"), "buckets": [BUCKET],
      "resources": [f"arn:aws:s3:::{BUCKET}"]}),
    ("a copy", OUR_KEY, "s3", "CopyObject",
     {"Bucket": FORMS, "Key": "copy", "CopySource": f"{BUCKET}/source"},
     {**by(OUR_KEY), **of("CopyObject", "s3:PutObject", "s3:GetObject"),
      "buckets": [FORMS, BUCKET],
      "resources": [f"arn:aws:s3:::{FORMS}/copy", f"arn:aws:s3:::{BUCKET}/source"]}),
    ("a stranger", FOREIGN_KEY, "s3", "GetObject", {"Bucket": BUCKET, "Key": "k"},
     {**by(FOREIGN_KEY), **of("GetObject", "s3:GetObject"), **on_object(BUCKET, "k")}),
    ("an old key", DOCUMENTS_KEY, "s3", "GetObject", {"Bucket": BUCKET, "Key": "k"},
     {**by(DOCUMENTS_KEY), **of("GetObject", "s3:GetObject"), **on_object(BUCKET, "k")}),
    ("a host alone", OUR_KEY, "s3", "GetObject", {"Bucket": STRANGE, "Key": "k"},
     {"service": "s3", "buckets": [STRANGE]}),
    ("a training job", OUR_KEY, "sagemaker", "CreateTrainingJob", training_job(),
     {**by(OUR_KEY, "sagemaker"), **of("CreateTrainingJob", "sagemaker:CreateTrainingJob"),
      "buckets": [BUCKET], "referenced_accounts": [AWS_OWNED, OURS]}),
    ("a message", OUR_KEY, "sqs", "SendMessage",
     {"QueueUrl": queue(FOREIGN), "MessageBody": "1"},
     {**by(OUR_KEY, "sqs"), "resource_accounts": [FOREIGN]}),
    ("an item", OUR_KEY, "dynamodb", "PutItem", {"TableName": "seen", "Item": ITEM},
     {**by(OUR_KEY, "dynamodb"), **of("PutItem", "dynamodb:PutItem")}),
    ("a topic", OUR_KEY, "sns", "Publish",
     {"TopicArn": arn("sns", "done"), "Message": arn("sns", "done", FOREIGN)},
     {**by(OUR_KEY, "sns"), **of("Publish", "sns:Publish"), "resource_accounts": [OURS]}),
    ("a role", OUR_KEY, "sts", "AssumeRole", {"RoleArn": role(), "RoleSessionName": "lab"},
     {**by(OUR_KEY, "sts"), **of("AssumeRole", "sts:AssumeRole"), "resource_accounts": [OURS]}),
    ("a role, unsigned", None, "sts", "AssumeRoleWithWebIdentity",
     {"RoleArn": role(), "RoleSessionName": "lab", "WebIdentityToken": "of-a-pod"},
     {**of("AssumeRoleWithWebIdentity", "sts:AssumeRoleWithWebIdentity"), "service": "sts",
      "resource_accounts": [OURS]}),
]  # fmt: skip


def assert_says(record, expected):
    """All of it, lists in any order, and of the three that tell of accounts nothing else."""
    said = record["aws"]
    assert [key for key in KEYS if key in said] == list(said), "in the order of the contract"
    for key, value in expected.items():
        held = said.get(key)
        assert (sorted(held) if isinstance(held, list) else held) == (
            sorted(value) if isinstance(value, list) else value
        ), (key, said)
    for key in ("principal_account", "access_key_id", "signature", "resource_accounts", "buckets"):
        assert key in expected or key not in said, said


@pytest.mark.parametrize("key, service, operation, parameters, expected", rows(CALLS))
def test_a_record_says_what_was_asked(station, stub, key, service, operation, parameters, expected):
    stub.objects[f"/{BUCKET}/source"] = b"source"
    watch = Watch(station)
    call(station, "boto3", service, operation, parameters, key)
    record = watch.one_record()
    assert_says(record, expected)
    if operation in ("PutItem", "Publish"):
        assert FOREIGN not in str(record), "payload is not looked into"


def test_of_a_presigned_url_the_names_of_its_query_are_recorded(station, stub):
    watch = Watch(station)
    url = f"https://{BUCKET}.s3.us-east-1.amazonaws.com/k"
    curl(station, presigned(OUR_SESSION, "GET", url))
    record = watch.one_record()
    expected = {**by(OUR_SESSION, signature="sigv4-query"), **on_object(BUCKET, "k")}
    assert_says(record, {**expected, **of("GetObject", "s3:GetObject")})
    assert record["url"] == url and "X-Amz-Signature" in record["query_names"]


def test_of_a_form_what_its_fields_say_is_recorded(station, stub):
    watch = Watch(station)
    fields = [f"{name}={value}" for name, value in signed_form(OUR_KEY, FORMS, "k").items()]
    told = [part for each in fields for part in ("-F", each)]
    url = f"https://{FORMS}.s3.us-east-1.amazonaws.com/"
    curl(station, *told, "-F", "file=@content", url, content=b"our data")
    record = watch.one_record()
    assert_says(
        record,
        {**by(OUR_KEY, signature="s3-post"), "actions": ["s3:PutObject"], **on_object(FORMS, "k")},
    )
    assert (record["decision"], record["rule"], record["after"]) == ("allow", "forms", "body")
