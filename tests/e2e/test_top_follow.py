"""`sallyport top` over the log that a gate writes, once and while it grows: through rotation and
truncation, to a terminal and to a machine, until somebody ends it."""
import json
import os
import pty
import queue
import re
import signal
import subprocess
import time

import pytest

from gate import binary, settle
from hello import HELLO_RETRY_RANDOM, hello, server_hello
from hello import record as tls_record
from lab import wait_until
from origins import Origin, only_listen, read_some
from top import Follower, append, counts, record, top
from wire import Wire, blocked_answer

POLICY = """
    clients:
      - {name: data-science, networks: [10.20.0.0/16]}
    rules:
      - {name: origins, hosts: ["*.example.org"]}
      - {name: watched, hosts: ["*.watched.example"], mode: monitor}
"""


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "audit.jsonl"
    path.touch()
    return path


def test_the_log_of_a_gate_is_counted_as_its_metrics_are(make_gate, lab):
    gate = make_gate(POLICY)
    with Origin(lab) as origin, Origin(lab, serve=asks_again) as asking:
        with Wire(gate, source="10.20.0.5") as wire:
            wire.tls_tunnel(origin.name)
        gate.wait_records(event="connect", decision="allow")
        for _ in range(3):
            blocked_answer(gate, "files.example.net", source="10.20.0.5")
        blocked_answer(gate, "files.example.net", source="10.20.0.6")
        gate.wait_records(4, decision="block")
        lab.names.set("a.watched.example", origin.address)
        with Wire(gate, source="10.20.0.6") as wire:
            wire.tls_tunnel("a.watched.example")
        gate.wait_records(2, event="close")
        # What is refused within an open tunnel is told by its end alone.
        with Wire(gate, source="10.20.0.6") as wire:
            wire.tunnel(asking.name).send(hello(asking.name)).read_record()
            wire.send(hello("elsewhere.example.net")).rest()
        gate.wait_records(event="close", reason="sni_mismatch")
    gate.reload(POLICY)
    told = top(gate.audit)
    assert told["block"] == gate.metric("sallyport_blocked_total") == 5
    attempts = gate.metric("sallyport_requests_total")
    assert told["would_block"] == 1
    # One was allowed first and blocked within.
    assert told["allow"] == 2 == attempts - told["block"] - told["would_block"] + 1
    assert counts(told, "reasons") == {"host_not_allowed": (4, 1), "sni_mismatch": (1, 0)}
    assert counts(told)["files.example.net"] == (4, 0)
    assert counts(told)["a.watched.example"] == (0, 1)
    assert told["hosts"][0]["follows"] == [{"host": origin.name, "count": 3}]
    assert told["clients"][0]["client_name"] == "data-science"
    assert counts(told, "rules")["watched"] == (0, 1)
    assert (told["not_records"], told["torn"]) == (0, 0)


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_follows_a_gate_through_rotations_and_misses_nothing(make_gate, end):
    gate = make_gate(POLICY)
    with Follower(gate.audit, end=end) as follower:
        assert follower.next()["block"] == 0
        for turn in range(3):
            for number in range(20):
                blocked_answer(gate, f"h{turn}-{number}.example.net")
            os.rename(gate.audit, f"{gate.audit}.{turn}")
            gate.signal(signal.SIGUSR1)
            wait_until(lambda: os.path.exists(gate.audit), 2, "the new file")
            blocked_answer(gate, f"h{turn}-last.example.net")
            follower.wait(lambda told, turn=turn: told["block"] == 21 * (turn + 1))
        told = follower.seen[-1]
        assert (told["not_records"], told["torn"]) == (0, 0)
    assert {told["block"] for told in follower.seen} <= set(range(64))


@pytest.mark.short
def test_it_follows_a_gate_through_a_truncation(make_gate):
    gate = make_gate(POLICY)
    with Follower(gate.audit) as follower:
        for number in range(5):
            blocked_answer(gate, f"h{number}.example.net")
        follower.wait(lambda told: told["block"] == 5)
        os.truncate(gate.audit, 0)
        settle(0.6)
        blocked_answer(gate, "after.example.net")
        told = follower.wait(lambda told: told["block"] == 6)
        assert "after.example.net" in counts(told)


def test_a_new_file_that_logrotate_made_does_not_cut_the_old_one_off(log, tmp_path):
    """`create` of logrotate: the new file is there before the gate has let go of the old one."""
    with Follower(log) as follower:
        append(log, record())
        follower.wait(lambda told: told["block"] == 1)
        os.rename(log, tmp_path / "audit.jsonl.1")
        log.touch()
        append(log, record("new.example.net"))
        for turn in range(3):
            settle(0.4)
            append(tmp_path / "audit.jsonl.1", record("old.example.net"))
        told = follower.wait(lambda told: told["block"] == 5)
        assert counts(told)["old.example.net"] == (3, 0)
        assert counts(told)["new.example.net"] == (1, 0)


