"""Issue 6: signed requests to an `http://` endpoint arrive as they were signed: an origin verifies
each by its own SigV4, over the bytes that came."""
import hashlib
import json
import re
import subprocess

import pytest

from aws_origin import AwsOrigin
from clients import ACCESS_KEY

POLICY = """
    rules:
      - {name: plain, hosts: ["*.example.org"], schemes: [http]}
"""
BLOCKED = "evil.example.net"
SECRET = ACCESS_KEY["AWS_SECRET_ACCESS_KEY"]
# Characters that are encoded one way alone by a signer, and that a proxy might write otherwise.
KEYS = ["plain", "a b+c%2f/~._-", "d=e&f;g,h:i@j", "caf\u00e9 (1)!$'*", "//double//"]

_BOTO3 = """
import json, os, sys, boto3, botocore.config
endpoint, keys = sys.argv[1], json.loads(sys.argv[2])
config = botocore.config.Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"})
s3 = boto3.client("s3", endpoint_url=endpoint, config=config)
for key in keys:
    s3.put_object(Bucket="bucket", Key=key, Body=key.encode() * 100, Metadata={"a": "b  c"})
    assert s3.get_object(Bucket="bucket", Key=key)["Body"].read() == key.encode() * 100
    assert s3.head_object(Bucket="bucket", Key=key)["ContentLength"] == len(key.encode()) * 100
s3.put_object(Bucket="bucket", Key="empty", Body=b"")
s3.put_object(Bucket="bucket", Key="checked", Body=b"abc", ChecksumAlgorithm="SHA256")
part = s3.get_object(Bucket="bucket", Key="checked", Range="bytes=1-1")
assert part["Body"].read() == b"b"
s3.delete_object(Bucket="bucket", Key="checked")
print(boto3.client("sts", endpoint_url=endpoint, config=config).get_caller_identity()["Arn"])
"""

# aws-chunked is what botocore does over TLS alone; its own parts do it here without.
_CHUNKED = """
import io, os, sys, botocore.auth, botocore.awsrequest, botocore.httpchecksum
import botocore.credentials, botocore.httpsession
url, proxy = sys.argv[1:3]
body = botocore.httpchecksum.AwsChunkedWrapper(
    io.BytesIO(b"0123456789" * 50000), checksum_cls=botocore.httpchecksum.Crc32Checksum,
    checksum_name="x-amz-checksum-crc32", chunk_size=65536)
request = botocore.awsrequest.AWSRequest("PUT", url, data=body, headers={
    "Content-Encoding": "aws-chunked", "Transfer-Encoding": "chunked",
    "X-Amz-Trailer": "x-amz-checksum-crc32", "X-Amz-Decoded-Content-Length": "500000",
    "Expect": "100-continue"})
request.context["checksum"] = {"request_algorithm": {"in": "trailer"}}
request.context["client_config"] = None
key = botocore.credentials.Credentials(os.environ["AWS_ACCESS_KEY_ID"],
                                       os.environ["AWS_SECRET_ACCESS_KEY"])
botocore.auth.S3SigV4Auth(key, "s3", "us-east-1").add_auth(request)
answer = botocore.httpsession.URLLib3Session(proxies={"http": proxy}).send(request.prepare())
print(answer.status_code)
"""


@pytest.fixture
def origin(lab):
    with AwsOrigin(lab, SECRET) as origin:
        yield origin


def run(gate, *command, secret=SECRET):
    home = gate.lab.make_folder("aws")
    proxy = f"http://127.0.0.1:{gate.port}"
    variables = {**ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": secret, "http_proxy": proxy}
    variables["HTTP_PROXY"] = proxy
    return subprocess.run(
        command,
        env=gate.lab.client_environment(home, **variables),
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=100,
        check=False,
    )


def assert_served_whole(gate, origin, ran):
    assert not origin.failures, origin.failures
    assert ran.returncode == 0, ran.stdout
    for record in gate.wait_records(len(origin.heads), event="request", host=origin.name):
        assert (record["decision"], record["rule"]) == ("allow", "plain")
    for head in origin.heads:
        assert len(re.findall(rb"\r\nVia: 1\.1 sallyport-", head)) == 1


@pytest.mark.legitimate
def test_boto3_puts_and_gets_and_asks_who_it_is(gate, origin):
    ran = run(gate, "/usr/bin/python3", "-c", _BOTO3, f"http://{origin.name}", json.dumps(KEYS))
    assert_served_whole(gate, origin, ran)
    assert "arn:aws:iam::111122223333:user/lab" in ran.stdout
    assert origin.objects["/bucket/empty"] == b""
    expecting = [head for head in origin.heads if b"\r\nExpect: 100-continue\r\n" in head]
    assert any(b"\r\nContent-Length: 0\r\n" in head for head in expecting), "Expect without a body"
    assert len(expecting) >= len(KEYS)


@pytest.mark.legitimate
def test_the_command_line_copies_up_and_down_in_parts(gate, origin):
    """9 MB go up in two parts on parallel connections, and come down by ranges."""
    script = (
        "set -e; head -c 9000000 /dev/urandom >up; sha256sum <up;"
        f"/usr/bin/aws --endpoint-url http://{origin.name} s3 cp --quiet up s3://bucket/k;"
        f"/usr/bin/aws --endpoint-url http://{origin.name} s3 cp --quiet s3://bucket/k down;"
        "sha256sum <down"
    )
    ran = run(gate, "/bin/sh", "-c", script)
    assert_served_whole(gate, origin, ran)
    up, down = ran.stdout.split("\n")[:2]
    assert up == down and hashlib.sha256(origin.objects["/bucket/k"]).hexdigest() in up


@pytest.mark.legitimate
def test_aws_chunked_with_a_trailer_arrives_as_it_was_signed(gate, origin):
    proxy = f"http://127.0.0.1:{gate.port}"
    url = f"http://{origin.name}/bucket/chunked"
    ran = run(gate, "/usr/bin/python3", "-c", _CHUNKED, url, proxy)
    assert_served_whole(gate, origin, ran)
    assert "200" in ran.stdout
    assert origin.objects["/bucket/chunked"] == b"0123456789" * 50000
    assert b"\r\nTransfer-Encoding: chunked\r\n" in origin.heads[0]


def test_the_origin_refuses_what_was_signed_otherwise(gate, origin):
    """Else the tests above would prove nothing."""
    ran = run(
        gate,
        "/usr/bin/python3",
        "-c",
        _BOTO3,
        f"http://{origin.name}",
        json.dumps(KEYS),
        secret="other" * 8,
    )
    assert ran.returncode != 0 and "SignatureDoesNotMatch" in ran.stdout
    assert [why for why, _ in origin.failures] == ["SignatureDoesNotMatch"]


@pytest.mark.attack
def test_an_endpoint_that_is_not_allowed_is_blocked(gate):
    seen = len(gate.records(host=BLOCKED))
    ran = run(
        gate, "/usr/bin/aws", "--endpoint-url", f"http://{BLOCKED}", "sts", "get-caller-identity"
    )
    assert ran.returncode != 0
    assert "host_not_allowed" in ran.stdout
    record = gate.wait_records(seen + 1, host=BLOCKED)[-1]
    assert (record["decision"], record["reason"]) == ("block", "host_not_allowed")
    assert not gate.lab.names.count(BLOCKED)
