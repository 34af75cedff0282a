"""`sallyport top` over logs that are whole: what is counted, what is told of the rest, and that
nothing in a log steers a terminal, breaks it, or takes much memory."""
import json
import os
import pty
import re
import subprocess
import time

import pytest

from gate import binary, run_command
from top import append, counts, record, top

pytestmark = pytest.mark.short

# A command whose greatest memory follows on stderr, in KiB. By a small process: what this one has
# counts as what its children had.
MEASURED = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
"""
NOT_ON_A_TERMINAL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


@pytest.fixture
def log(tmp_path):
    """A log's path; the file is there and empty."""
    path = tmp_path / "audit.jsonl"
    path.touch()
    return path


def table_of(*arguments, **options):
    ran = run_command("top", *map(str, arguments), **options)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_blocks_are_counted_most_first_and_those_of_monitor_mode_apart(log):
    for number in range(5):
        append(log, record("evil.example.net"))
        append(log, record("odd.example.net", "would_block", rule="watch", client="10.20.0.8"))
    append(log, record("evil.example.net", client_name="desk", client="10.20.0.9"))
    told = top(log)
    assert (told["allow"], told["block"], told["would_block"]) == (0, 6, 5)
    assert list(counts(told).items()) == [("evil.example.net", (6, 0)), ("odd.example.net", (0, 5))]
    assert counts(told, "clients") == {
        "10.20.0.7": (5, 0),
        "10.20.0.8": (0, 5),
        "10.20.0.9": (1, 0),
    }
    assert told["clients"][2]["client_name"] == "desk"
    assert counts(told, "reasons") == {"host_not_allowed": (6, 5)}
    assert counts(told, "rules") == {"": (6, 0), "watch": (0, 5)}


def test_what_a_blocked_host_follows_stands_beside_it(log):
    append(log, record("docs.example.org", "allow"))
    append(log, record("files.example.net", time="2026-08-20T10:00:04.000000Z"))
    append(log, record("late.example.net", time="2026-08-20T10:00:06.000000Z"))
    append(log, record("other.example.net", client="10.20.0.8"))
    follows = {row["host"]: row["follows"] for row in top(log)["hosts"]}
    assert follows == {
        "files.example.net": [{"host": "docs.example.org", "count": 1}],
        "late.example.net": [],
        "other.example.net": [],
    }
    row = r"^ +1 +0  files\.example\.net +docs\.example\.org \(1\)$"
    assert re.search(row, table_of(log), re.M)


def test_rows_and_time_are_bounded_where_asked_for(log):
    for hour in range(6):
        append(log, record(f"host{hour}.example", time=f"2026-08-20T0{hour}:00:00.000000Z"))
    assert list(counts(top(log, "--top", "2"))) == ["host0.example", "host1.example"]
    assert "and 4 more\n" in table_of(log, "--top", "2")
    since, until = ["--since", "2026-08-20T02:00:00Z"], ["--until", "2026-08-20T06:00:00+02:00"]
    assert list(counts(top(log, *since))) == [f"host{hour}.example" for hour in (2, 3, 4, 5)]
    told = top(log, *since, *until)
    assert list(counts(told)) == ["host2.example", "host3.example"]
    assert (told["from"], told["to"]) == (
        "2026-08-20T02:00:00.000000Z",
        "2026-08-20T03:00:00.000000Z",
    )


def test_standard_input_is_read_too(log):
    text = record() + record("odd.example.net", "would_block")
    assert counts(top("-", input=text)) == {"evil.example.net": (1, 0), "odd.example.net": (0, 1)}
    assert table_of("-", input=text).startswith("1 blocked, 1 would be blocked, 0 allowed; ")
    assert "; standard input\n" in table_of("-", input=text)
    append(log, text)
    with open(log, encoding="utf-8") as file:
        assert len(counts(top("-", stdin=file))) == 2


