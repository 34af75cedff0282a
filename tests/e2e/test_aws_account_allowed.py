"""Issue 8: what an organization's own people do with AWS every day passes the account check, as it
was signed: each of AWS's clients, with nothing but what `sallyport env` gives them. A stub of AWS
verifies each signature over the bytes that came."""
import json

import pytest

from aws_account import (
    ITEM,
    arn,
    by_sdk,
    call,
    curl,
    environment,
    lines,
    queue,
    role,
    rows,
    shared_stub,
    station,
    stub,
    training_job,
    Watch,
)
from aws_calls import presigned, signed_fields
from aws_clients import KEYS, put_command
from aws_keys import AWS_KEY, FOREIGN, OUR_KEY, OUR_SESSION, OURS
from aws_services import BUCKET, DEEP_LEARNING, LAYERS, REGISTRY_TOKEN

__all__ = ["shared_stub", "station", "stub"]
pytestmark = pytest.mark.legitimate
URL = f"https://{BUCKET}.s3.us-east-1.amazonaws.com"
FILE = b"".join(number.to_bytes(4, "big") * (1 << 18) for number in range(20))  # three parts


def assert_served(ran, stub, accounts=frozenset({OURS})):
    assert not stub.failures, stub.failures
    assert ran.returncode == 0, ran.stdout
    assert stub.accounts() == accounts


@by_sdk
def test_objects_go_up_and_down_in_parts_and_with_trailing_checksums(station, stub, sdk):
    home = station.lab.make_folder("aws")
    with open(f"{home}/file", "wb") as file:
        file.write(FILE)
    command = put_command(sdk, json.dumps(KEYS), BUCKET)
    watch = Watch(station)
    ran = station.run(command, home, **environment(station.lab, sdk, OUR_SESSION))
    assert_served(ran, stub)
    assert FILE == stub.objects[f"/{BUCKET}/parts"] == stub.objects[f"/{BUCKET}/chunked"]
    assert "parts" in ran.stdout and (sdk == "js" or f"arn:aws:iam::{OURS}:" in ran.stdout)
    assert any(b"STREAMING-UNSIGNED-PAYLOAD-TRAILER" in head for head in stub.heads)
    records = watch.records(len(stub.heads))
    assert {each["decision"] for each in records} == {"allow"}


# What is asked of which service; a Body is `content`.
CALLS = [
    ("an object", "s3", "PutObject", {"Bucket": BUCKET, "Key": "a/b c"}),
    ("a copy within our buckets", "s3", "CopyObject",
     {"Bucket": "ml-forms", "Key": "copy", "CopySource": f"{BUCKET}/source"}),
    ("a listing", "s3", "ListObjectsV2", {"Bucket": BUCKET, "Prefix": "a"}),
    ("a deletion", "s3", "DeleteObject", {"Bucket": BUCKET, "Key": "a"}),
    ("deletions", "s3", "DeleteObjects",
     {"Bucket": BUCKET, "Delete": {"Objects": [{"Key": "a"}, {"Key": "b"}]}}),
    ("an upload given up", "s3", "AbortMultipartUpload",
     {"Bucket": BUCKET, "Key": "a", "UploadId": "lab"}),
    ("a training job with AWS's own image", "sagemaker", "CreateTrainingJob", training_job()),
    ("a message that names a stranger's account", "sqs", "SendMessage",
     {"QueueUrl": queue(), "MessageBody": f"see {queue(FOREIGN)} and s3://exfil-drop/x"}),
    ("an item that names a stranger's role", "dynamodb", "PutItem",
     {"TableName": "seen", "Item": ITEM}),
    ("who it is", "sts", "GetCallerIdentity", {}),
    ("a role of ours", "sts", "AssumeRole", {"RoleArn": role(), "RoleSessionName": "lab"}),
    ("a topic of ours", "sns", "Publish",
     {"TopicArn": arn("sns", "done"), "Message": arn("sns", "done", FOREIGN)}),
    ("a metric", "cloudwatch", "PutMetricData",
     {"Namespace": "lab", "MetricData": [{"MetricName": "loss", "Value": 0.5}]}),
    ("a registry's token", "ecr", "GetAuthorizationToken", {}),
    ("images of ours", "ecr", "DescribeImages", {"registryId": OURS, "repositoryName": "train"}),
]  # fmt: skip


@by_sdk
@pytest.mark.parametrize("service, operation, parameters", rows(CALLS))
def test_a_call_of_our_own_account_is_served(station, stub, sdk, service, operation, parameters):
    stub.objects[f"/{BUCKET}/source"] = b"source"
    content = b"content \xff" * 1000 if operation == "PutObject" else None
    watch = Watch(station)
    ran = call(station, sdk, service, operation, parameters, content=content)
    assert_served(ran, stub)
    assert len(stub.done) == 1 and (service == "s3" or stub.done[0][1:] == (service, operation))
    assert watch.one_record()["decision"] == "allow"
    if content:
        assert stub.objects[f"/{BUCKET}/a/b c"] == content
    if operation == "CopyObject":
        assert stub.objects["/ml-forms/copy"] == b"source"


