"""Audit records, their log files, metrics and what the operator sees (SEMANTICS.md sections 10 and
11, and DESIGN.md)."""
import datetime
import json
import os
import pty
import re
import signal

import pytest

from gate import free_port, settle
from lab import wait_until
from origins import Origin
from wire import Wire, blocked_answer

POLICY = """
    clients:
      - {name: data-science, networks: [10.20.0.0/16]}
    rules:
      - {name: origins, hosts: ["*.example.org"]}
      - {name: never, effect: deny, hosts: [never.example.org]}
"""
KEYS = (
    "schema event time instance id listener client client_name user decision reason rule after "
    "method scheme host port url sni alpn tls status origin aws content_type location_host "
    "query_names bytes_up bytes_down duration_ms policy"
).split()
pytestmark = pytest.mark.short


def assert_well_formed(record):
    keys = [key for key in record if key in KEYS]
    assert keys == sorted(keys, key=KEYS.index), "the keys stand in the order of the design"
    assert set(record) <= set(KEYS), set(record) - set(KEYS)
    assert record["schema"] == 1
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", record["time"])
    written = datetime.datetime.fromisoformat(record["time"])
    assert abs((datetime.datetime.now(datetime.timezone.utc) - written).total_seconds()) < 120
    assert re.fullmatch(r"[0-9a-f]{64}", record["policy"])
    assert record["instance"] and record["id"]
    assert all(value is not None for value in record.values()), "what is unknown is absent"


def test_an_allowed_tunnel_is_a_connect_and_a_close(make_gate, lab):
    gate = make_gate(POLICY)
    with Origin(lab) as origin:
        with Wire(gate, source="10.20.0.5") as wire:
            wire.tls_tunnel(origin.name)
        opened, closed = gate.one_record(event="connect"), gate.one_record(event="close")
        told = {
            "client_name": "data-science",
            "decision": "allow",
            "reason": "allowed",
            "rule": "origins",
            "host": origin.name,
            "port": 443,
            "tls": "passthrough",
        }
        for record in (opened, closed):
            assert_well_formed(record)
            assert record["client"].startswith("10.20.0.5")
            assert {key: record[key] for key in told} == told
            assert f"127.0.0.1:{gate.port}" in record["listener"] and "http" in record["listener"]
            assert "url" not in record and "aws" not in record
        assert (opened["method"], opened["sni"]) == ("CONNECT", origin.name)
        assert opened["origin"].startswith(origin.address)
        assert closed["id"] == opened["id"]
        assert (
            closed["bytes_up"] == len(origin.received)
            and closed["bytes_down"] > 0
            and closed["duration_ms"] >= 0
        )


def test_a_block_is_one_record_and_one_count(make_gate, lab):
    gate = make_gate(POLICY)
    blocked_answer(gate, "never.example.org", source="10.20.0.6")
    record = gate.one_record()
    assert_well_formed(record)
    told = {
        key: record.get(key)
        for key in (
            "event",
            "decision",
            "reason",
            "rule",
            "after",
            "host",
            "port",
            "status",
            "sni",
            "origin",
        )
    }
    assert told == {
        "event": "connect",
        "decision": "block",
        "reason": "denied_by_rule",
        "rule": "never",
        "after": "connect",
        "host": "never.example.org",
        "port": 443,
        "status": 403,
        "sni": None,
        "origin": None,
    }
    assert gate.metric("sallyport_requests_total", decision="block", reason="denied_by_rule") == 1
    assert gate.metric("sallyport_requests_total") == 1
    assert (
        gate.metric(
            "sallyport_blocked_total",
            reason="denied_by_rule",
            rule="never",
            client_name="data-science",
        )
        == 1
    )
    assert gate.metric("sallyport_blocked_total") == 1


