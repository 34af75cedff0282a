"""Issue 7: AWS's own clients, with nothing but what `sallyport env` gives them, through a rule that
reads TLS: what they signed arrives as it was signed, and what the rule refuses they say
themselves. An origin verifies each signature over the bytes that came."""
import hashlib
import json
import os
import textwrap
from types import SimpleNamespace

import pytest

from aws_clients import (
    KEYS,
    SDKS,
    SECRET,
    delete_command,
    home_with_key,
    put_command,
    put_one_command,
    python,
    variables,
)
from aws_tls_origin import TlsAwsOrigin
from interception import TlsHttpWire
from workstation import workstation

import lab as lab_module

POLICY = """
    rules:
      - name: buckets
        hosts: ["@s3", "@sts"]
        methods: [GET, HEAD, PUT, POST]
        multi_tenant: accept
"""
FILE_BYTES = 20_000_000  # three parts
UPLOAD = (
    "import boto3, sys; boto3.client('s3').upload_file('file', sys.argv[1], 'parts', "
    "ExtraArgs={'ChecksumAlgorithm': 'CRC32'})"
)
REFUSED_STATUS = {"boto3": 1, "aws": 254, "js": 3}  # of the programs here
by_sdk = pytest.mark.parametrize("sdk", SDKS)


@pytest.fixture(scope="module")
def station(lab):
    with workstation(lab, POLICY) as made:
        yield made


@pytest.fixture(scope="module")
def shared_origin(lab):
    with TlsAwsOrigin(lab, SECRET) as origin:
        yield origin


@pytest.fixture
def origin(shared_origin):
    """Its names keep their address; what it remembers is of one test."""
    shared_origin.forget()
    return shared_origin


def write_file(path, size=FILE_BYTES):
    """Zeros, and in each MiB a mark of its own."""
    with open(path, "wb") as file:
        file.truncate(size)
        for at in range(0, size, 1 << 20):
            file.seek(at)
            file.write(at.to_bytes(5, "big"))


def part_digests(path):
    """The SHA-256 of each 8 MiB, which all clients here have as the size of a part."""
    with open(path, "rb") as file:
        return b"".join(
            hashlib.sha256(part).digest() for part in iter(lambda: file.read(8 << 20), b"")
        )


def run(station, sdk, command, home, **more):
    return station.run(command, home, **variables(station.lab, sdk), **more)


@by_sdk
@pytest.mark.legitimate
def test_what_was_signed_arrives_as_it_was_signed(station, origin, sdk):
    home = home_with_key(station.lab)
    write_file(f"{home}/file")
    known = len(station.gate.records())
    ran = run(station, sdk, put_command(sdk, json.dumps(KEYS)), home)
    assert not origin.failures, origin.failures
    assert ran.returncode == 0, ran.stdout
    with open(f"{home}/file", "rb") as file:
        assert file.read() == origin.objects["/parts"] == origin.objects["/chunked"]
    assert "parts" in ran.stdout, "what was listed"
    assert sdk == "js" or "arn:aws:iam::111122223333:user/lab" in ran.stdout
    puts = [head for head in origin.heads if head.startswith(b"PUT ")]
    assert any(b"STREAMING-UNSIGNED-PAYLOAD-TRAILER" in head for head in puts)
    assert sum(b"partNumber=" in head for head in puts) == 3
    assert not any(b"\r\nVia:" in head for head in origin.heads)
    records = station.gate.wait_records(known + len(origin.heads))[known:]
    told = {(each["event"], each["decision"], each["rule"], each["tls"]) for each in records}
    assert told == {("request", "allow", "buckets", "intercepted")}


def test_the_origin_refuses_what_was_signed_otherwise(station, origin):
    """Else the rows above would prove nothing."""
    home = home_with_key(station.lab, "other" * 8)
    ran = run(station, "boto3", put_command("boto3", json.dumps(KEYS)), home)
    assert ran.returncode == 1 and "SignatureDoesNotMatch" in ran.stdout, ran.stdout
    assert [why for why, _ in origin.failures] == ["SignatureDoesNotMatch"]


def refused_delete(station, origin, sdk):
    known = len(station.gate.records())
    ran = run(station, sdk, delete_command(sdk), home_with_key(station.lab))
    assert ran.returncode == REFUSED_STATUS[sdk], ran.stdout
    record = station.gate.wait_records(known + 1)[known:]
    told = [(each["event"], each["reason"], each["rule"], each["method"]) for each in record]
    assert told == [("request", "method_not_allowed", "buckets", "DELETE")], "asked once"
    assert not origin.heads
    return ran


@by_sdk
@pytest.mark.attack
def test_a_delete_that_the_rule_refuses_is_asked_for_once(station, origin, sdk):
    assert refused_delete(station, origin, sdk).seconds < 5