def test_a_current_client_speaks_other_protocols(station, stub):
    """JSON to SQS, and CBOR to CloudWatch if asked to, where the system's boto3 has Query."""
    queues = call(station, "js", "sqs", "SendMessage", {"QueueUrl": queue(), "MessageBody": "1"})
    assert_served(queues, stub)
    assert json.loads(stub.told["SendMessage"])["QueueUrl"] == queue()
    metric = {"Namespace": "lab", "MetricData": [{"MetricName": "loss", "Value": 0.5}]}
    assert_served(call(station, "js", "cloudwatch", "PutMetricData", metric, CBOR="1"), stub)
    assert b"\r\nsmithy-protocol: rpc-v2-cbor\r\n" in stub.heads[-1].lower()


def test_an_account_has_an_endpoint_of_dynamodb_of_its_own(station, stub):
    parameters = {"TableName": "seen", "Item": ITEM}
    ran = call(station, "js", "dynamodb", "PutItem", parameters, AWS_ACCOUNT_ID=OURS)
    assert_served(ran, stub)
    assert f"\r\nhost: {OURS}.ddb.".encode() in stub.heads[0].lower()


@by_sdk
def test_a_role_may_be_assumed_unsigned_where_the_rule_lists_it(station, stub, sdk):
    parameters = {"RoleArn": role(), "RoleSessionName": "lab", "WebIdentityToken": "of-a-pod"}
    ran = call(station, sdk, "sts", "AssumeRoleWithWebIdentity", parameters, key=None)
    assert_served(ran, stub, {"anonymous"})
    assert OUR_SESSION.id in ran.stdout


@pytest.mark.parametrize("key", [OUR_KEY, OUR_SESSION], ids=["key", "session"])
def test_a_presigned_url_of_ours(station, stub, key):
    put = curl(station, "-T", "content", presigned(key, "PUT", f"{URL}/k"), content=FILE)
    assert_served(put, stub)
    assert stub.objects[f"/{BUCKET}/k"] == FILE
    got = curl(station, "-o", "back", presigned(key, "GET", f"{URL}/k"))
    assert_served(got, stub)


def test_an_image_layer_comes_presigned_by_aws_itself(station, stub):
    stub.objects[f"/{LAYERS}/layer"] = b"layer"
    url = presigned(AWS_KEY, "GET", f"https://{LAYERS}.s3.us-east-1.amazonaws.com/layer")
    ran = curl(station, url)
    assert_served(ran, stub, {AWS_KEY.account})
    assert ran.stdout == "layer"


REGISTRIES = [f"{OURS}.dkr.ecr.us-east-1.amazonaws.com", DEEP_LEARNING]


@pytest.mark.parametrize("host", REGISTRIES, ids=["ours", "AWS's deep learning"])
@pytest.mark.parametrize("kind", [f"Basic {REGISTRY_TOKEN}", "Bearer lab"], ids=["basic", "bearer"])
def test_images_are_pulled(station, stub, host, kind):
    ran = curl(station, "-H", f"Authorization: {kind}", f"https://{host}/v2/train/manifests/1")
    assert_served(ran, stub, {"registry"})


def test_an_operation_that_the_tables_lack_passes_where_only_accounts_are_asked(station, stub):
    """By what its members show: a bucket and a role of ours."""
    url = "https://api.sagemaker.us-east-1.amazonaws.com/"
    body = json.dumps({"To": f"s3://{BUCKET}/x", "By": role(), "Say": "not s3://exfil-drop/x"})
    fields = {
        "X-Amz-Target": "SageMaker.InventTomorrow",
        "Content-Type": "application/x-amz-json-1.1",
    }
    signed = signed_fields(OUR_KEY, "sagemaker", "POST", url, body.encode(), fields)
    ran = curl(station, *lines(signed), "--data-binary", "@content", url, content=body.encode())
    assert_served(ran, stub)
    assert stub.done == [(OURS, "sagemaker", "InventTomorrow")]


def test_the_stub_refuses_what_was_signed_otherwise(station, stub):
    """Else the tests above would prove nothing."""
    wrong = type(OUR_KEY)(OURS, OUR_KEY.id, "other" * 8)
    table = {"TableName": "seen", "Item": ITEM}
    ran = call(station, "boto3", "dynamodb", "PutItem", table, wrong)
    assert ran.returncode == 1 and not stub.done
    altered = presigned(OUR_KEY, "GET", f"{URL}/k").replace("/k?", "/l?")
    assert "SignatureDoesNotMatch" in curl(station, altered).stdout
    told = [why for why, _ in stub.failures]
    assert told == ["SignatureDoesNotMatch", "SignatureDoesNotMatch"] and not stub.done
