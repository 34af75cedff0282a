"""What the tables say, the running gate does, and `explain` says the same."""
import json

import pytest

from conftest import stop_all
from gate import run_command
from lab import wait_until
from tables import Everywhere, read_tables, start_gate
from wire import ESTABLISHED, Wire

ROWS = read_tables()
SENT = [row for row in ROWS if row.can_be_sent()]
TOLD = ("decision", "reason", "rule", "after")
# Tables of hosts that somebody tries to be (THREATS.md T01 to T07, T11, T14, T57): what they block
# are attacks.
ATTACKS = ["a_labels", "any_host", "case_and_dot", "first_bytes", "invalid_hosts", "literals"]
ATTACKS += ["lookalikes", "names", "patterns", "psl", "sni"]


def as_case(row):
    is_attack = row.table.split(".")[0] in ATTACKS and row.row["expect"].get("decision") == "block"
    marks = [pytest.mark.attack] if is_attack else []
    return pytest.param(row, marks=marks, id=f"{row.table}: {row.name}")


@pytest.fixture(scope="module")
def gate_of(lab):
    """One gate a policy file."""
    gates = {}

    def get(policy):
        if policy not in gates:
            gates[policy] = start_gate(lab, policy)
        return gates[policy]

    yield get
    stop_all(gates.values())


@pytest.fixture(scope="module")
def everywhere(lab):
    everywhere = Everywhere(lab)
    yield everywhere
    everywhere.close()


def send(gate, row):
    """Makes the attempt; returns its audit record."""
    before = len(gate.records(event="connect"))
    with Wire(gate, source=row.client) as wire:
        wire.send(row.head())
        if wire.read(len(ESTABLISHED)) == ESTABLISHED:
            wire.send(row.first_bytes())
        records = wait_until(
            lambda: gate.records(event="connect")[before:], 10, "the attempt's record"
        )
    assert len(records) == 1, records
    return records[0]


def explain(gate, row):
    """What `sallyport explain` says, or `test --requests` where a name has several addresses."""
    if len(row.addresses) < 2:
        options = ["--client", row.client, "--first-bytes", row.kind]
        options += ["--address", row.addresses[0]] if row.addresses else []
        options += ["--sni", row.sni] if "sni" in row.row else []
        for name, value in row.headers:
            options += ["-H", f"{name}: {value}"]
        ran = run_command(
            "explain", "--config", gate.config, "--json", *options, "--", "CONNECT", row.target
        )
        assert ran.returncode in (0, 1), ran.stderr
        return json.loads(ran.stdout)
    request = {
        "id": "row",
        "client": row.client,
        "method": "CONNECT",
        "url": row.target,
        "headers": row.headers,
        "address": row.addresses,
        "first_bytes": row.kind,
        **({"sni": row.sni} if "sni" in row.row else {}),
    }
    path = f"{gate.folder}/requests.jsonl"
    with open(path, "w", encoding="utf-8") as file:
        file.write(json.dumps(request) + "\n")
    ran = run_command("test", "--config", gate.config, "--requests", path, "--json")
    assert ran.stdout, ran.stderr
    return json.loads(ran.stdout.splitlines()[0])


def told(answer):
    return {key: answer.get(key) or None for key in TOLD}


@pytest.mark.parametrize("row", [as_case(row) for row in SENT])
def test_the_gate_does_what_the_table_says_and_explain_says_so(lab, gate_of, everywhere, row):
    gate = gate_of(row.policy)
    everywhere.prepare(row)

    record = send(gate, row)

    expected = {key: value or None for key, value in row.row["expect"].items() if key in TOLD}
    assert {key: told(record)[key] for key in expected} == expected
    assert told(explain(gate, row)) == told(record)
    if "tls" in row.row["expect"]:
        assert record.get("tls", "none") == row.row["expect"]["tls"]


def test_there_are_tables_and_most_rows_can_be_sent():
    assert len(ROWS) >= 150
    assert (
        len(SENT) >= len(ROWS) // 2
    ), "what cannot be sent: a time, a request that is read, an address left open"