@by_sdk
@pytest.mark.attack
def test_the_reason_of_a_refused_delete_is_printed(station, origin, sdk):
    said = refused_delete(station, origin, sdk).stdout
    assert "AccessDenied" in said
    assert "Blocked by sallyport: method_not_allowed" in said
    assert "Rule: buckets." in said and "Contact: ask #ml-platform." in said


def peak_bytes(process):
    """The most that it has held since its mark was last put back."""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
        (line,) = [line for line in file if line.startswith("VmHWM:")]
    return int(line.split()[1]) << 10


def put_back_peak(process):
    with open(f"/proc/{process.pid}/clear_refs", "w", encoding="ascii") as file:
        file.write("5")


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(64 << 20, id="64 MiB", marks=pytest.mark.shipped),
        pytest.param(1 << 30, id="1 GiB", marks=[pytest.mark.soak, pytest.mark.shipped]),
    ],
)
@pytest.mark.legitimate
def test_a_large_upload_in_parts_with_trailing_checksums_needs_little_memory(lab, station, size):
    """Ten parts at a time, aws-chunked. What the origin takes is only counted and hashed."""
    bucket = f"large-{size >> 20}"
    with TlsAwsOrigin(lab, SECRET, [f"{bucket}.s3.amazonaws.com"], only_digests=True) as origin:
        home = home_with_key(lab)
        write_file(f"{home}/file", size)
        gate = station.gate.process
        put_back_peak(gate)
        before = peak_bytes(gate)
        ran = run(station, "boto3", python(UPLOAD, bucket), home, seconds=550)
        grown = peak_bytes(gate) - before
        print(f"{size >> 20} MiB in {ran.seconds:.1f} s, {grown >> 10} KiB more at the peak")
        assert (ran.returncode, origin.failures) == (0, []), ran.stdout
        assert origin.objects["/parts"] == part_digests(f"{home}/file")
        puts = [head for head in origin.heads if head.startswith(b"PUT ")]
        assert len(puts) == size >> 23
        assert all(b"STREAMING-UNSIGNED-PAYLOAD-TRAILER" in head for head in puts)
        assert grown < 16 << 20


LIMITED = """
    rules:
      - name: small
        hosts: ["@s3"]
        methods: [GET, PUT, POST]
        urls: ["https://*.amazonaws.com/open/**"]
        limits: {upload_bytes: 1MiB}
        multi_tenant: accept
"""
REFUSED_PUTS = [("upload_limit", "open/key", 2 << 20), ("url_not_allowed", "closed/key", 100)]


@pytest.fixture(scope="module")
def limited(lab):
    with workstation(lab, LIMITED) as made:
        yield made


@by_sdk
@pytest.mark.parametrize("reason, key, size", REFUSED_PUTS, ids=[row[0] for row in REFUSED_PUTS])
@pytest.mark.attack
def test_a_put_that_the_rule_refuses_is_told_by_the_sdk(limited, origin, sdk, reason, key, size):
    home = home_with_key(limited.lab)
    write_file(f"{home}/file", size)
    ran = run(limited, sdk, put_one_command(sdk, key), home)
    assert ran.returncode == REFUSED_STATUS[sdk], ran.stdout
    assert "AccessDenied" in ran.stdout
    assert f"Blocked by sallyport: {reason}" in ran.stdout and "Rule: small." in ran.stdout
    assert ran.seconds < 5, "not tried again"
    assert not origin.objects


@pytest.fixture
def disk(lab):
    """A folder on a disk of 256 KiB."""
    folder = lab.make_folder("disk")
    lab_module.run("/usr/bin/mount", "-t", "tmpfs", "-o", "size=256k", "none", folder)
    yield folder
    lab_module.run("/usr/bin/umount", "-l", folder)


@pytest.mark.attack
def test_an_sdk_is_told_to_try_again_where_the_gate_cannot_record(lab, origin, disk):
    """On a connection that was open before its disk was full."""
    audit = f"audit: {{path: {disk}/audit.jsonl}}\n"
    host = SimpleNamespace(name="bucket.s3.amazonaws.com", port=443)
    with workstation(lab, audit + textwrap.dedent(POLICY)) as made:
        with TlsHttpWire(made.gate, host, (made.ca,)) as wire:
            for _ in range(3000):
                answer = wire.ask("/none", fields="x-amz-date: 20261126T000000Z\r\n")
                if b"audit_unavailable" in answer.body:
                    break
                assert not answer.is_closing
        os.truncate(f"{disk}/audit.jsonl", 0)
    assert (answer.status, b"<Code>ServiceUnavailable<" in answer.body) == (503, True), answer
