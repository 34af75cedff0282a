#!/usr/bin/python3
"""The guide's half of the tour: sees what the gate, the packet rules and the attacker noticed of
each attempt, and tells it. It believes nothing that the workstation says but what a person is shown
of it.

usage: guide.py count                  how many attempts there are
       guide.py begin REFUSED          before the first
       guide.py tell NUMBER REFUSED    after each; reads what `tour.py try` printed
       guide.py end                    what the attacker has, and how much was not as it should be
       guide.py control                without a gate: the same, which must be something

REFUSED is what the packet rules counted until then: lines of HOST COUNTER PACKETS.

Environment: LAB_STATE, the folder with audit/, attacker/ and tour/; METRICS, the gate's URL.
Exit status: 1 where the gate did not do what attempts.yaml says.
"""
import glob
import json
import os
import sys
import textwrap
import time
import urllib.request

import yaml

import byte_counter

HERE = os.path.dirname(os.path.abspath(__file__))
STATE = os.environ.get("LAB_STATE", "/lab")
METRICS = os.environ.get("METRICS", "http://198.18.3.2:9180/metrics")
SECONDS = 10  # for a record to be there after its client has ended
WIDTH, INDENT = 100, " " * 6


def attempts():
    with open(f"{HERE}/attempts.yaml", encoding="utf-8") as file:
        return yaml.safe_load(file)


def audit_size():
    path = f"{STATE}/audit/audit.jsonl"
    return os.path.getsize(path) if os.path.exists(path) else 0


def records_since(size):
    """The audit records that were written behind this place."""
    with open(f"{STATE}/audit/audit.jsonl", "rb") as file:
        file.seek(size)
        lines = file.read().split(b"\n")
    return [json.loads(line) for line in lines[:-1]]  # the last has no end: it is being written


def blocked_by_reason():
    """What sallyport_blocked_total says, summed over rules and clients."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(METRICS, timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    counts = {}
    for line in lines:
        if line.startswith("sallyport_blocked_total{"):
            reason = line.partition('reason="')[2].partition('"')[0]
            counts[reason] = counts.get(reason, 0) + float(line.rpartition(" ")[2])
    return counts


def refused_packets(text):
    """Packets by counter, summed over hosts."""
    counts = {}
    for line in text.splitlines():
        _, counter, packets = line.split()
        counts[counter] = counts.get(counter, 0) + int(packets)
    return counts


def attacker_bytes():
    """All that any of the attacker's places received, by the way it came."""
    received = {}
    for path in glob.glob(f"{STATE}/attacker/*.json"):
        received.update(byte_counter.read(path))
    return received


def is_host(host, pattern):
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern


def matches(record, expected):
    return (
        record["decision"] == "block"
        and record["reason"] == expected["reason"]
        and record["event"] == expected.get("event", record["event"])
        and ("host" not in expected or is_host(record.get("host", ""), expected["host"]))
    )


def begin(refused):
    """Remembers how things stand, for the next attempt's evidence."""
    now = {
        "audit": audit_size(),
        "blocked": blocked_by_reason(),
        "refused": refused_packets(refused),
        "attacker": sum(attacker_bytes().values()),
    }
    with open(f"{STATE}/tour/before.json", "w", encoding="ascii") as file:
        json.dump(now, file)
    return 0


class Evidence:
    """What was noticed of an attempt since the one before."""

    def __init__(self, tries, refused):
        with open(f"{STATE}/tour/before.json", encoding="ascii") as file:
            self._before = json.load(file)
        self._refused = refused_packets(refused)
        end = time.monotonic() + SECONDS
        while True:
            self._records = records_since(self._before["audit"])
            self._blocked = blocked_by_reason()
            self.seen = [self._shows(expected) for expected in tries]
            if all(self.seen) or time.monotonic() > end:
                break
            time.sleep(0.1)
        self.gained = sum(attacker_bytes().values()) - self._before["attacker"]

    def _shows(self, expected):
        """A line that says where a try shows; empty where it does not. Each has its own record."""
        if "counter" in expected:
            packets = self._growth(self._refused, "refused", expected["counter"])
            return f"packets counted as {expected['counter']}: {packets}" if packets else ""
        found = next((record for record in self._records if matches(record, expected)), None)
        reason = expected["reason"]
        counted = self._growth(self._blocked, "blocked", reason)
        if not found or not counted:
            return ""
        self._records.remove(found)
        keys = ("event", "reason", "rule", "host")
        shown = " ".join(f"{key}={found[key]}" for key in keys if key in found)
        return f'audit {shown}; sallyport_blocked_total{{reason="{reason}"}} +{counted:.0f}'

    def _growth(self, now, before, name):
        return now.get(name, 0) - self._before[before].get(name, 0)


def print_step(command, said):
    """A command, and the last that its tool said, as far as that can be printed."""
    print(f"    $ {textwrap.shorten(command, 3 * WIDTH)}")
    lines = [line for line in said.splitlines() if line.strip()][-2:] or ["(nothing)"]
    for line in lines:
        line = "".join(each if each.isprintable() else "?" for each in line[: 3 * WIDTH])
        print(textwrap.indent(textwrap.fill(line, WIDTH - len(INDENT)), INDENT))


def tell(number, refused):
    attempt, said = attempts()[number - 1], json.load(sys.stdin)
    tries, twin = [str(each) for each in said["tries"]], str(said["twin"])
    evidence = Evidence(attempt["tries"], refused)
    works = attempt["works"] in twin
    is_right = all(evidence.seen) and not evidence.gained and works
    print(f"\n{number:2}. {attempt['title']}: {'blocked' if is_right else 'NOT AS IT SHOULD BE'}")
    print(textwrap.indent(textwrap.fill(attempt["story"], WIDTH - 4), " " * 4))
    for expected, heard, seen in zip(attempt["tries"], tries, evidence.seen, strict=True):
        print_step(expected["run"], heard)
        print(f"      {expected['layer']}: {seen or 'NOT SEEN'}")
    print("    and what is allowed" + (" works:" if works else " DOES NOT WORK:"))
    print_step(attempt["twin"], twin)
    print(f"    the attacker has {evidence.gained} bytes of it")
    result = {
        "right": is_right,
        "seen": evidence.seen,
        "gained": evidence.gained,
        "works": works,
        "said": [*tries, twin],
    }
    with open(f"{STATE}/tour/{number}.json", "w", encoding="utf-8") as file:
        json.dump(result, file)
    begin(refused)
    return 0 if is_right else 1


def is_right(number):
    path = f"{STATE}/tour/{number}.json"
    if not os.path.exists(path):
        return False
    with open(path, encoding="utf-8") as file:
        return json.load(file)["right"]


def end():
    count, received = len(attempts()), attacker_bytes()
    right = sum(is_right(number) for number in range(1, count + 1))
    print(f"\n{count} attempts, {right} as they should be.")
    print(f"The attacker's counter: {sum(received.values())}")
    for way, size in received.items():
        print(f"    {way}: {size} bytes")
    return 0 if right == count and not received else 1


def control():
    received = attacker_bytes()
    print(f"\nWithout the gate, the attacker's counter: {sum(received.values())}")
    for way, size in sorted(received.items()):
        print(f"    {way}: {size} bytes")
    return 0 if received else 1


def main(command, *arguments):
    if command == "tell":
        return tell(int(arguments[0]), arguments[1])
    if command == "begin":
        for path in glob.glob(f"{STATE}/tour/[0-9]*.json"):
            os.remove(path)  # a former tour's
    if command == "count":
        print(len(attempts()))
        return 0
    return {"begin": begin, "end": end, "control": control}[command](*arguments)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
