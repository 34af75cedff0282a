"""Issue 7: a refused CONNECT to an AWS API host, explained within TLS in that service's own words
(`interception.explain_refused`): AWS's clients print the gate's reason at once; nothing is dialled
or resolved, and one record says it. A few a second a client; then, and for everybody else, the
plain 403.
"""
import json
import re
import ssl
import time

import pytest

from aws_clients import SDKS, home_with_key, list_buckets_command, python, variables
from gate import settle
from http_wire import read_answers
from origins import Origin, only_listen
from wire import Wire
from workstation import workstation

POLICY = """
    workers: 1
    clients: [{name: pipeline, networks: [127.0.9.0/24]}]
    rules:
      - {name: docs, hosts: ["*.example.org"], methods: [GET]}
      - {name: never, effect: deny, hosts: [kms.us-east-1.amazonaws.com]}
      - name: past
        until: 2026-01-01T00:00:00Z
        hosts: [kinesis.us-east-1.amazonaws.com]
        multi_tenant: accept
      - name: pipelines
        clients: [pipeline]
        hosts: [events.us-east-1.amazonaws.com]
        multi_tenant: accept
      - name: inside
        networks: [10.20.0.0/16]
        hosts: [ssm.us-east-1.amazonaws.com]
        multi_tenant: accept
      - {name: open, hosts: [sqs.us-east-1.amazonaws.com], multi_tenant: accept}
"""
WITH = ", explain_refused: true"
REFUSED = "athena.us-east-1.amazonaws.com"
MESSAGE = (
    r"Blocked by sallyport: host_not_allowed \({}\)\. No rule of the policy allows this host\. "
    r"Ask for a rule that allows this host\. Contact: ask #ml-platform\. Audit id: \w+\."
)
_sources = (f"127.0.{third}.{fourth}" for third in (5, 6) for fourth in range(1, 250))
by_sdk = pytest.mark.parametrize("sdk", SDKS)


@pytest.fixture(scope="module")
def station(lab):
    with workstation(lab, POLICY, interception=WITH) as made:
        yield made


@pytest.fixture(scope="module")
def decoy(lab):
    """What the refused names lead to: nobody may connect to it."""
    with Origin(lab, serve=only_listen) as decoy:
        yield decoy


@pytest.fixture
def source():
    """A client whose share of the second nobody else has."""
    return next(_sources)


def trusting(station):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(station.ca)
    return context


def explained(station, host, source, method="GET", fields="", context=None, name=None):
    """What is told within TLS to a request for the host, and the leaf of that TLS."""
    with Wire(station.gate, source) as wire:
        wire.tunnel(host)
        context = context or trusting(station)
        wire.socket = context.wrap_socket(wire.socket, server_hostname=name or host)
        leaf = wire.socket.getpeercert()
        wire.send(f"{method} / HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n".encode())
        answers = read_answers(wire.rest(), [method])
    assert len(answers) == 1 and answers[0].is_whole and answers[0].is_closing
    return answers[0], leaf


def refused(station, host, source, port=443):
    with Wire(station.gate, source) as wire:
        return wire.connect(host, port).answer()


def leaves_minted(station):
    return station.gate.metric("sallyport_leaf_cache_total", result="miss")


def one_record_of(station, source):
    """Of a client that was nobody before."""
    settle(0.1)  # for a second one, which must not be
    return station.gate.one_record(client=source)


@by_sdk
@pytest.mark.attack
def test_an_sdk_prints_the_reason_at_once(station, sdk):
    settle(0.1)
    before = {each["id"] for each in station.gate.records()}
    blocked = station.gate.metric("sallyport_blocked_total")
    ran = station.run(
        list_buckets_command(sdk), home_with_key(station.lab), **variables(station.lab, sdk)
    )
    host = "s3.amazonaws.com" if sdk == "boto3" else "s3.us-east-1.amazonaws.com"
    assert ran.returncode == {"boto3": 1, "aws": 254, "js": 3}[sdk], ran.stdout
    assert re.search(rf"AccessDenied\b.*: {MESSAGE.format(host)}", ran.stdout), ran.stdout
    assert ran.seconds < 6, "not tried again: that alone takes boto3 12 s"
    (record,) = [each for each in station.gate.records() if each["id"] not in before]
    keys = ("event", "decision", "reason", "rule", "after", "method", "host", "port", "status")
    assert [record.get(key) for key in (*keys, "tls", "origin")] == [
        *["connect", "block", "host_not_allowed", None, "connect", "CONNECT", host, 443, 200],
        *["intercepted", None],
    ]
    assert record["id"] in ran.stdout
    assert station.gate.metric("sallyport_blocked_total") == blocked + 1
    assert not station.lab.names.count(host)


