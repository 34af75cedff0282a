"""The account check under test: a workstation whose policy holds AWS's clients to our own accounts,
buckets and actions, a stub of AWS that all of AWS's names lead to, and what must be seen of a call
that was refused."""
import re

import pytest

from aws_calls import REFUSED_STATUS, call_command
from aws_clients import SDKS, variables
from aws_keys import FOREIGN, OUR_KEY, OURS
from aws_services import BUCKET, DEEP_LEARNING, FORMS, AwsServices
from gate import settle
from lab import wait_until
from workstation import workstation

POLICY = f"""
    organization: {{accounts: ["{OURS}"], buckets: [{BUCKET}, {FORMS}], regions: [us-east-1]}}
    rules:
      - name: own-buckets
        hosts: ["@s3"]
        aws:
          actions:
            ["s3:Get*", "s3:List*", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
      - name: forms
        hosts: [{FORMS}.s3.us-east-1.amazonaws.com]
        aws: {{signatures: [s3-post], actions: ["s3:PutObject"]}}
      - name: services
        hosts:
          - "@sagemaker-api"
          - "@ecr"
          - "@cloudwatch"
          - sns.us-east-1.amazonaws.com
          - sqs.us-east-1.amazonaws.com
          - dynamodb.us-east-1.amazonaws.com
          - "{OURS}.ddb.us-east-1.amazonaws.com"
        except_hosts: [public.ecr.aws]
        aws: {{principal_accounts: organization}}
      - name: identity
        hosts: ["@sts"]
        aws: {{unsigned: ["sts:AssumeRoleWithWebIdentity"]}}
      - name: logs
        hosts: ["@cloudwatch-logs"]
        aws: {{actions: ["logs:Put*", "logs:Create*"]}}
      - name: images
        hosts: ["{OURS}.dkr.ecr.us-east-1.amazonaws.com", "{DEEP_LEARNING}"]
        multi_tenant: accept
        aws:
          signatures: [basic, bearer]
          principal_accounts: any
          resource_accounts: [organization, aws-managed]
"""
EXPLAINED = ", explain_refused: true"
by_sdk = pytest.mark.parametrize("sdk", SDKS)


@pytest.fixture(scope="module")
def station(lab):
    with workstation(lab, POLICY, interception=EXPLAINED) as made:
        yield made


@pytest.fixture(scope="module")
def shared_stub(lab):
    with AwsServices(lab) as stub:
        yield stub


@pytest.fixture
def stub(shared_stub):
    """What it remembers is of one test."""
    shared_stub.forget()
    return shared_stub


def rows(table):
    """A table's rows, each under the name that stands first."""
    return [pytest.param(*row[1:], id=row[0]) for row in table]


def arn(service, resource, account=OURS):
    return f"arn:aws:{service}:us-east-1:{account}:{resource}"


def role(account=OURS):
    return f"arn:aws:iam::{account}:role/training"


def queue(account=OURS):
    return f"https://sqs.us-east-1.amazonaws.com/{account}/jobs"


def training_job(output=BUCKET, image=f"{DEEP_LEARNING}/pytorch-training:2.0", role_of=OURS):
    """What CreateTrainingJob is told: with AWS's own image, unless another is named."""
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/train"}
    return {
        "TrainingJobName": "lab",
        "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"},
        "RoleArn": role(role_of),
        "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": source}}],
        "OutputDataConfig": {"S3OutputPath": f"s3://{output}/models"},
        "ResourceConfig": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 10,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }


# An item may hold whatever it likes: nobody reads it.
ITEM = {
    "id": {"S": "1"},
    "seen": {"S": f"arn:aws:iam::{FOREIGN}:role/admin"},
    "link": {"S": "s3://exfil-drop/x"},
}


def environment(lab, sdk, key):
    """What a client runs with beside the lines of `sallyport env`: a key, or none."""
    held = key.variables if key else {}
    return {
        **held,
        **variables(lab, sdk),
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def call(station, sdk, service, operation, parameters, key=OUR_KEY, content=None, **more):
    """Makes the call in a fresh home; `content` is sent as its Body."""
    home = station.lab.make_folder("aws")
    if content is not None:
        with open(f"{home}/content", "wb") as file:
            file.write(content)
    command = call_command(
        sdk, service, operation, parameters, "content" if content is not None else ""
    )
    return station.run(command, home, **{**environment(station.lab, sdk, key), **more})


def curl(station, *arguments, content=b""):
    """Runs curl in a fresh home, where `content` is a file."""
    home = station.lab.make_folder("curl")
    with open(f"{home}/content", "wb") as file:
        file.write(content)
    return station.run(["/usr/bin/curl", "-sS", *arguments], home)


def lines(fields):
    """Fields as curl takes them."""
    return [part for name, value in fields.items() for part in ("-H", f"{name}: {value}")]


class Watch:
    """What the gate recorded of AWS's hosts, and asked of DNS, since it was made."""

    def __init__(self, station):
        settle(0.05)  # for the end of what was before
        self._station = station
        self._known = len(self._found())
        self._asked = len(station.lab.names.queries)

    def _found(self):
        records = self._station.gate.records()
        return [each for each in records if each.get("host", "").endswith(".amazonaws.com")]

    def records(self, count=1):
        """Once there are that many."""
        what = f"{count} records; there are {self._station.gate.records()[-3:]}"
        wait_until(lambda: len(self._found()) >= self._known + count, what=what)
        return self._found()[self._known :]

    def one_record(self):
        """There must be no other."""
        self.records()
        settle(0.1)
        found = self.records()
        assert len(found) == 1, found
        return found[0]

    def names_asked_for(self):
        asked = self._station.lab.names.queries[self._asked :]
        return [name for name, _ in asked if name.endswith(".amazonaws.com")]


def assert_refused(watch, stub, reason, rule, after):
    """One attempt was blocked, so, and nothing of it left; returns its record."""
    record = watch.one_record()
    told = [record.get(key) for key in ("decision", "reason", "rule", "after")]
    assert told == ["block", reason, rule, after], record
    assert (record["event"] == "connect") == (after == "connect")
    assert after != "connect" or watch.names_asked_for() == []
    assert not stub.heads and not stub.done
    return record


def assert_page_says(ran, reason):
    """In a service's own words where the request shows that an SDK sent it, else in plain ones."""
    assert re.search(rf"(Blocked by sallyport|Reason): {reason}\b", ran.stdout), ran.stdout
    assert "ask #ml-platform" in ran.stdout


def assert_told(ran, reason, status):
    """Whoever was refused printed why, once."""
    assert ran.returncode == status, ran.stdout
    assert ran.stdout.count("Blocked by sallyport: ") == 1, ran.stdout
    assert f"Blocked by sallyport: {reason} (" in ran.stdout, ran.stdout
    assert "AccessDenied" in ran.stdout and "ask #ml-platform" in ran.stdout


def assert_call_refused(station, stub, sdk, ran, watch, reason, rule, after):
    assert_told(ran, reason, REFUSED_STATUS[sdk])
    return assert_refused(watch, stub, reason, rule, after)
