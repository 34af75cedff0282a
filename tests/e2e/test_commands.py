"""The program from outside: exit statuses, and one clear line for what cannot be."""
import json
import os
import socket

import pytest

from gate import Gate, free_port, run_command
from hello import hello
from wire import Wire

POLICY = """
    rules:
      - {name: origins, hosts: ["*.example.org"]}
"""
pytestmark = pytest.mark.short


def ends_with_one_clear_line(gate, status, *words):
    gate.start(wait=False)
    try:
        assert gate.wait(20) == status
    finally:
        gate.remove()
    lines = [line for line in gate.stderr().splitlines() if all(word in line for word in words)]
    assert len(lines) == 1, gate.stderr()
    gate.assert_no_sanitizer_report()


@pytest.mark.parametrize("taken", ["port", "metrics_port"])
def test_a_port_in_use_is_one_clear_line_and_status_2(lab, taken):
    gate = Gate(lab, POLICY)
    address = ("127.0.0.1", getattr(gate, taken))
    with socket.create_server(address):
        ends_with_one_clear_line(gate, 2, f"127.0.0.1:{address[1]}")


def test_a_bad_policy_is_told_with_its_place_and_status_2(lab):
    gate = Gate(lab, POLICY + "    colour: blue\n")
    ends_with_one_clear_line(gate, 2, "policy.yaml:", "colour")


def test_an_unreadable_policy_is_one_clear_line_and_status_2(lab):
    gate = Gate(lab, POLICY)
    os.unlink(gate.config)
    ends_with_one_clear_line(gate, 2, "policy.yaml")


def test_an_audit_path_that_cannot_be_opened_is_one_clear_line_and_status_2(lab):
    gate = Gate(lab, "audit: {path: /nowhere/audit.jsonl}\n" + POLICY.replace("\n    ", "\n"))
    ends_with_one_clear_line(gate, 2, "/nowhere/audit.jsonl")


def test_more_connections_than_descriptors_carry_are_an_error_at_start(lab):
    gate = Gate(lab, "limits: {connections: 1000000}\n" + POLICY.replace("\n    ", "\n"))
    ends_with_one_clear_line(gate, 2, "connections")


def test_check_says_valid_or_not(lab):
    good, bad = Gate(lab, POLICY), Gate(lab, POLICY + "    colour: blue\n")
    assert run_command("check", good.config).returncode == 0
    answer = run_command("check", bad.config)
    assert answer.returncode == 1
    assert f"{bad.config}:" in answer.stdout + answer.stderr


def test_health_follows_readiness(make_gate):
    gate = make_gate(POLICY)
    address = f"127.0.0.1:{gate.metrics_port}"
    assert run_command("health", "--address", address).returncode == 0
    gate.stop()
    assert run_command("health", "--address", address).returncode != 0
    assert run_command("health", "--address", f"127.0.0.1:{free_port()}").returncode != 0


def test_explain_and_the_gate_answer_alike(make_gate, lab):
    gate = make_gate(POLICY)
    lab.names.set("console.example.net", "52.94.77.1")
    with Wire(gate) as wire:
        wire.connect("console.example.net").rest()
    told = gate.one_record(host="console.example.net")
    answer = run_command(
        "explain", "--config", gate.config, "--json", "CONNECT", "console.example.net:443"
    )
    assert answer.returncode == 1
    said = json.loads(answer.stdout)
    assert (said["decision"], said["reason"], said.get("rule"), said["after"]) == (
        told["decision"],
        told["reason"],
        told.get("rule"),
        told["after"],
    )


def test_without_a_file_the_built_in_policy_runs(lab):
    """It listens on 127.0.0.1:3128 with metrics on 9180; the banner says what is open."""
    gate = Gate(lab, POLICY)
    gate.port, gate.metrics_port = 3128, 9180
    gate.start_built_in()
    try:
        with Wire(gate) as wire:
            answer = wire.connect("www.example.org", more=hello("www.example.org")).answer()
        assert answer.phrase == "Blocked by sallyport: host_not_allowed"
        assert "console" in gate.stderr() + gate.stdout()
        gate.stop()
    finally:
        gate.remove()


@pytest.mark.parametrize("arguments", [["frobnicate"], ["run", "--frobnicate"], ["explain"], []])
def test_wrong_usage_is_status_2(arguments):
    assert run_command(*arguments).returncode == 2


def test_version_and_help_are_told():
    assert "sallyport" in run_command("version").stdout
    assert run_command("--help").returncode == 0