# What botocore asks for, whom, and the code of the protocol: Query, EC2, JSON, REST JSON, REST XML.
SERVICES = [
    ("sts", "get_caller_identity", "sts.amazonaws.com", "AccessDenied"),
    ("ec2", "describe_regions", "ec2.us-east-1.amazonaws.com", "UnauthorizedOperation"),
    ("logs", "describe_log_groups", "logs.us-east-1.amazonaws.com", "AccessDeniedException"),
    ("sagemaker", "list_apps", "api.sagemaker.us-east-1.amazonaws.com", "AccessDeniedException"),
    ("lambda", "list_functions", "lambda.us-east-1.amazonaws.com", "AccessDeniedException"),
    ("cloudfront", "list_distributions", "cloudfront.amazonaws.com", "AccessDenied"),
    ("route53", "list_hosted_zones", "route53.amazonaws.com", "AccessDenied"),
]


def call(station, service, operation):
    script = f"import boto3; boto3.client({service!r}).{operation}()"
    return station.run(python(script), home_with_key(station.lab))


@pytest.mark.parametrize("service, operation, host, code", SERVICES, ids=[s[0] for s in SERVICES])
@pytest.mark.attack
def test_each_protocol_has_its_form(station, service, operation, host, code):
    ran = call(station, service, operation)
    assert re.search(rf"\({code}\) when .*: {MESSAGE.format(host)}", ran.stdout), ran.stdout
    assert not station.lab.names.count(host)


# Reasons of a policy, by whose rule; where `networks` decides, the name is resolved, and no more.
REASONS = [
    ("host_not_allowed", REFUSED, None, 0),
    ("denied_by_rule", "kms.us-east-1.amazonaws.com", "never", 0),
    ("rule_expired", "kinesis.us-east-1.amazonaws.com", "past", 0),
    ("client_not_allowed", "events.us-east-1.amazonaws.com", "pipelines", 0),
    ("network_not_allowed", "ssm.us-east-1.amazonaws.com", "inside", 1),
]


@pytest.mark.parametrize("reason, host, rule, resolved", REASONS, ids=[row[0] for row in REASONS])
@pytest.mark.short
@pytest.mark.attack
def test_every_refusal_by_policy_is_explained(station, source, decoy, reason, host, rule, resolved):
    station.lab.names.set(host, decoy.address)
    answer, leaf = explained(station, host, source)
    assert (answer.status, answer.get("x-amzn-errortype")) == (403, "AccessDeniedException")
    told = json.loads(answer.body)
    assert told["__type"] == "AccessDeniedException" and told["message"] == told["Message"]
    assert told["message"].startswith(f"Blocked by sallyport: {reason} ({host}). ")
    assert (f" Rule: {rule}. " in told["message"]) == (rule is not None)
    assert leaf["subjectAltName"] == (("DNS", host),)
    record = one_record_of(station, source)
    told = [record.get(key) for key in ("event", "decision", "reason", "rule", "status", "origin")]
    assert told == ["connect", "block", reason, rule, 200, None]
    assert bool(station.lab.names.count(host)) == bool(resolved)
    assert not decoy.seen


