#!/usr/bin/env python3
"""The microscopic figures of a release build beside their targets, as one markdown table.

usage: report.py [BUILD]      BUILD: build/release; wants its sallyport and micro_bench

Run as root on a quiet machine: everything is pinned to one core, and the gate runs in a network
namespace of this process alone. Medians of several runs.
"""

import os
import pathlib
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[3]
CORE = 1
PATTERNS = 1_000_000
ASKED = 400_000
RUNS = 5
PORT = 3128

RULES = """version: 1
metrics: off
audit: {{path: {folder}/audit}}
host_sets:
  many: {{file: many.txt}}
rules:
  - {{name: many, hosts: ["@many"]}}
"""

# NAME in the output of micro_bench or of this script: what it is, its target, the unit
ROWS = [
    ("decision_20_rules_name_the_host", "one decision, all 20 rules name the host", 150, "ns"),
    ("decision_1_of_20_names_the_host", "one decision, 1 rule of 20 names the host", 150, "ns"),
    (
        "connect_20_rules_name_the_host",
        "a CONNECT's facts and 3 decisions, all 20 rules",
        None,
        "ns",
    ),
    (
        "connect_1_of_20_names_the_host",
        "a CONNECT's facts and 3 decisions, 1 rule of 20",
        None,
        "ns",
    ),
    ("aws_s3_put", "an S3 PUT: what it shows, and a decision", 2000, "ns"),
    ("aws_json", "a JSON call of SageMaker's, the same", 2000, "ns"),
    ("aws_json_with_body", "a training job, with its body judged", None, "ns"),
    ("match_and_decide", "facts and a decision of 1,000,000 patterns, half hits", 300, "ns"),
    ("load_ms", "policy of 1,000,000 patterns: load with checks", 2000, "ms"),
    ("check_ms", "the same: `sallyport check`, whole", 2000, "ms"),
    ("bytes_each", "the same: RSS of the gate, each pattern", 120, "bytes"),
    ("peak_mib", "the same: peak RSS of `sallyport check`", None, "MiB"),
    ("audit_block", "audit record of a blocked CONNECT", None, "ns"),
    ("audit_connect", "audit record of a tunnel: `connect`", None, "ns"),
    ("audit_close", "audit record of a tunnel: `close`", None, "ns"),
    ("start_ms", "`sallyport run` until it listens, built-in policy", None, "ms"),
    ("start_million_ms", "`sallyport run` until it listens, 1,000,000 patterns", None, "ms"),
    ("binary_kib", "stripped binary", None, "KiB"),
]


def random_name(chance):
    """A name that could be registered: two labels, sometimes three."""
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    label = "".join(chance.choices(letters, k=chance.randint(6, 14)))
    name = f"x{label}.{chance.choice(['com', 'org', 'net', 'io', 'de', 'fr', 'info'])}"
    return name if chance.random() < 0.7 else f"{chance.choice(['www', 'api', 'cdn', 'm'])}.{name}"


