"""Issue 8: what signs a request is nowhere to be found when it has passed or was blocked: not in
the audit log, the operator's log, an error page or the metrics; and of a gate that holds a CA's key
there is no core dump, nor may others of its user read its memory."""
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
from gate import binary
from lab import wait_until
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
        identity = {
            "RoleArn": role(),
            "RoleSessionName": "l",
            "WebIdentityToken": held["web identity"],
        }
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
    with workstation(lab, POLICY, interception=EXPLAINED) as station, AwsServices(lab) as stub:
        yield Visit(station, stub)


def test_there_was_something_to_find(visit):
    """Both were served and refused, and what is looked for did pass the gate."""
    decisions = {record["decision"] for record in visit.station.gate.records()}
    assert decisions == {"allow", "block"} and len(visit.secrets) > 20
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
    assert len(text) > 200
    assert visit.found_in(text) == []


READ_MEMORY = "import sys; open(f'/proc/{sys.argv[1]}/mem', 'rb').read(1)"
NOBODY = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def is_readable(process):
    """For another process of the user that it runs as, which is what gcore would be."""
    command = [*NOBODY, "/usr/bin/python3", "-c", READ_MEMORY, str(process.pid)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "PermissionError" in ran.stderr or "Input/output error" in ran.stderr, ran.stderr
    return "PermissionError" not in ran.stderr  # address 0 is never mapped


@pytest.mark.shipped
def test_no_process_of_the_same_user_reads_its_memory(lab):
    with workstation(lab, POLICY, interception=EXPLAINED) as made:
        gate = made.gate
        gate.stop()
        for folder, _, names in os.walk(gate.folder):
            for path in (folder, *[f"{folder}/{name}" for name in names]):
                os.chown(path, 65534, 65534)
        started = [
            subprocess.Popen([*NOBODY, *command], cwd=gate.folder, stderr=subprocess.DEVNULL)
            for command in ([binary(), "run", "--config", gate.config], ["/usr/bin/sleep", "60"])
        ]
        try:
            wait_until(lambda: gate.ready() == 200, what="the gate to be ready")
            assert [is_readable(process) for process in started] == [False, True]
        finally:
            for process in started:
                process.terminate()
                process.wait()
        gate.start()


@pytest.fixture
def cores_on():
    """For whatever this test starts."""
    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    yield
    resource.setrlimit(resource.RLIMIT_CORE, before)


@pytest.mark.shipped
def test_a_gate_that_holds_a_key_dumps_no_core(lab, cores_on):
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
