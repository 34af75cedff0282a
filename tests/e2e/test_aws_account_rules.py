"""Issue 8: what else a rule can ask of a request to AWS: objects, regions, the owner that S3 itself
checks, single keys; and rules that deny. Requests are signed by hand and sent by curl."""
import pytest

from aws_account import (
    assert_page_says,
    assert_refused,
    curl,
    lines,
    rows,
    shared_stub,
    stub,
    Watch,
)
from aws_calls import signed_fields
from aws_keys import DOCUMENTS_KEY, FOREIGN, FOREIGN_KEY, OUR_KEY, OURS
from aws_services import BUCKET, FORMS
from workstation import workstation

__all__ = ["shared_stub", "stub"]
POLICY = f"""
    organization: {{accounts: ["{OURS}"], buckets: [{BUCKET}, {FORMS}], regions: [us-east-1]}}
    rules:
      - name: team
        hosts: ["@s3"]
        except_hosts: [{FORMS}.s3.amazonaws.com]
        aws:
          access_keys: [{DOCUMENTS_KEY.id}]
          regions: [us-east-1]
          resources: ["arn:aws:s3:::{BUCKET}", "arn:aws:s3:::{BUCKET}/team-a/*"]
      - name: owned
        hosts: [{FORMS}.s3.amazonaws.com]
        aws: {{require_expected_bucket_owner: true}}
      - name: no-deletes
        effect: deny
        hosts: ["@s3"]
        aws: {{actions: ["s3:Delete*"]}}
      - name: identity
        hosts: ["@sts"]
        multi_tenant: accept
        aws: {{principal_accounts: any}}
      - name: no-strangers
        effect: deny
        hosts: ["@sts"]
        aws: {{principal_accounts: {{not: organization}}}}
      - name: but-team
        effect: deny
        hosts: ["@s3"]
        aws: {{access_keys: [{FOREIGN_KEY.id}]}}
"""
TEAM = f"https://{BUCKET}.s3.us-east-1.amazonaws.com"
GLOBAL = f"https://{BUCKET}.s3.amazonaws.com/team-a/k"
OWNED = f"https://{FORMS}.s3.amazonaws.com/k"
WHO = "https://sts.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15"


@pytest.fixture(scope="module")
def station(lab):
    with workstation(lab, POLICY) as made:
        yield made


def owner(account):
    return {"x-amz-expected-bucket-owner": account}


def ask(station, key, method, url, more=(), region="us-east-1"):
    service = "sts" if url == WHO else "s3"
    fields = signed_fields(key, service, method, url, b"", more, region)
    return curl(station, "-X", method, *lines(fields), url)


PASS = [
    ("an object of the team", OUR_KEY, "GET", f"{TEAM}/team-a/k", {}),
    ("an object, encoded", OUR_KEY, "GET", f"{TEAM}/te%61m-a%2Fk", {}),
    ("the bucket that it is in", OUR_KEY, "GET", f"{TEAM}/?list-type=2", {}),
    ("a key that the rule lists", DOCUMENTS_KEY, "GET", f"{TEAM}/team-a/k", {}),
    ("an owner of ours", OUR_KEY, "GET", OWNED, owner(OURS)),
    ("who it is", OUR_KEY, "GET", WHO, {}),
]


@pytest.mark.parametrize("key, method, url, more", rows(PASS))
@pytest.mark.legitimate
def test_what_fits_each_condition_passes(station, stub, key, method, url, more):
    stub.objects.update({f"/{BUCKET}/team-a/k": b"a", f"/{FORMS}/k": b"b"})
    ran = ask(station, key, method, url, more)
    assert (ran.returncode, stub.failures, len(stub.done)) == (0, [], 1), ran.stdout
    assert "Error" not in ran.stdout


BLOCKED = [
    ("another team's object", OUR_KEY, "GET", f"{TEAM}/team-b/k", {},
     "resource_not_allowed", "team"),
    ("a neighbour by name", OUR_KEY, "GET", f"{TEAM}/team-ab/k", {},
     "resource_not_allowed", "team"),
    ("no owner", OUR_KEY, "GET", OWNED, {}, "resource_account_not_allowed", "owned"),
    ("a stranger as the owner", OUR_KEY, "GET", OWNED, owner(FOREIGN),
     "resource_account_not_allowed", "owned"),
    ("a deletion", OUR_KEY, "DELETE", f"{TEAM}/team-a/k", {}, "denied_by_rule", "no-deletes"),
    ("a stranger where any may sign", FOREIGN_KEY, "GET", WHO, {},
     "denied_by_rule", "no-strangers"),
    ("a key that is denied", FOREIGN_KEY, "GET", f"{TEAM}/team-a/k", {},
     "denied_by_rule", "but-team"),
]  # fmt: skip


@pytest.mark.parametrize("key, method, url, more, reason, rule", rows(BLOCKED))
@pytest.mark.short
@pytest.mark.attack
def test_what_fails_a_condition_is_blocked(station, stub, key, method, url, more, reason, rule):
    watch = Watch(station)
    ran = ask(station, key, method, url, more)
    assert_page_says(ran, reason)
    assert_refused(watch, stub, reason, rule, "request")


@pytest.mark.attack
def test_another_region_than_the_rules(station, stub):
    """Of the credential's scope, where the host shows none."""
    watch = Watch(station)
    ran = ask(station, OUR_KEY, "GET", GLOBAL, region="eu-west-1")
    assert_page_says(ran, "region_not_allowed")
    assert_refused(watch, stub, "region_not_allowed", "team", "request")