def test_monitor_mode_lets_pass_and_says_what_it_would_have_blocked(make_gate, lab):
    gate = make_gate(
        """
        mode: monitor
        rules:
          - {name: nothing, hosts: [nothing.example.net]}
    """
    )
    with Origin(lab) as origin, Wire(gate) as wire:
        wire.tls_tunnel(origin.name)
        record = gate.one_record(event="connect")
        assert (record["decision"], record["reason"], record.get("rule"), record["after"]) == (
            "would_block",
            "host_not_allowed",
            None,
            "connect",
        )
    assert (
        gate.metric("sallyport_requests_total", decision="would_block", reason="host_not_allowed")
        == 1
    )
    assert gate.metric("sallyport_blocked_total") == 0, "that counts blocks alone"


def test_a_head_that_is_none_is_a_request_record(make_gate, lab):
    gate = make_gate(POLICY)
    for head, event in [(b"garbage\r\n\r\n", "request"), (b"CONNECT garbage\r\n\r\n", "connect")]:
        with Wire(gate) as wire:
            assert wire.send(head).answer().status == 400
        assert gate.one_record(event=event)["reason"] == "malformed_request"


@pytest.mark.attack
def test_no_secret_of_a_head_reaches_log_or_record(make_gate, lab):
    gate = make_gate(POLICY)
    secret = "c2VjcmV0" + "LXRva2Vu"
    with Wire(gate) as wire:
        wire.send(
            f"CONNECT blocked.example.net:443 HTTP/1.1\r\n"
            f"Proxy-Authorization: Basic {secret}\r\nCookie: {secret}\r\n\r\n".encode()
        )
        wire.rest()
    with Wire(gate) as wire:
        wire.send(
            f"GET https://www.example.org/?token={secret} HTTP/1.1\r\n"
            "Host: www.example.org\r\n\r\n".encode()
        ).rest()
    gate.wait_records(2)
    with open(gate.audit, encoding="utf-8") as file:
        assert secret not in file.read() + gate.stderr()


@pytest.mark.attack
def test_metrics_have_no_label_that_a_client_chose(make_gate, lab):
    port = free_port()
    gate = make_gate(
        f'metrics: {{address: "127.0.0.1:{port}", top_hosts: 0}}\n'
        + POLICY.replace("\n    ", "\n"),
        metrics_port=port,
    )
    for number in range(20):
        blocked_answer(gate, f"chosen-{number}.example.net")
    text = gate.get("/metrics")[1]
    assert "chosen" not in text
    assert (
        "# HELP sallyport_requests_total" in text
        and "# TYPE sallyport_requests_total counter" in text
    )


def test_the_most_blocked_hosts_are_told(make_gate, lab):
    gate = make_gate(POLICY)
    for number in range(30):
        blocked_answer(gate, "often.example.net" if number % 2 else f"once-{number}.example.net")
    counts = {
        labels["host"]: number
        for name, labels, number in gate.metrics()
        if name == "sallyport_top_blocked_host_attempts"
    }
    assert counts["often.example.net"] == 15 == max(counts.values())
    assert len(counts) <= 20


@pytest.mark.attack
def test_the_metrics_endpoint_serves_three_paths_and_nothing_else(make_gate, lab):
    gate = make_gate(POLICY)
    assert [
        gate.get(path)[0]
        for path in ("/metrics", "/healthz", "/readyz", "/", "/metrics/x", "/../metrics")
    ] == [200, 200, 200, 404, 404, 404]


def test_metrics_can_be_off(make_gate, lab):
    gate = make_gate("metrics: off\n" + POLICY.replace("\n    ", "\n"))
    assert gate.get("/metrics") == (0, "")
    assert blocked_answer(gate, "blocked.example.net").status == 403
    gate.one_record()


