"""Issue 8: in monitor mode what the account check would block passes as it was sent, and is
recorded with the reason, the rule and what the request shows: a policy can be tried before it is
enforced."""
import textwrap

import pytest

from aws_account import EXPLAINED, POLICY, call, curl, rows, shared_stub, stub, training_job, Watch
from aws_calls import presigned
from aws_keys import FOREIGN_KEY, OUR_KEY
from aws_services import BUCKET, STRANGE
from workstation import workstation

__all__ = ["shared_stub", "stub"]


@pytest.fixture(scope="module")
def station(lab):
    with workstation(
        lab, "mode: monitor\n" + textwrap.dedent(POLICY), interception=EXPLAINED
    ) as made:
        yield made


CALLS = [
    ("another account's key", FOREIGN_KEY, "s3", "PutObject", {"Bucket": BUCKET, "Key": "k"},
     "principal_account_not_allowed", "own-buckets", "request"),
    ("a job's output to it", OUR_KEY, "sagemaker", "CreateTrainingJob",
     training_job(output=STRANGE), "resource_not_allowed", "services", "body"),
]  # fmt: skip


@pytest.mark.parametrize("key, service, operation, parameters, reason, rule, after", rows(CALLS))
def test_what_would_be_blocked_is_served_and_recorded(
    station, stub, key, service, operation, parameters, reason, rule, after
):
    watch = Watch(station)
    content = b"data" if service == "s3" else None
    ran = call(station, "boto3", service, operation, parameters, key, content)
    assert (ran.returncode, stub.failures) == (0, []), ran.stdout
    assert stub.accounts() == {key.account} and len(stub.done) == 1
    record = watch.records()[0]
    told = [record.get(name) for name in ("decision", "reason", "rule", "after")]
    assert told == ["would_block", reason, rule, after], record
    assert record["aws"]["access_key_id"] == key.shortened


def test_what_would_be_blocked_by_its_host_is_relayed_unread(lab, station, stub):
    """So that its client sees the certificate of the origin itself."""
    watch = Watch(station)
    url = presigned(OUR_KEY, "PUT", f"https://{STRANGE}.s3.us-east-1.amazonaws.com/k")
    ran = curl(station, "--cacert", lab.ca, "-T", "content", url, content=b"data")
    assert (ran.returncode, stub.failures) == (0, []), ran.stdout
    assert stub.objects[f"/{STRANGE}/k"] == b"data"
    record = watch.records()[0]
    told = [record.get(name) for name in ("event", "decision", "reason", "rule", "tls")]
    assert told == ["connect", "would_block", "resource_not_allowed", "own-buckets", "passthrough"]
