"""Issue 8: what would carry data to somebody else's account by AWS's own clients is blocked, each
prints the reason in its own exception, once and without asking again, and nothing of the request
reaches AWS; where the host shows it, not even a name is resolved."""
import json

import pytest

from aws_account import (
    ITEM,
    arn,
    assert_call_refused,
    by_sdk,
    call,
    queue,
    role,
    rows,
    shared_stub,
    station,
    stub,
    training_job,
    Watch,
)
from aws_keys import DOCUMENTS_KEY, FOREIGN, FOREIGN_KEY, FOREIGN_SESSION, OUR_KEY
from aws_services import BUCKET, STRANGE

__all__ = ["shared_stub", "station", "stub"]
pytestmark = pytest.mark.attack
DOTTED = "exfil.drop"  # a certificate of S3 does not cover it, so that clients put it into the path
OPEN_POLICY = json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*"}]})


def at(bucket, **more):
    return {"Bucket": bucket, "Key": "k", **more}


# By whose key, what is asked of S3, why not, and after which fact.
S3_CALLS = [
    ("another account's key", FOREIGN_KEY, "GetObject", at(BUCKET),
     "principal_account_not_allowed", "request"),
    ("another account's session", FOREIGN_SESSION, "PutObject", at(BUCKET),
     "principal_account_not_allowed", "request"),
    ("a key of which no account can be read", DOCUMENTS_KEY, "GetObject", at(BUCKET),
     "access_key_undecodable", "request"),
    ("a stranger's bucket is read", OUR_KEY, "GetObject", at(STRANGE),
     "resource_not_allowed", "connect"),
    ("a stranger's bucket is written", OUR_KEY, "PutObject", at(STRANGE),
     "resource_not_allowed", "connect"),
    ("a stranger's bucket and key", FOREIGN_KEY, "PutObject", at(STRANGE),
     "resource_not_allowed", "connect"),
    ("a stranger's bucket in the path", OUR_KEY, "PutObject", at(DOTTED),
     "resource_not_allowed", "request"),
    ("a copy from a stranger's bucket", OUR_KEY, "CopyObject",
     at(BUCKET, CopySource=f"{STRANGE}/x"), "resource_not_allowed", "request"),
    ("a copy to a stranger's bucket", OUR_KEY, "CopyObject",
     at(STRANGE, CopySource=f"{BUCKET}/x"), "resource_not_allowed", "connect"),
    ("our bucket is deleted", OUR_KEY, "DeleteBucket", {"Bucket": BUCKET},
     "action_not_allowed", "request"),
    ("our bucket is opened", OUR_KEY, "PutBucketPolicy", {"Bucket": BUCKET, "Policy": OPEN_POLICY},
     "action_not_allowed", "request"),
    ("an object is published", OUR_KEY, "PutObjectAcl", at(BUCKET, ACL="public-read"),
     "action_not_allowed", "request"),
    ("an object is put in public", OUR_KEY, "PutObject", at(BUCKET, ACL="public-read"),
     "action_not_allowed", "request"),
]  # fmt: skip


@by_sdk
@pytest.mark.parametrize("key, operation, parameters, reason, after", rows(S3_CALLS))
def test_a_call_of_s3_is_blocked(station, stub, sdk, key, operation, parameters, reason, after):
    content = b"our data" if operation == "PutObject" else None
    watch = Watch(station)
    ran = call(station, sdk, "s3", operation, parameters, key, content)
    record = assert_call_refused(station, stub, sdk, ran, watch, reason, "own-buckets", after)
    assert record["host"].split(".s3.")[0] in (
        parameters["Bucket"],
        "s3.amazonaws.com",
        "s3.us-east-1.amazonaws.com",
    )


STRANGE_IMAGE = f"{FOREIGN}.dkr.ecr.us-east-1.amazonaws.com/tool:1"
SESSION = {"RoleSessionName": "lab"}
TOKEN = {**SESSION, "WebIdentityToken": "of-a-pod"}
SAML = {"PrincipalArn": "arn:aws:iam::111122223333:saml-provider/x", "SAMLAssertion": "YQ=="}
MESSAGE = {"QueueUrl": queue(), "MessageBody": "1"}