def write_policy(folder):
    """A policy whose host set has a million lines, and hosts half of which it names."""
    chance = random.Random(20_260_820)
    names = set()
    while len(names) < PATTERNS + ASKED // 2:
        names.add(random_name(chance))
    names = sorted(names)
    chance.shuffle(names)
    listed, others = names[:PATTERNS], names[PATTERNS:]
    is_wildcard = [chance.random() < 0.3 for _ in listed]
    lines = [f"*.{name}" if wild else name for name, wild in zip(listed, is_wildcard)]
    (folder / "many.txt").write_text("\n".join(lines) + "\n")
    (folder / "policy.yaml").write_text(RULES.format(folder=folder))
    (folder / "one.txt").write_text("one.example.org\n")
    one = RULES.format(folder=folder).replace("many.txt", "one.txt")
    (folder / "one.yaml").write_text(one)
    hits = [
        f"h{i % 97}.{listed[i]}" if is_wildcard[i] else listed[i]
        for i in chance.sample(range(PATTERNS), ASKED // 2)
    ]
    hosts = hits + others[: ASKED // 2]
    chance.shuffle(hosts)
    (folder / "hosts.txt").write_text("\n".join(hosts) + "\n")


def run_pinned(*command):
    return subprocess.run(
        ["taskset", "-c", str(CORE), *map(str, command)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def figures_of(build, *arguments):
    """Medians of several runs of micro_bench."""
    found = {}
    for _ in range(RUNS):
        for line in run_pinned(build / "micro_bench", *arguments).splitlines():
            name, value = line.split("\t")
            found.setdefault(name, []).append(float(value))
    return {name: statistics.median(values) for name, values in found.items()}


def check(build, folder):
    """Wall time and peak memory of `sallyport check`."""
    spent, peak = [], 0
    for _ in range(RUNS):
        begin = time.monotonic()
        process = subprocess.Popen(
            ["taskset", "-c", str(CORE), build / "sallyport", "check", folder / "policy.yaml"],
            stdout=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, "the policy passes the check"
        spent.append((time.monotonic() - begin) * 1e3)
        peak = max(peak, usage.ru_maxrss)
    return {"check_ms": statistics.median(spent), "peak_mib": peak / 1024}


def start(build, folder, *arguments):
    """How long a gate takes until it listens, in ms, and its RSS then, in KiB."""
    begin = time.monotonic()
    with open(folder / "gate.log", "ab") as log:
        process = subprocess.Popen(
            ["taskset", "-c", str(CORE), build / "sallyport", "run", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
        )
    try:
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", PORT)) == 0:
                    break
            assert process.poll() is None, (folder / "gate.log").read_text()
            time.sleep(0.0002)
        spent = (time.monotonic() - begin) * 1e3
        time.sleep(0.2)
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        return spent, int(re.search(r"VmRSS:\s+(\d+)", status)[1])
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def starts(build, folder):
    built_in = [start(build, folder) for _ in range(RUNS)]
    one = [start(build, folder, "--config", folder / "one.yaml") for _ in range(RUNS)]
    many = [start(build, folder, "--config", folder / "policy.yaml") for _ in range(RUNS)]

    def median(runs, part):
        return statistics.median(run[part] for run in runs)

    return {
        "start_ms": median(built_in, 0),
        "start_million_ms": median(many, 0),
        "bytes_each": (median(many, 1) - median(one, 1)) * 1024 / PATTERNS,
    }


def stripped_kib(build, folder):
    subprocess.run(["strip", "-o", folder / "stripped", build / "sallyport"], check=True)
    return {"binary_kib": (folder / "stripped").stat().st_size / 1024}


def machine():
    info = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*: (.*)", info)[1]
    return f"{model}, {os.cpu_count()} cores, Linux {os.uname().release.split('-')[0]}"


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else TOP / "build/release").resolve()
    build = build / "bin"
    if os.environ.get("SALLYPORT_MICRO_INSIDE") is None:
        os.environ["SALLYPORT_MICRO_INSIDE"] = "1"
        os.execvp("unshare", ["unshare", "--net", sys.executable, __file__, *sys.argv[1:]])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sallyport-micro-"))
    try:
        write_policy(folder)
        found = figures_of(build, "decisions") | figures_of(build, "aws") | figures_of(build, "audit")
        found |= figures_of(build, "policy", folder / "policy.yaml", folder / "hosts.txt")
        found |= check(build, folder) | starts(build, folder) | stripped_kib(build, folder)
    finally:
        shutil.rmtree(folder)
    print(f"{machine()}; load average {os.getloadavg()[0]:.1f}; medians of {RUNS} runs\n")
    print("| figure | measured | target |\n| --- | ---: | ---: |")
    for name, what, target, unit in ROWS:
        aim = "" if target is None else f"<= {target:,} {unit}"
        print(f"| {what} | {found[name]:,.0f} {unit} | {aim} |")


if __name__ == "__main__":
    main()
