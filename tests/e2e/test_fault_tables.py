"""The same rows again and again, many at a time: no answer ever differs from the first, neither the
running gate's nor that of `sallyport test`."""
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from gate import run_command
from lab import wait_until
from tables import DATA, Everywhere, read_tables, start_gate
from wire import ESTABLISHED, Wire

TABLE = "sni.tests"
ROWS = [
    row
    for row in read_tables()
    if row.table == TABLE and row.can_be_sent() and row.kind != "silence"
]
TOLD = ("decision", "reason", "rule", "after")
AT_ONCE = 32


def source_of(number):
    """Each row has a client's address of its own, so that its records are known."""
    return f"127.0.1.{number + 1}"


def send(gate, row, source):
    """Makes the attempt; what came back, in short."""
    with Wire(gate, source) as wire:
        wire.send(row.head())
        head = wire.read(len(ESTABLISHED))
        if head != ESTABLISHED:
            return head[:12]
        wire.send(row.first_bytes())
        return wire.read(1)


@pytest.mark.parametrize("passes", [50, pytest.param(1000, marks=pytest.mark.soak)])
def test_no_row_of_a_table_ever_differs_in_the_running_gate(lab, passes):
    assert len(ROWS) >= 20
    gate, everywhere = start_gate(lab, ROWS[0].policy), Everywhere(lab)
    try:
        for row in ROWS:
            everywhere.prepare(row)
        jobs = [(number, row) for _ in range(passes) for number, row in enumerate(ROWS)]
        with ThreadPoolExecutor(AT_ONCE) as workers:
            answers = list(
                workers.map(lambda job: (job[0], send(gate, job[1], source_of(job[0]))), jobs)
            )
        wait_until(
            lambda: gate.metric("sallyport_audit_records_total")
            >= gate.metric("sallyport_requests_total")
            >= len(jobs),
            30,
            "all records",
        )
        gate.stop()
        verdicts = Counter(
            (record["client"], *(record.get(key) or None for key in TOLD))
            for record in gate.records(event="connect")
        )
    finally:
        everywhere.close()
        gate.remove()
    expected = Counter()
    for number, row in enumerate(ROWS):
        told = row.row["expect"]
        expected[source_of(number), *(told.get(key) or None for key in TOLD)] += passes
    print(f"{passes} passes over {len(ROWS)} rows, {AT_ONCE} at a time: {len(jobs)} attempts")
    assert verdicts == expected
    assert len(set(answers)) == len(ROWS), "what came back over the wire never differed either"


@pytest.mark.parametrize("runs", [50, pytest.param(1000, marks=pytest.mark.soak)])
def test_sallyport_test_says_the_same_each_time(runs):
    path = f"{DATA}/networks_and_guard.tests.yaml"
    with ThreadPoolExecutor(16) as workers:
        outcomes = Counter(
            (ran.returncode, ran.stdout, ran.stderr)
            for ran in workers.map(lambda _: run_command("test", path), range(runs))
        )
    (outcome,) = outcomes
    print(f"{runs} runs of sallyport test: 1 outcome, {outcome[1].strip().splitlines()[-1]}")
    assert outcome[0] == 0
