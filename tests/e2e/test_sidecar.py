"""The sidecar's packet rules (deploy/sidecar/packet-rules.nft) in the namespace that gate and
workstation share: only the gate's user gets out, and what is refused is refused at once."""
import os
import subprocess
import time

import pytest

from gate import TOP, binary
from lab import CLEAN_PATH

LAB = f"{TOP}/deploy/lab"
ATTACKER, CREDENTIALS, GATE_METRICS = "198.18.2.66", "169.254.170.2", "198.18.3.2"
DOCKERS_NAMES = "127.0.0.11"
IPV6_OUTSIDE = "2001:db8:2::2"
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


class Station:
    """A lab of the sidecar that is up."""

    def __init__(self, lab):
        self._environment = {
            "PATH": CLEAN_PATH,
            "SALLYPORT": binary(),
            "LAB": f"t{os.getpid() % 10000}sc",
            "LAB_STATE": lab.make_folder("sidecar"),
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

    def gate_processes(self):
        found = self.on("ws", "pgrep", "-u", "65532", "-f", "sallyport run").split()
        return [int(process) for process in found]

    def restart_gate(self):
        for process in self.gate_processes():
            os.kill(process, 15)
        end = time.monotonic() + 40
        while self.gate_processes():
            assert time.monotonic() < end, "the gate did not end"
            time.sleep(0.1)
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
    station.run("nft", "flush", "ruleset")
    assert station.dial("AF_INET", "SOCK_STREAM", ATTACKER, 443)[0] == "Connection refused"
    assert "Operation not permitted" in station.run(
        "bash", "-c", "/usr/sbin/nft flush ruleset 2>&1"
    )


def test_a_restarted_gate_serves_the_same_workstation_again(station):
    before = station.gate_processes()
    station.restart_gate()
    assert station.gate_processes() and station.gate_processes() != before
    assert "Console" in station.run("curl", "-sS", "https://console.aws.amazon.com/")
    assert station.dial("AF_INET", "SOCK_STREAM", ATTACKER, 443)[0] == "Connection refused"