# Of the other services: who signs (nobody: None), which rule is nearest; most show what they act
# on in their body alone.
SERVICE_CALLS = [
    ("a job's output to a stranger's bucket", OUR_KEY, "sagemaker", "CreateTrainingJob",
     training_job(output=STRANGE), "resource_not_allowed", "services", "body"),
    ("a job of a stranger's image", OUR_KEY, "sagemaker", "CreateTrainingJob",
     training_job(image=STRANGE_IMAGE), "resource_account_not_allowed", "services", "body"),
    ("a job by a stranger's role", OUR_KEY, "sagemaker", "CreateTrainingJob",
     training_job(role_of=FOREIGN), "resource_account_not_allowed", "services", "body"),
    ("a job by another account", FOREIGN_KEY, "sagemaker", "CreateTrainingJob",
     training_job(), "principal_account_not_allowed", "services", "request"),
    ("a message by another account", FOREIGN_KEY, "sqs", "SendMessage",
     MESSAGE, "principal_account_not_allowed", "services", "request"),
    ("a message to a stranger's queue", OUR_KEY, "sqs", "SendMessage",
     {"QueueUrl": queue(FOREIGN), "MessageBody": "our data"},
     "resource_account_not_allowed", "services", "body"),
    ("a message to a stranger's topic", OUR_KEY, "sns", "Publish",
     {"TopicArn": arn("sns", "x", FOREIGN), "Message": "1"},
     "resource_account_not_allowed", "services", "body"),
    ("an item by another account", FOREIGN_KEY, "dynamodb", "PutItem",
     {"TableName": "seen", "Item": ITEM}, "principal_account_not_allowed", "services", "request"),
    ("a stranger's registry", OUR_KEY, "ecr", "DescribeImages",
     {"registryId": FOREIGN, "repositoryName": "tool"},
     "resource_account_not_allowed", "services", "body"),
    ("a metric by another account", FOREIGN_SESSION, "cloudwatch", "PutMetricData",
     {"Namespace": "lab", "MetricData": [{"MetricName": "loss", "Value": 0.5}]},
     "principal_account_not_allowed", "services", "request"),
    ("who another account is", FOREIGN_KEY, "sts", "GetCallerIdentity", {},
     "principal_account_not_allowed", "identity", "request"),
    ("a stranger's role", OUR_KEY, "sts", "AssumeRole", {"RoleArn": role(FOREIGN), **SESSION},
     "resource_account_not_allowed", "identity", "body"),
    ("a stranger's role, unsigned", None, "sts", "AssumeRoleWithWebIdentity",
     {"RoleArn": role(FOREIGN), **TOKEN}, "resource_account_not_allowed", "identity", "body"),
    ("unsigned, as no rule lists", None, "sts", "AssumeRoleWithSAML",
     {"RoleArn": role(), **SAML}, "unsigned_request", "identity", "body"),
]  # fmt: skip


@by_sdk
@pytest.mark.parametrize(
    "key, service, operation, parameters, reason, rule, after", rows(SERVICE_CALLS)
)
def test_a_call_is_blocked(
    station, stub, sdk, key, service, operation, parameters, reason, rule, after
):
    watch = Watch(station)
    ran = call(station, sdk, service, operation, parameters, key)
    assert_call_refused(station, stub, sdk, ran, watch, reason, rule, after)


@pytest.mark.parametrize("sdk", ["boto3", "aws"])
def test_a_table_of_another_account_by_its_arn(station, stub, sdk):
    watch = Watch(station)
    parameters = {"TableName": arn("dynamodb", "table/x", FOREIGN), "Item": ITEM}
    ran = call(station, sdk, "dynamodb", "PutItem", parameters)
    why = ("resource_account_not_allowed", "services", "body")
    assert_call_refused(station, stub, sdk, ran, watch, *why)


def test_the_endpoint_of_another_account(station, stub):
    """No rule names that host."""
    watch = Watch(station)
    parameters = {"TableName": "x", "Item": ITEM}
    ran = call(station, "js", "dynamodb", "PutItem", parameters, AWS_ACCOUNT_ID=FOREIGN)
    why = ("host_not_allowed", None, "connect")
    record = assert_call_refused(station, stub, "js", ran, watch, *why)
    assert record["host"] == f"{FOREIGN}.ddb.us-east-1.amazonaws.com"


def test_an_alarm_in_cbor_that_tells_a_stranger(station, stub):
    watch = Watch(station)
    alarm = {
        "AlarmName": "lab",
        "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "AlarmActions": [arn("sns", "done"), arn("sns", "x", FOREIGN)],
    }
    ran = call(station, "js", "cloudwatch", "PutMetricAlarm", alarm, CBOR="1")
    why = ("resource_account_not_allowed", "services", "body")
    assert_call_refused(station, stub, "js", ran, watch, *why)