def test_a_torn_line_is_waited_for_and_one_cut_off_by_a_rotation_is_told(log, tmp_path):
    with Follower(log) as follower:
        append(log, record() + record("torn.example.net")[:50])
        assert follower.wait(lambda told: told["block"] == 1)["torn"] == 0
        append(log, record("torn.example.net")[50:])
        told = follower.wait(lambda told: told["block"] == 2)
        assert "torn.example.net" in counts(told) and told["not_records"] == 0
        append(log, record()[:30])
        os.rename(log, tmp_path / "audit.jsonl.1")
        append(log, record("new.example.net") + "no record\n")
        told = follower.wait(lambda told: told["block"] == 3)
        assert (told["torn"], told["not_records"], told["first_not_record"]) == (1, 1, 2)


def test_updates_come_once_a_second_at_most_and_only_where_there_is_something(log):
    with Follower(log) as follower:
        follower.next()
        began = time.monotonic()
        while time.monotonic() - began < 3:
            append(log, record())
            time.sleep(0.01)
        settle(1.5)
        count = 0
        while True:
            try:
                follower.next(1)
                count += 1
            except queue.Empty:
                break
        assert 2 <= count <= 6, count
        assert follower.seen[-1]["block"] == len(log.read_text("utf-8").splitlines())


def test_a_pipe_is_followed_to_its_end():
    with Follower("-", stdin=subprocess.PIPE) as follower:
        follower.process.stdin.write(record())
        follower.process.stdin.flush()
        follower.wait(lambda told: told["block"] == 1)
        follower.process.stdin.write(record() + record().rstrip("\n"))
        follower.process.stdin.close()
        told = follower.wait(lambda told: told["block"] == 3)
        assert told["torn"] == 0
        assert not follower.ended()


def test_a_file_as_standard_input_is_followed_without_haste(log):
    with open(log, encoding="utf-8") as stdin, Follower("-", stdin=stdin) as follower:
        follower.next()
        settle(1)
        with open(f"/proc/{follower.process.pid}/stat", encoding="ascii") as stat:
            ticks = sum(map(int, stat.read().rsplit(")", 1)[1].split()[11:13]))
        assert ticks / os.sysconf("SC_CLK_TCK") < 0.5
        append(log, record())
        follower.wait(lambda told: told["block"] == 1)


def test_without_a_terminal_the_table_is_printed_anew(log):
    append(log, record())
    with subprocess.Popen(
        [binary(), "top", "--follow", str(log)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == first_line(log, 1)
        append(log, record())
        lines = iter(process.stdout.readline, "")
        assert next(line for line in lines if "blocked, " in line) == first_line(log, 2)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
        assert "\x1b" not in process.stdout.read()


def first_line(log, count):
    return (
        f"{count} blocked, 0 would be blocked, 0 allowed; "
        f"2026-08-20T10:00:00Z to 2026-08-20T10:00:00Z; {log}\n"
    )


@pytest.mark.short
def test_whoever_reads_no_more_ends_it(log):
    with subprocess.Popen(
        [binary(), "top", "--follow", "--json", str(log)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert json.loads(process.stdout.readline())["block"] == 0
        process.stdout.close()
        append(log, record())
        assert process.wait(10) == -signal.SIGPIPE


def asks_again(connection, seen):
    """An origin that asks for a second hello."""
    if read_some(connection, seen):
        connection.sendall(tls_record(server_hello(HELLO_RETRY_RANDOM)))
        only_listen(connection, seen)


class Terminal:
    """A screen on which `sallyport top --follow` draws."""

    def __init__(self, log, lines, columns):
        self._controller, terminal = pty.openpty()
        subprocess.run(
            ["stty", "rows", str(lines), "cols", str(columns)], stdin=terminal, check=True
        )
        self.process = subprocess.Popen(
            [binary(), "top", "--follow", str(log)],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
        )
        os.close(terminal)
        os.set_blocking(self._controller, False)
        self.text = ""

    def frames(self):
        """What was drawn so far, one after the other, without what clears the rest of a line."""
        try:
            self.text += os.read(self._controller, 1 << 20).decode("utf-8")
        except (BlockingIOError, OSError):
            pass
        frames = self.text.replace("\r\n", "\n").replace("\x1b[K", "").split("\x1b[H")
        return [frame.removesuffix("\x1b[J") for frame in frames if frame.endswith("\x1b[J")]

    def wait(self, words):
        return wait_until(
            lambda: (all_ := self.frames()) and words in all_[-1] and all_[-1], 10, words
        )

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self._controller)


@pytest.mark.parametrize("lines, columns", [(24, 80), (12, 40), (60, 200)])
def test_a_terminal_is_redrawn_within_its_size(log, lines, columns):
    for number in range(100):
        append(log, record(f"a-host-with-a-long-name-{number:03}.evil\x1b[2J.example.net"))
    terminal = Terminal(log, lines, columns)
    try:
        terminal.wait("100 blocked")
        for number in range(30):
            append(log, record("often.example.net"))
        last = terminal.wait("130 blocked")
        assert "often.example.net" in last
        frames = terminal.frames()
        assert 2 <= len(frames) <= 8
        for frame in frames:
            assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", frame), ascii(frame)
            assert len(frame.splitlines()) < lines
            assert max(map(len, frame.splitlines())) <= columns
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.process.wait(10) == 0
    finally:
        terminal.close()
