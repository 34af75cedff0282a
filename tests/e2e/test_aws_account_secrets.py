"""Issue 8: what signs a request is nowhere to be found when it has passed or was blocked: not in the
audit log, the operator's log, an error page, the metrics, or the memory of the gate that a core
dump would show; and there is no core dump of a gate that holds a CA's key."""
import os
import re
import resource
import signal
import subprocess
from urllib.parse import quote, unquote

import pytest

from aws_account import EXPLAINED, POLICY, call, curl, lines, role
from aws_calls import presigned, signed_fields, signed_form
from aws_keys import FOREIGN_SESSION, OUR_SESSION
from aws_services import BUCKET, FORMS, STRANGE, AwsServices
from workstation import workstation

pytestmark = pytest.mark.attack
URL = f"https://{BUCKET}.s3.us-east-1.amazonaws.com/k"
PLANTED = {
    "cookie": "planted-cookie-5f0c5e",
    "bearer": "planted-bearer-77ab41",
    "basic": "cGxhbnRlZDpiYXNpYy1lMTA5",  # planted:basic-e109
    "query": "planted-query-90d2c8",
    "referrer": "planted-referrer-1c44de",
    "web identity": "planted-identity-3be5f1",
}


def signatures_of(fields):
    return re.findall(r"Signature=(\w+)", fields.get("Authorization", ""))


def query_values(url):
    """Those that let whoever has them in."""
    return [
        unquote(value)
        for name, value in re.findall(r"[?&]([^=&]+)=([^&]*)", url)
        if name in ("X-Amz-Signature", "X-Amz-Security-Token")
    ]


class Visit:
    """All that was sent through a gate, what of it is secret, and what was answered."""

    def __init__(self, station, stub):
        self.station, self.stub, self.pages = station, stub, []
        self.secrets = set(PLANTED.values())
        for key in (OUR_SESSION, FOREIGN_SESSION):
            self.secrets |= {key.token, key.id}
            self.clients(key)
            self.by_hand(key)
        self.planted()
        self.secrets |= {
            signature.decode()
            for head in stub.heads
            for signature in re.findall(rb"Signature=([0-9a-f]{64})", head)
        }

    def clients(self, key):
        for sdk, bucket in [("boto3", BUCKET), ("boto3", STRANGE), ("js", BUCKET)]:
            parameters = {"Bucket": bucket, "Key": "k"}
            ran = call(self.station, sdk, "s3", "PutObject", parameters, key, content=b"our data")
            self.pages.append(ran.stdout)
        self.pages.append(call(self.station, "aws", "sts", "GetCallerIdentity", {}, key).stdout)

    def by_hand(self, key):
        put, got = presigned(key, "PUT", URL), presigned(key, "GET", URL)
        fields = signed_fields(key, "s3", "GET", URL)
        form = signed_form(key, FORMS, "k")
        self.secrets |= {*query_values(put), *query_values(got), *signatures_of(fields)}
        self.secrets |= {form["x-amz-signature"], form["policy"]}
        self.ask("-T", "content", put)
        self.ask(*lines(fields), got)  # two credentials
        self.ask(*lines(fields), URL)
        self.ask(got.replace("https://", "http://"))
        self.ask(f"{got}&{'x' * 70_000}")  # a head that is too large
        parts = [part for name, value in form.items() for part in ("-F", f"{name}={value}")]
        self.ask(*parts, "-F", "file=@content", f"https://{FORMS}.s3.us-east-1.amazonaws.com/")

    def planted(self):
        held = PLANTED
        self.ask("-H", f"Cookie: a={held['cookie']}", "-e", f"https://x/?{held['referrer']}", URL)
        self.ask("-H", f"Authorization: Bearer {held['bearer']}", URL)
        self.ask("-H", f"Authorization: Basic {held['basic']}", URL)
        self.ask(f"{URL}?uploads&token={held['query']}")
        self.ask("-H", f"Host: a\r\nHost: {held['query']}", URL)
        self.ask(f"https://blocked.example.net/?token={held['query']}")
        self.ask(f"http://blocked.example.net/?token={held['query']}")
        self.ask("-x", f"http://u:{held['bearer']}@127.0.0.1:{self.station.gate.port}", URL)
        identity = {"RoleArn": role(), "RoleSessionName": "l", "WebIdentityToken": held["web identity"]}
        self.pages.append(
            call(self.station, "boto3", "sts", "AssumeRoleWithWebIdentity", identity, None).stdout
        )

    def ask(self, *arguments):
        self.pages.append(curl(self.station, *arguments, content=b"our data").stdout)

    def found_in(self, data):
        """The beginnings of what of it is in there, in any of the spellings that it was sent in."""
        data = data if isinstance(data, bytes) else data.encode()
        return sorted(
            secret[:12]
            for secret in self.secrets
            if any(each.encode() in data for each in (secret, quote(secret, ""), quote(secret)))
        )


