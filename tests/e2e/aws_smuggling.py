"""Requests that say one thing to a careless reader and another to AWS, each aimed at what is
somebody else's; and requests as odd, that are ours. A body in pieces is sent in chunks."""
import json

from aws_account import arn, queue, role, training_job
from aws_keys import FOREIGN, OURS
from aws_services import BUCKET, STRANGE

JOBS = "api.sagemaker.us-east-1.amazonaws.com"
QUEUES, TABLES = "sqs.us-east-1.amazonaws.com", "dynamodb.us-east-1.amazonaws.com"
STS, TOPICS = "sts.us-east-1.amazonaws.com", "sns.us-east-1.amazonaws.com"
S3, HERE = "s3.us-east-1.amazonaws.com", f"{BUCKET}.s3.us-east-1.amazonaws.com"
JSON = {"Content-Type": "application/x-amz-json-1.1"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JOB = {"X-Amz-Target": "SageMaker.CreateTrainingJob"}
DROP = json.dumps(training_job(output=STRANGE))
GOOD = json.dumps(training_job())
THEIR_TABLE = arn("dynamodb", "table/x", FOREIGN)
ITEM = {"PutRequest": {"Item": {"id": {"S": "our data"}}}}
THEIR_ROLE = f"RoleArn={role(FOREIGN)}&RoleSessionName=lab&Version=2011-06-15"
SEND = f"Action=SendMessage&MessageBody=x&Version=2012-11-05&QueueUrl={queue(FOREIGN)}"
POINT = f"arn:aws:s3:us-east-1:{FOREIGN}:accesspoint/drop"


def table_call(operation, body):
    fields = {"X-Amz-Target": f"DynamoDB_20120810.{operation}", **JSON}
    return TABLES, "POST", "/", fields, json.dumps(body)


def copy(source, more=()):
    return HERE, "PUT", "/k", {"x-amz-copy-source": source, **dict(more)}, ""


# What is sent: host, method, target, fields, body; and the reason.
REQUESTS = [
    # Where the operation is, and which one.
    ("a target twice", (JOBS, "POST", "/", {**JSON, "X-Amz-Target":
     "SageMaker.ListEndpoints\r\nX-Amz-Target: SageMaker.CreateTrainingJob"}, DROP),
     "resource_account_not_allowed"),
    ("a target and an action", (JOBS, "POST", "/?Action=ListEndpoints", {**JSON, **JOB}, DROP),
     "resource_account_not_allowed"),
    ("a target whose case is odd", (JOBS, "POST", "/",
     {**JSON, "X-Amz-Target": "sagemaker.createtrainingjob"}, DROP),
     "resource_not_allowed"),
    ("a job as a form", (JOBS, "POST", "/", {**FORM, **JOB}, DROP),
     "resource_not_allowed"),
    ("a job without a type", (JOBS, "POST", "/", JOB, DROP),
     "resource_not_allowed"),
    ("a job by RPC", (JOBS, "POST", "/service/SageMaker/operation/CreateTrainingJob",
     {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/json"}, DROP),
     "resource_account_not_allowed"),
    ("an action in the query", (STS, "POST", f"/?Action=AssumeRole&{THEIR_ROLE}", FORM, ""),
     "resource_account_not_allowed"),
    ("an action by GET", (STS, "GET", f"/?Action=AssumeRole&{THEIR_ROLE}", {}, ""),
     "resource_account_not_allowed"),
    ("two actions", (STS, "POST", "/", FORM,
     f"Action=GetCallerIdentity&Action=AssumeRole&{THEIR_ROLE}"),
     "resource_account_not_allowed"),
    ("an action in the query, another in the form", (STS, "POST", "/?Action=GetCallerIdentity",
     FORM, f"Action=AssumeRole&{THEIR_ROLE}"),
     "resource_account_not_allowed"),
    ("an action, encoded", (STS, "POST", "/", FORM, f"%41ction=AssumeRole&{THEIR_ROLE}"),
     "resource_account_not_allowed"),
    ("a role twice", (STS, "POST", "/", FORM,
     f"Action=AssumeRole&RoleArn={role()}&{THEIR_ROLE}"),
     "body_not_judgeable"),
    ("a role split over query and form", (STS, "POST", f"/?RoleArn={role(FOREIGN)}", FORM,
     f"Action=AssumeRole&RoleArn={role()}&RoleSessionName=lab&Version=2011-06-15"),
     "resource_account_not_allowed"),
    # Whose queue, topic or table.
    ("a queue's own path", (QUEUES, "GET",
     f"/{FOREIGN}/jobs?Action=SendMessage&MessageBody=x&Version=2012-11-05", {}, ""),
     "resource_account_not_allowed"),
    ("a queue by GET", (QUEUES, "GET", f"/?{SEND}", {}, ""),
     "resource_account_not_allowed"),
    ("a queue of JSON at our path", (QUEUES, "POST", "/111122223333/jobs",
     {"X-Amz-Target": "AmazonSQS.SendMessage", **JSON},
     json.dumps({"QueueUrl": queue(FOREIGN), "MessageBody": "x"})),
     "resource_account_not_allowed"),
    ("a queue at an old host", (QUEUES, "POST", "/",
     {"X-Amz-Target": "AmazonSQS.SendMessage", **JSON}, json.dumps({"MessageBody": "x",
      "QueueUrl": f"https://queue.amazonaws.com/{FOREIGN}/jobs"})),
     "resource_account_not_allowed"),
    ("a topic to be subscribed", (TOPICS, "POST", "/", FORM,
     f"Action=Publish&Message=x&TargetArn={arn('sns', 'x', FOREIGN)}&Version=2010-03-31"),
     "resource_account_not_allowed"),
    ("a batch of items", table_call("BatchWriteItem", {"RequestItems": {THEIR_TABLE: [ITEM]}}),
     "resource_account_not_allowed"),
    ("a transaction", table_call("TransactWriteItems",
     {"TransactItems": [{"Put": {"TableName": THEIR_TABLE, "Item": {}}}]}),
     "resource_account_not_allowed"),
    # Which bucket.
    ("a copy by a source with a slash", copy(f"/{STRANGE}/x"),
     "resource_not_allowed"),
    ("a copy by an encoded source", copy(STRANGE.replace("e", "%65", 1) + "/x"),
     "resource_not_allowed"),
    ("a copy by an encoded slash", copy(f"%2F{STRANGE}%2Fx"),
     "resource_not_allowed"),
    ("a copy of a version", copy(f"{STRANGE}/x?versionId=1"),
     "resource_not_allowed"),
    ("a copy of an access point", copy(f"{POINT}/object/x"),
     "resource_account_not_allowed"),
    ("a copy of two sources", copy(f"{BUCKET}/x\r\nx-amz-copy-source: {STRANGE}/x"),
     "resource_not_allowed"),
    ("a copy whose source is in the query", (HERE, "PUT", f"/k?x-amz-copy-source={STRANGE}%2Fx", {},
     ""), "resource_not_allowed"),
    ("a list for everybody in the query", (HERE, "PUT", "/k?x-amz-acl=public-read", {}, "our data"),
     "action_not_allowed"),
    ("a part of another object", (HERE, "PUT", "/k?partNumber=1&uploadId=lab",
     {"x-amz-copy-source": f"{STRANGE}/x"}, ""),
     "resource_not_allowed"),
    ("a path of two slashes", (S3, "PUT", f"//{STRANGE}/k", {}, "our data"),
     "action_unknown"),
    ("a path of an encoded slash", (S3, "PUT", f"/{STRANGE}%2Fk", {}, "our data"),
     "action_unknown"),
    ("a path with a dot", (S3, "PUT", f"/{BUCKET}/../{STRANGE}/k", {}, "our data"),
     "action_unknown"),
    ("a path by an access point", (S3, "PUT", f"/{POINT.replace('/', '%2F')}/k", {}, "our data"),
     "action_unknown"),
    ("a host within our tunnel", (HERE, "PUT", "/k",
     {"Host": f"{STRANGE}.s3.us-east-1.amazonaws.com"}, "our data"),
     "host_mismatch"),
    ("an object that is encrypted by their key", (HERE, "PUT", "/k",
     {"x-amz-server-side-encryption": "aws:kms",
      "x-amz-server-side-encryption-aws-kms-key-id": arn("kms", "key/x", FOREIGN)}, "our data"),
     "resource_account_not_allowed"),
    ("grants", (HERE, "PUT", "/k", {"x-amz-grant-read": f"id={FOREIGN}"}, "our data"),
     "action_not_allowed"),
    ("a list for everybody", (HERE, "PUT", "/?acl", {"x-amz-acl": "public-read"}, ""),
     "action_not_allowed"),
    ("two marks", (HERE, "PUT", "/k?acl&partNumber=1&uploadId=lab", {}, "our data"),
     "action_not_allowed"),
    ("an encoded mark", (HERE, "PUT", "/k?%61cl", {}, "our data"),
     "action_not_allowed"),
    ("a mark with a value", (HERE, "PUT", "/?policy=x", {}, "{}"),
     "action_not_allowed"),
    # What the body says.
    ("a role cut by chunks", (STS, "POST", "/", {**FORM, "Transfer-Encoding": "chunked"},
     [f"Action=AssumeRole&RoleArn=arn:aws:iam::{FOREIGN[:4]}",
      f"{FOREIGN[4:]}:role/x&RoleSessionName=lab&Version=2011-06-15"]),
     "resource_account_not_allowed"),
    ("an action cut by chunks", (STS, "POST", "/", {**FORM, "Transfer-Encoding": "chunked"},
     ["Act", f"ion=AssumeRole&{THEIR_ROLE}"]), "resource_account_not_allowed"),
    ("a bucket cut by chunks", (JOBS, "POST", "/",
     {**JSON, **JOB, "Transfer-Encoding": "chunked"}, [DROP[:-40], DROP[-40:]]),
     "resource_not_allowed"),
    ("a job in chunks", (JOBS, "POST", "/", {**JSON, **JOB, "Transfer-Encoding": "chunked"}, DROP),
     "resource_not_allowed"),
    ("a job behind a byte order mark", (JOBS, "POST", "/", {**JSON, **JOB}, "\ufeff" + DROP),
     "body_not_judgeable"),
    ("a job in UTF-16", (JOBS, "POST", "/", {**JSON, **JOB}, DROP.encode("utf-16")),
     "body_not_judgeable"),
    ("a job with a comment", (JOBS, "POST", "/", {**JSON, **JOB}, "/* */" + DROP),
     "body_not_judgeable"),
    ("a job whose member's case is odd", (JOBS, "POST", "/", {**JSON, **JOB},
     DROP.replace("S3OutputPath", "s3OutputPath")),
     "resource_not_allowed"),
    ("a job of two bodies", (JOBS, "POST", "/", {**JSON, **JOB}, f"{GOOD}{DROP}"),
     "body_not_judgeable"),
    ("a job after NUL", (JOBS, "POST", "/", {**JSON, **JOB}, f"{GOOD}\0{DROP}"),
     "body_not_judgeable"),
    ("a job that is a list", (JOBS, "POST", "/", {**JSON, **JOB}, f"[{DROP}]"),
     "body_not_judgeable"),
    ("a job by another's access point", (JOBS, "POST", "/", {**JSON, **JOB},
     json.dumps(training_job(output=POINT))),
     "resource_not_allowed"),
    ("a job of two codings", (JOBS, "POST", "/",
     {**JSON, **JOB, "Content-Encoding": "identity, gzip"}, DROP),
     "body_not_judgeable"),
]  # fmt: skip


# As odd, but of ours: what is unusual is no reason to block it.
ORDINARY = [
    ("a job in chunks", (JOBS, "POST", "/", {**JSON, **JOB, "Transfer-Encoding": "chunked"},
     [GOOD[:100], GOOD[100:]])),
    ("an action in chunks", (STS, "POST", "/", {**FORM, "Transfer-Encoding": "chunked"},
     ["Action=GetCall", "erIdentity&Version=2011-06-15"])),
    ("a job beyond ASCII", (JOBS, "POST", "/", {**JSON, **JOB}, GOOD.replace("lab", "l\u00e4b"))),
    ("a key with dots", (HERE, "PUT", "/a/../b", {}, "our data")),
    ("a key with an encoded slash", (HERE, "GET", "/a%2Fb", {}, "")),
    ("a key that asks for a version", (HERE, "GET", "/k?versionId=abc", {}, "")),
    ("a key that asks for a type", (HERE, "GET", "/k?response-content-type=text%2Fplain", {}, "")),
    ("a key of path style", (S3, "GET", f"/{BUCKET}//a//../k", {}, "")),
    ("a bucket of path style, encoded", (S3, "GET", "/%6dl-data/k", {}, "")),
    ("a listing of path style", (S3, "GET", f"/{BUCKET}?list-type=2", {}, "")),
    ("a copy of a version of ours", copy(f"/{BUCKET}/x?versionId=1")),
    ("a copy of an encoded source of ours", copy(f"{BUCKET}%2Fx")),
    ("an object that is encrypted by our key", (HERE, "PUT", "/k",
     {"x-amz-server-side-encryption": "aws:kms",
      "x-amz-server-side-encryption-aws-kms-key-id": arn("kms", "key/x")}, "our data")),
    ("a queue by GET", (QUEUES, "GET", f"/?{SEND.replace(FOREIGN, OURS)}", {}, "")),
    ("a queue's own path", (QUEUES, "POST", f"/{OURS}/jobs", FORM,
     "Action=SendMessage&MessageBody=x&Version=2012-11-05")),
    ("a batch of items", table_call("BatchWriteItem", {"RequestItems": {"x": [ITEM]}})),
]  # fmt: skip