class TestLogFiles:
    """The audit log is a file, standard output or a terminal."""

    def test_a_file_that_vanished_is_opened_anew_within_a_second(self, make_gate, lab):
        gate = make_gate(POLICY)
        blocked_answer(gate, "first.example.net")
        gate.one_record(host="first.example.net")
        os.unlink(gate.audit)
        settle(1.2)
        blocked_answer(gate, "second.example.net")
        assert [record["host"] for record in gate.wait_records()] == ["second.example.net"]

    def test_sigusr1_reopens_a_file_that_was_renamed(self, make_gate, lab):
        gate = make_gate(POLICY)
        blocked_answer(gate, "first.example.net")
        gate.one_record(host="first.example.net")
        os.rename(gate.audit, gate.audit + ".1")
        gate.signal(signal.SIGUSR1)
        settle(0.5)
        blocked_answer(gate, "second.example.net")
        assert [record["host"] for record in gate.wait_records()] == ["second.example.net"]
        with open(gate.audit + ".1", encoding="utf-8") as file:
            assert len(file.readlines()) == 1

    def test_truncation_leaves_no_hole(self, make_gate, lab):
        gate = make_gate(POLICY)
        blocked_answer(gate, "first.example.net")
        gate.one_record(host="first.example.net")
        os.truncate(gate.audit, 0)
        blocked_answer(gate, "second.example.net")
        gate.wait_records(host="second.example.net")
        with open(gate.audit, "rb") as file:
            assert file.read(1) == b"{"

    def test_an_existing_file_is_appended_to(self, make_gate, lab):
        gate = make_gate(POLICY)
        blocked_answer(gate, "first.example.net")
        gate.one_record()
        gate.stop()
        gate.start()
        blocked_answer(gate, "second.example.net")
        assert len(gate.wait_records(2)) == 2

    def test_a_full_disk_blocks_where_audit_is_required_and_heals(self, make_gate, lab):
        link = f"{lab.make_folder('audit')}/link"
        os.symlink("/dev/full", link)
        gate = make_gate(
            f"audit: {{path: {link}, required: true}}\n" + POLICY.replace("\n    ", "\n")
        )
        with Origin(lab) as origin:

            def is_unavailable():
                answer = blocked_answer(gate, origin.name, more=b"not tls")
                return answer.status == 503 and answer.phrase.endswith("audit_unavailable")

            wait_until(is_unavailable, 5, "a block by audit_unavailable")
            assert gate.metric("sallyport_requests_total", reason="audit_unavailable") >= 1
            os.unlink(link)
            os.symlink(gate.audit, link)
            open(gate.audit, "w", encoding="ascii").close()
            gate.signal(signal.SIGUSR1)

            def is_served():
                with Wire(gate) as wire:
                    return wire.connect(origin.name).read(12) == b"HTTP/1.1 200"

            wait_until(is_served, 5, "service to come back")

    def test_a_full_disk_blocks_nobody_where_audit_is_not_required(self, make_gate, lab):
        gate = make_gate(
            "audit: {path: /dev/full, required: false}\n" + POLICY.replace("\n    ", "\n")
        )
        with Origin(lab) as origin:
            for _ in range(5):
                with Wire(gate) as wire:
                    wire.tls_tunnel(origin.name)
        # The records wait for the disk; what still waits at the end is lost, and that is said.
        assert gate.metric("sallyport_audit_records_total") == 0
        gate.stop()
        assert "audit records could not be written" in gate.stderr()

    def test_standard_output_gets_json_lines(self, make_gate, lab):
        gate = make_gate("audit: {path: stdout}\n" + POLICY.replace("\n    ", "\n"))
        blocked_answer(gate, "blocked.example.net")
        wait_until(lambda: "blocked.example.net" in gate.stdout())
        lines = [json.loads(line) for line in gate.stdout().splitlines() if line.startswith("{")]
        assert [line["host"] for line in lines] == ["blocked.example.net"]

    def test_a_terminal_gets_one_readable_line_for_each_block(self, make_gate, lab):
        controller, terminal = pty.openpty()
        gate = make_gate(
            "audit: {path: stdout}\n" + POLICY.replace("\n    ", "\n"), stdout=terminal
        )
        os.close(terminal)
        blocked_answer(gate, "blocked.example.net")
        text = ""
        os.set_blocking(controller, False)

        def told():
            nonlocal text
            try:
                text += os.read(controller, 1 << 16).decode()
            except BlockingIOError:
                pass
            return "blocked.example.net" in text and text.endswith("\n")

        wait_until(told, 5, "a live line")
        line = next(line for line in text.splitlines() if "blocked.example.net" in line)
        assert "host_not_allowed" in line and "127.0.0.1" in line
        assert not line.startswith("{")
        gate.stop()
        os.close(controller)