FORMS = [
    ("json 1.1", "X-Amz-Target: AmazonAthena.ListWorkGroups\r\n", REFUSED, "json"),
    ("json 1.0", "", "dynamodb.us-east-1.amazonaws.com", "json 1.0"),
    ("query", "Content-Type: application/x-www-form-urlencoded\r\n", "sts.amazonaws.com", "xml"),
    ("s3", "", "bucket.s3.eu-west-1.amazonaws.com", "s3"),
    ("s3 by dualstack", "", "s3.dualstack.us-east-1.amazonaws.com", "s3"),
    ("api.aws", "", "lambda.us-east-1.api.aws", "rest"),
]


@pytest.mark.parametrize("method", ["POST", "HEAD"])
@pytest.mark.parametrize(
    "fields, host, form", [row[1:] for row in FORMS], ids=[row[0] for row in FORMS]
)
@pytest.mark.attack
def test_the_form_follows_the_request(station, source, method, fields, host, form):
    answer, _ = explained(station, host, source, method, fields)
    assert answer.status == 403 and answer.get("Date")
    form, _, version = form.partition(" ")
    kinds = {"json": f"application/x-amz-json-{version or '1.1'}", "rest": "application/json"}
    assert answer.get("Content-Type") == kinds.get(form, "application/xml")
    if method == "POST":
        begins = {"xml": b"<ErrorResponse><Error>", "s3": b"<?xml "}.get(form, b'{"__type"')
        assert answer.body.startswith(begins)
        assert b"Blocked by sallyport: host_not_allowed" in answer.body


# Whoever is no AWS API host at port 443 that a policy refuses.
PLAIN = [
    ("another host", "evil.example.net", 443, 403, "host_not_allowed"),
    ("another port", REFUSED, 8443, 403, "host_not_allowed"),
    ("port 80", REFUSED, 80, 403, "host_not_allowed"),
    ("the console", "console.aws.amazon.com", 443, 403, "host_not_allowed"),
    ("the documents", "docs.aws.amazon.com", 443, 403, "host_not_allowed"),
    ("the suffix alone", "amazonaws.com", 443, 403, "host_not_allowed"),
    ("a name in front", "sts.amazonaws.com.example.net", 443, 403, "host_not_allowed"),
    ("letters in front", "sts.us-east-1.notamazonaws.com", 443, 403, "host_not_allowed"),
    ("an address", "52.94.5.5", 443, 403, "address_literal"),
    ("a partition that the policy has no region of", "s3.cn-north-1.amazonaws.com.cn", 443, 403,
     "host_not_allowed"),
    ("a guarded address", "169.254.169.254", 443, 403, "destination_forbidden"),
]


@pytest.mark.parametrize(
    "host, port, status, reason", [row[1:] for row in PLAIN], ids=[row[0] for row in PLAIN]
)
@pytest.mark.short
@pytest.mark.attack
def test_everybody_else_gets_the_plain_403(station, source, host, port, status, reason):
    leaves = leaves_minted(station)
    answer = refused(station, host, source, port)
    assert (answer.status, answer.phrase) == (status, f"Blocked by sallyport: {reason}")
    record = one_record_of(station, source)
    assert (record["event"], record["status"], record.get("tls")) == ("connect", status, None)
    assert leaves_minted(station) == leaves


# Heads that contradict themselves, and destinations that no rule can open.
@pytest.mark.parametrize(
    "head, status, reason",
    [
        (f"CONNECT {REFUSED}:443 HTTP/1.1\r\nHost: a\r\nHost: b\r\n", 400, "malformed_request"),
        (f"CONNECT a@{REFUSED}:443 HTTP/1.1\r\nHost: a\r\n", 400, "invalid_host"),
        (f"CONNECT {REFUSED}:443 HTTP/1.1\r\nContent-Length: 1\r\n", 400, "malformed_request"),
        (f"GET http://{REFUSED}/ HTTP/1.0\r\nHost: {REFUSED}\r\n", 403, "host_not_allowed"),
    ],
    ids=["two hosts", "userinfo", "a body", "no CONNECT"],
)
@pytest.mark.attack
def test_contradictions_are_not_explained(station, source, head, status, reason):
    with Wire(station.gate, source) as wire:
        answer = wire.send(f"{head}\r\n".encode()).answer()
    assert answer.status == status
    assert f'details="{reason}"' in answer.headers["proxy-status"]


