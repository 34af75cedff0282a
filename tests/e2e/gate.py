"""The gate under test: the real binary with a policy, its records, its metrics and its end."""
import itertools
import json
import os
import re
import signal
import socket
import subprocess
import textwrap
import time
import urllib.error
import urllib.request

import yaml

from lab import end_with_parent, wait_until

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SANITIZER_WORDS = re.compile(
    r"ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:|detected memory leaks"
)
_no_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def binary():
    """The program under test; its absence fails every test."""
    named = os.environ.get("SALLYPORT_BINARY")
    candidates = (
        [named]
        if named
        else [f"{TOP}/build/{preset}/bin/sallyport" for preset in ("release", "debug")]
    )
    for path in candidates:
        if os.access(path, os.X_OK):
            return path
    raise AssertionError(
        f"no sallyport at {' or '.join(candidates)}: build it, or name it by SALLYPORT_BINARY"
    )


def run_command(*arguments, **options):
    """`sallyport ARGUMENTS...`, to its end."""
    return subprocess.run(
        [binary(), *arguments], capture_output=True, text=True, timeout=60, check=False, **options
    )


_ports = itertools.count(10_000)


def free_port():
    """A port below the range that clients get theirs from; the namespace is this process's own."""
    return next(_ports)


class Gate:
    """One run of the binary. Keys that the policy text does not write get values for tests: a free
    port, metrics, an audit file, the lab's changing name server, and a drain of a second.
    `dns="dnsmasq"` asks dnsmasq."""

    def __init__(
        self,
        lab,
        policy,
        dns="names",
        timeouts=None,
        host="127.0.0.1",
        stdout=None,
        metrics_port=None,
        listens_on_ipv6=False,
    ):
        self.lab, self.host = lab, host
        self.port, self.metrics_port = free_port(), metrics_port or free_port()
        self.folder = lab.make_folder("gate")
        self.audit, self.config = f"{self.folder}/audit.jsonl", f"{self.folder}/policy.yaml"
        hosts = [host, "[::1]"] if listens_on_ipv6 else [host]
        server = "127.0.0.1:5300" if dns == "dnsmasq" else lab.names.address
        waits = {"drain": "1s", **(timeouts or {})}
        self._defaults = {
            "version": "1",
            "contact": '"ask #ml-platform"',
            "listeners": "["
            + ", ".join(
                f'{{protocol: http, address: "{address}:{self.port}"}}' for address in hosts
            )
            + "]",
            "metrics": f'{{address: "127.0.0.1:{self.metrics_port}"}}',
            "resolver": f'{{servers: ["{server}"]}}',
            "audit": f"{{path: {self.audit}}}",
            "timeouts": "{" + ", ".join(f"{key}: {value}" for key, value in waits.items()) + "}",
        }
        self._stdout = stdout
        self.process = None
        self.write_policy(policy)

    def write_policy(self, policy):
        """Writes the policy file; a running gate is not told."""
        text = textwrap.dedent(policy)
        written = yaml.safe_load(text) or {}
        lines = [f"{key}: {value}" for key, value in self._defaults.items() if key not in written]
        self.has_metrics = isinstance(written.get("metrics", {}), dict)
        self.replace_file(self.config, "\n".join(lines) + "\n" + text)

    @staticmethod
    def replace_file(path, text):
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.rename(path + ".new", path)

    def start(self, wait=True):
        """Runs it with its policy file; returns when it is ready."""
        return self._run(["--config", self.config], wait)

    def start_built_in(self):
        """Runs it without a file."""
        self.has_metrics = True
        return self._run([], True)

    def _run(self, arguments, wait):
        with open(f"{self.folder}/stderr", "ab") as stderr, open(
            f"{self.folder}/stdout", "ab"
        ) as stdout:
            self.process = subprocess.Popen(
                [binary(), "run", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=self._stdout or stdout,
                stderr=stderr,
                cwd=self.folder,
                preexec_fn=end_with_parent,
                env={
                    "PATH": "/usr/bin:/bin",
                    "LANG": "C.UTF-8",
                    "HOME": self.folder,
                    **sanitizer_options(),
                },
            )
        if wait:
            wait_until(self._is_up, 30, "the gate to be ready")
        return self

    def _is_up(self):
        assert (
            self.process.poll() is None
        ), f"the gate ended with {self.process.returncode}: {self.stderr()}"
        if self.has_metrics:
            return self.ready() == 200
        with socket.socket() as probe:
            return probe.connect_ex((self.host, self.port)) == 0

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def get(self, path):
        """Status and body of the metrics endpoint; status 0 where nobody answers."""
        try:
            with _no_proxy.open(
                f"http://127.0.0.1:{self.metrics_port}{path}", timeout=10
            ) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def ready(self):
        return self.get("/readyz")[0]

    def metrics(self):
        """All samples: (name, {label: value}, number)."""
        status, text = self.get("/metrics")
        assert status == 200, text
        samples = []
        for line in text.splitlines():
            match = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)(?: \d+)?", line)
            if match and not line.startswith("#"):
                labels = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', match[2] or ""))
                samples.append((match[1], labels, float(match[3])))
        return samples

    def metric(self, name, **labels):
        """The sum of the samples that carry these labels."""
        return sum(
            number
            for sample, held, number in self.metrics()
            if sample == name and labels.items() <= held.items()
        )

    def records(self, **values):
        """The audit records that hold these values."""
        try:
            with open(self.audit, encoding="utf-8") as file:
                lines = file.read().split("\n")
        except FileNotFoundError:
            return []
        found = [
            json.loads(line) for line in lines[:-1]
        ]  # what has no newline yet is not written yet
        return [record for record in found if values.items() <= record.items()]

    def wait_records(self, count=1, seconds=10, **values):
        """The records that hold these values, once there are that many."""
        return wait_until(
            lambda: len(found := self.records(**values)) >= count and found,
            seconds,
            f"{count} audit record(s) of {values}; there are {self.records()[-5:]}",
        )

    def one_record(self, **values):
        """The only record that holds these values."""
        found = self.wait_records(**values)
        assert len(found) == 1, found
        return found[0]

    def stderr(self):
        with open(f"{self.folder}/stderr", encoding="utf-8", errors="replace") as file:
            return file.read()

    def stdout(self):
        with open(f"{self.folder}/stdout", encoding="utf-8", errors="replace") as file:
            return file.read()

    def last_words(self):
        """What helps to understand a failure: the ends of the operator log and of the audit log."""
        log = self.stderr().splitlines()[-20:]
        return "\n".join(
            [
                f"gate on port {self.port}, its log:",
                *log,
                "its last records:",
                *map(str, self.records()[-5:]),
            ]
        )

    def signal(self, number):
        self.process.send_signal(number)

    def reload(self, policy=None):
        """Writes a policy, asks for it by SIGHUP, and waits until it was taken or refused: the
        record that says so."""
        before = len(self.records(event="reload"))
        if policy is not None:
            self.write_policy(policy)
        self.signal(signal.SIGHUP)
        return wait_until(lambda: self.records(event="reload")[before:], 15, "a reload record")[-1]

    def wait(self, seconds=20):
        """The exit status."""
        return self.process.wait(seconds)

    def stop(self):
        """Drains; that the end is clean is asserted."""
        self.signal(signal.SIGTERM)
        try:
            status = self.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("the gate did not drain in 30 s") from None
        assert status == 0, f"exit status {status}: {self.stderr()}"
        self.assert_no_sanitizer_report()

    def assert_no_sanitizer_report(self):
        assert not SANITIZER_WORDS.search(self.stderr()), self.stderr()

    def remove(self):
        if self.is_running():
            self.process.kill()
            self.process.wait()


def sanitizer_options():
    return {
        name: value
        for name, value in os.environ.items()
        if name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS")
    }


def settle(seconds=0.3):
    """Time enough for what must not happen."""
    time.sleep(seconds)