@pytest.fixture(scope="module")
def visit(lab):
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    with workstation(lab, POLICY, interception=EXPLAINED) as station, AwsServices(lab) as stub:
        yield Visit(station, stub)


def test_there_was_something_to_find(visit):
    """Both were served and refused, and what is looked for did pass the gate."""
    decisions = {record["decision"] for record in visit.station.gate.records()}
    assert decisions == {"allow", "block"} and len(visit.secrets) > 25
    arrived = visit.found_in(b"".join(visit.stub.heads))
    assert OUR_SESSION.token[:12] in arrived and len(arrived) > 5


def read(path):
    with open(path, "rb") as file:
        return file.read()


SURFACES = {
    "audit log": lambda visit: read(visit.station.gate.audit),
    "operator log": lambda visit: visit.station.gate.stderr() + visit.station.gate.stdout(),
    "error pages": lambda visit: "\n".join(p for p in visit.pages if "Blocked by" in p),
    "metrics": lambda visit: visit.station.gate.get("/metrics")[1],
}


@pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
def test_no_secret_is_written(visit, surface):
    text = surface(visit)
    assert len(text) > 500
    assert visit.found_in(text) == []


def memory_of(pid):
    """What a core dump of it would hold: all that it may write to."""
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps:
        ranges = re.findall(r"(?m)^(\w+)-(\w+) rw", maps.read())
    held = []
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for begin, end in ((int(a, 16), int(b, 16)) for a, b in ranges):
            memory.seek(begin)
            held.append(memory.read(end - begin))
    return b"".join(held)


@pytest.mark.shipped
def test_no_secret_is_left_in_memory(visit):
    """Once each connection has ended: root alone can read it at all."""
    held = memory_of(visit.station.gate.process.pid)
    assert b"sallyport" in held
    assert visit.found_in(held) == []


@pytest.mark.shipped
def test_a_gate_that_holds_a_key_dumps_no_core(lab, visit):
    """Though the limit of who started it would let it; a process without such care does."""
    folder = lab.make_folder("core")
    pattern = read("/proc/sys/kernel/core_pattern").decode().strip()
    assert not pattern.startswith("|") and "/" not in pattern, "else where would it be?"
    child = subprocess.run(["/bin/sh", "-c", "kill -ABRT $$"], cwd=folder, check=False)
    assert child.returncode == -signal.SIGABRT and os.listdir(folder), "cores are on"
    with workstation(lab, POLICY, interception=EXPLAINED) as made:
        gate = made.gate
        limits = read(f"/proc/{gate.process.pid}/limits").decode()
        assert re.search(r"(?m)^Max core file size +0 +0 ", limits), limits
        gate.signal(signal.SIGABRT)
        assert gate.wait() == -signal.SIGABRT
        assert not [name for name in os.listdir(gate.folder) if "core" in name]
        gate.start()