def test_lines_that_are_no_records_are_told_and_cost_nothing_else(log):
    noise = ["sallyport: policy built in", "", "{}", "[]", "null", '{"schema":2}', "\0" * 100]
    append(log, record() + "".join(f"{line}\n" for line in noise) + record())
    with open(log, "ab") as file:
        file.write(b"\xff\xfe\x9b31m\n" + b"x" * 3_000_000 + b"\n" + record().encode())
    told = top(log)
    assert told["block"] == 3
    assert (told["not_records"], told["first_not_record"]) == (len(noise) + 2, 2)
    assert table_of(log).endswith("\n9 lines are no audit records, the first is line 2\n")


def test_a_torn_last_line_is_told_and_a_whole_one_counts(log):
    append(log, record() + record().rstrip("\n"))
    assert (top(log)["block"], top(log)["torn"]) == (2, 0)
    append(log, "\n" + record()[:40])
    assert (top(log)["block"], top(log)["torn"], top(log)["not_records"]) == (2, 1, 0)
    assert table_of(log).endswith("\nthe last line is torn and was not counted\n")


def test_an_empty_log_is_no_error(log):
    assert table_of(log) == f"0 blocked, 0 would be blocked, 0 allowed; {log}\n"
    assert top("/dev/null")["hosts"] == []


def on_a_terminal(*arguments):
    controller, terminal = pty.openpty()
    with subprocess.Popen(
        [binary(), "top", *map(str, arguments)], stdout=terminal, stderr=terminal
    ) as process:
        os.close(terminal)
        text = b""
        while True:
            try:
                data = os.read(controller, 1 << 16)
            except OSError:  # the other end was closed
                break
            text += data
    os.close(controller)
    assert process.returncode == 0
    return text.decode("utf-8").replace("\r\n", "\n")


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_nothing_in_a_log_steers_a_terminal(log, form):
    for payload in [
        "\x1b[31mred",
        "\x1b]0;title\x07",
        "\x9b31m",
        "\u202egpj.exe",
        "two\nlines\r",
        "\x7f\x08",
        "line\u2028separator",
    ]:
        for ascii_alone in (True, False):
            values = {"rule": payload, "client_name": payload, "client": payload, "reason": payload}
            line = json.loads(record(payload, **values))
            append(log, json.dumps(line, ensure_ascii=ascii_alone) + "\n")
            append(log, record(payload + "2", "allow", client=payload))
            append(log, record(payload, client=payload))
    text = on_a_terminal(*form, log)
    assert not NOT_ON_A_TERMINAL.search(text), ascii(text)
    assert "gpj.exe" in text


def test_a_name_in_the_path_of_the_log_does_not_either(tmp_path):
    path = tmp_path / "\x1b[31m.jsonl"
    path.touch()
    assert not NOT_ON_A_TERMINAL.search(on_a_terminal(path))


def test_a_flood_of_names_hides_no_host_and_takes_little_memory(log):
    """A file of 13 MiB whose names alone would be 6 MiB; the bounds are those of a debug build
    with sanitizers on a busy machine."""
    count = 100_000
    with open(log, "w", encoding="utf-8") as file:
        for number in range(count):
            file.write(record(f"h{number}.flood.example", client=f"client-{number}"))
            if number % 50 == 0:
                file.write(record("often.example.net"))
    began = time.monotonic()
    command = ["/usr/bin/python3", "-c", MEASURED, binary(), "top", "--json", str(log)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    told, used = json.loads(ran.stdout), int(ran.stderr) // 1024
    took = time.monotonic() - began
    print(f"{count * 51 // 50} lines: {took:.2f} s, at most {used} MiB")
    assert told["hosts"][0]["host"] == "often.example.net"
    assert told["hosts"][0]["block"] == count // 50
    assert told["block"] == count + count // 50
    assert 0 < told["missed_max"]["hosts"] < 100 and "clients" in told["missed_max"]
    assert "reasons" not in told["missed_max"]
    assert took < 30
    assert used < 400  # ASan's own share; without it some 40
