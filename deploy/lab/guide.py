#!/usr/bin/python3
"""The guide's half of the tour: sees what the gate, the packet rules and the attacker noticed of
each attempt, and tells it.

usage: guide.py mark NUMBER    before the attempt; reads what the packet rules counted
       guide.py tell NUMBER    after it; reads that again, and then what `tour.py try` printed
       guide.py end            what the attacker has, and how much failed
       guide.py control        without a gate: what the attacker has, which must be something

What packet rules counted are lines of HOST COUNTER PACKETS.

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


def attempt_of(number):
    with open(f"{HERE}/attempts.yaml", encoding="utf-8") as file:
        return yaml.safe_load(file)[number - 1]


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


def refused_packets(lines):
    """Packets by counter, summed over hosts."""
    counts = {}
    for line in lines:
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
        and ("host" not in expected or is_host(record.get("host", ""), expected["host"]))
    )


def mark(number):
    before = {
        "audit": audit_size(),
        "blocked": blocked_by_reason(),
        "refused": refused_packets(sys.stdin),
        "attacker": sum(attacker_bytes().values()),
    }
    os.makedirs(f"{STATE}/tour", exist_ok=True)
    with open(f"{STATE}/tour/{number}.before.json", "w", encoding="ascii") as file:
        json.dump(before, file)


class Evidence:
    """What was noticed between a mark and now."""

    def __init__(self, number, attempt, refused):
        with open(f"{STATE}/tour/{number}.before.json", encoding="ascii") as file:
            self._before = json.load(file)
        self._refused, self.attempt = refused, attempt
        self.gained = sum(attacker_bytes().values()) - self._before["attacker"]
        end = time.monotonic() + SECONDS
        while True:
            self.records = records_since(self._before["audit"])
            self._blocked = blocked_by_reason()
            missing = [expected for expected in attempt["refused"] if not self.shows(expected)]
            if not missing or time.monotonic() > end:
                break
            time.sleep(0.1)
        self.missing = missing

    def shows(self, expected):
        """A line that says where it shows; empty where it does not."""
        if "counter" in expected:
            packets = self._growth(self._refused, "refused", expected["counter"])
            return f"packets counted as {expected['counter']}: {packets}" if packets else ""
        found = [record for record in self.records if matches(record, expected)]
        counted = self._growth(self._blocked, "blocked", expected["reason"])
        if not found or not counted:
            return ""
        keys = ("event", "reason", "rule", "host")
        shown = " ".join(f"{key}={found[0][key]}" for key in keys if key in found[0])
        reason = expected["reason"]
        return f'audit {shown}; sallyport_blocked_total{{reason="{reason}"}} +{counted:.0f}'

    def _growth(self, now, before, name):
        return now.get(name, 0) - self._before[before].get(name, 0)


def print_step(step):
    """A command, and the last that its tool said."""
    print(textwrap.shorten(step["command"], 3 * WIDTH).join(("    $ ", "")))
    lines = [line for line in step["said"].splitlines() if line.strip()][-2:] or ["(nothing)"]
    for line in lines:
        print(textwrap.indent(textwrap.fill(line[: 3 * WIDTH], WIDTH - len(INDENT)), INDENT))


def tell(number):
    *refused, last = sys.stdin.read().splitlines()
    made = json.loads(last)
    evidence = Evidence(number, attempt_of(number), refused_packets(refused))
    attempt, twin = evidence.attempt, made["twin"]
    is_right = not evidence.missing and not evidence.gained and twin["worked"]
    print(f"\n{number:2}. {attempt['title']}: {'blocked' if is_right else 'NOT AS IT SHOULD BE'}")
    print(textwrap.indent(textwrap.fill(attempt["story"], WIDTH - 4), " " * 4))
    for step in made["tries"]:
        print_step(step)
    for expected in attempt["refused"]:
        seen = evidence.shows(expected) or f"NOT SEEN: {expected}"
        print(f"    {expected['layer']:14} {seen}")
    print("    and what is allowed" + (" works:" if twin["worked"] else " DOES NOT WORK:"))
    print_step(twin)
    print(f"    the attacker has {evidence.gained} bytes of it")
    seen = [evidence.shows(expected) for expected in attempt["refused"]]
    result = {"number": number, "right": is_right, "seen": seen, "gained": evidence.gained, **made}
    with open(f"{STATE}/tour/{number}.json", "w", encoding="utf-8") as file:
        json.dump(result, file)
    return 0 if is_right else 1


def results():
    found = []
    for path in glob.glob(f"{STATE}/tour/*[0-9].json"):
        with open(path, encoding="utf-8") as file:
            found.append(json.load(file))
    return found


def end():
    made, received = results(), attacker_bytes()
    right = sum(result["right"] for result in made)
    print(f"\n{len(made)} attempts, {right} as they should be.")
    print(f"The attacker's counter: {sum(received.values())}")
    for way, size in received.items():
        print(f"    {way}: {size} bytes")
    return 0 if made and right == len(made) and not received else 1


def control():
    received = attacker_bytes()
    print(f"\nWithout the gate, the attacker's counter: {sum(received.values())}")
    for way, size in sorted(received.items()):
        print(f"    {way}: {size} bytes")
    return 0 if received else 1


def main(command, *arguments):
    if command == "mark":
        return mark(int(arguments[0]))
    if command == "tell":
        return tell(int(arguments[0]))
    return {"end": end, "control": control}[command]()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