@pytest.mark.attack
def test_a_destination_that_no_rule_opens_is_not_explained(station, source):
    host = "sqs.us-east-1.amazonaws.com"
    station.lab.names.set(host, "127.0.0.1")
    answer = refused(station, host, source)
    assert (answer.status, answer.phrase) == (403, "Blocked by sallyport: destination_forbidden")


@pytest.mark.short
@pytest.mark.attack
def test_past_a_few_a_second_the_plain_403_is_back(station, source):
    statuses, began = [], time.monotonic()
    for _ in range(12):
        with Wire(station.gate, source) as wire:
            statuses.append(wire.connect(REFUSED).read(12)[9:])
    seconds = time.monotonic() - began
    few = statuses.count(b"200")
    assert 4 <= few <= 4 * (1 + int(seconds) + 1) and few < 12, (statuses, seconds)
    assert statuses == [b"200"] * few + [b"403"] * (12 - few) or seconds > 0.9
    with Wire(station.gate, next(_sources)) as other:
        assert other.connect(REFUSED).read(12).endswith(b" 200"), "each client has its own few"
    time.sleep(1.1)
    with Wire(station.gate, source) as wire:
        assert wire.connect(REFUSED).read(12).endswith(b" 200")


@pytest.mark.attack
def test_a_hello_that_names_another_host_is_given_no_leaf(station, source):
    context = trusting(station)
    context.check_hostname = False
    for name in ("sts.amazonaws.com", "www.example.org"):
        with pytest.raises((ssl.SSLError, ConnectionError)):
            explained(station, REFUSED, source, context=context, name=name)
    settle(0.1)
    records = station.gate.records(client=source)
    assert {(each["event"], each["status"], each["host"]) for each in records} == {
        ("connect", 200, REFUSED)
    }
    assert len(records) == 2


@pytest.mark.parametrize(
    "first",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00",
        b"",
        b"\0" * 300,
    ],
    ids=["http", "a broken hello", "silence", "zeros"],
)
@pytest.mark.short
@pytest.mark.attack
def test_what_is_no_tls_there_ends_the_connection(station, source, first):
    with Wire(station.gate, source) as wire:
        wire.tunnel(REFUSED).send(first)
        wire.finish_writing()
        answer = wire.rest()
    assert answer == b"" or answer[0] == 21, "nothing but an alert"
    assert one_record_of(station, source)["status"] == 200


@pytest.mark.attack
def test_a_client_that_does_not_trust_the_ca_is_recorded_once(station, source):
    with pytest.raises(ssl.SSLCertVerificationError):
        explained(station, REFUSED, source, context=ssl.create_default_context())
    assert one_record_of(station, source)["reason"] == "host_not_allowed"


@pytest.mark.attack
def test_requests_that_follow_are_not_answered(station, source):
    """The answer ends the connection, however many were sent."""
    with Wire(station.gate, source) as wire:
        wire.tunnel(REFUSED)
        wire.socket = trusting(station).wrap_socket(wire.socket, server_hostname=REFUSED)
        wire.send(f"GET / HTTP/1.1\r\nHost: {REFUSED}\r\n\r\n".encode() * 5)
        assert len(read_answers(wire.rest())) == 1


@pytest.mark.attack
def test_a_request_with_a_body_is_told_before_its_body_came(station, source):
    fields = "Content-Length: 1000000\r\nExpect: 100-continue\r\n"
    assert explained(station, REFUSED, source, "PUT", fields)[0].status == 403


@pytest.mark.attack
def test_without_the_key_the_plain_403_is_all(lab, source):
    """Also after a reload that takes the key away."""
    with workstation(lab, POLICY, interception=WITH) as made:
        assert explained(made, REFUSED, source)[0].status == 403
        with open(made.gate.config, encoding="utf-8") as file:
            text = file.read()
        reload = made.gate.reload(text.replace(WITH, ""))
        assert "errors" not in reload, reload
        assert refused(made, REFUSED, source).phrase == "Blocked by sallyport: host_not_allowed"
