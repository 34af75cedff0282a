"""The command line from outside, without a network: exit statuses, usage, help and JSON.

Nothing here starts a gate; every call ends by itself.
"""
import json
import os
import textwrap

import pytest

from gate import TOP, run_command

pytestmark = pytest.mark.short

COMMANDS = ["run", "check", "explain", "test", "top", "env", "ca", "health", "version"]
POLICY = """\
    version: 1
    contact: "ask #ml-platform"
    rules:
      - {name: docs, hosts: [docs.example.org]}
      - {name: watch, hosts: ["*.example.net"], mode: monitor}
    """
TESTS = """\
    policy: policy.yaml
    tests:
      - name: docs may be read
        request: CONNECT docs.example.org:443
        expect: {decision: allow, reason: allowed, rule: docs, after: first_bytes}
      - name: mail may not
        request: CONNECT mail.example.com:443
        expect: {decision: block, reason: host_not_allowed, rule: "", after: connect}
      - name: what is watched is recorded
        request: CONNECT a.example.net:443
        expect: {decision: would_block, reason: host_not_allowed, rule: watch}
    """


@pytest.fixture
def folder(tmp_path):
    """A folder with a policy and its tests."""
    write(tmp_path / "policy.yaml", POLICY)
    write(tmp_path / "policy.tests.yaml", TESTS)
    return tmp_path


def write(path, text):
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return str(path)


def explain(folder, *arguments):
    return run_command("explain", "--config", str(folder / "policy.yaml"), *arguments)


# Help and usage


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_every_command_has_help_on_stdout_and_status_0(command, flag):
    ran = run_command(command, flag)
    assert ran.returncode == 0
    assert len(ran.stdout.splitlines()) >= 3
    assert not ran.stderr


def test_the_programs_help_names_every_command():
    ran = run_command("--help")
    assert ran.returncode == 0
    for command in COMMANDS:
        assert f"\n  {command} " in ran.stdout, ran.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["frobnicate"],
        ["--frobnicate"],
        ["check"],
        ["check", "--frobnicate", "policy.yaml"],
        ["check", "a.yaml", "b.yaml"],
        ["explain"],
        ["explain", "CONNECT"],
        ["explain", "CONNECT", "docs.example.org:443", "more"],
        ["explain", "--client", "desk", "CONNECT", "docs.example.org:443"],
        ["explain", "--client", "127.1", "CONNECT", "docs.example.org:443"],
        ["explain", "--address", "docs.example.org", "CONNECT", "docs.example.org:443"],
        ["explain", "--first-bytes", "ssh", "CONNECT", "docs.example.org:443"],
        ["explain", "--time", "2026-12-24", "CONNECT", "docs.example.org:443"],
        ["explain", "--config", "/nowhere/policy.yaml", "CONNECT", "docs.example.org:443"],
        ["test"],
        ["test", "/nowhere/tests.yaml"],
        ["test", "--requests", "/nowhere/requests.jsonl", "--json"],
        ["top"],
        ["top", "/nowhere/audit.jsonl"],
        ["top", "--follow", "/nowhere/audit.jsonl"],
        ["top", "/"],
        ["top", "--follow", "--json", "/"],
        ["top", "/dev/null", "more"],
        ["top", "--top", "0", "/dev/null"],
        ["top", "--top", "x", "/dev/null"],
        ["top", "--since", "yesterday", "/dev/null"],
        ["top", "--until", "2026-12-24", "/dev/null"],
        ["health", "--address", "localhost:9180"],
        ["health", "--address", "127.0.0.1"],
        ["health", "--address", "127.0.0.1:0"],
        ["version", "more"],
        ["run", "--config", "/nowhere/policy.yaml"],
        ["run", "more"],
    ],
    ids=lambda arguments: " ".join(arguments) or "(nothing)",
)
def test_wrong_usage_is_status_2_and_said_on_stderr(arguments):
    ran = run_command(*arguments)
    assert ran.returncode == 2, ran.stdout + ran.stderr
    assert ran.stderr.strip()


# check


def test_check_takes_a_good_policy(folder):
    ran = run_command("check", str(folder / "policy.yaml"))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "valid" in ran.stdout


def test_check_says_every_error_of_a_bad_policy_with_its_place(folder):
    path = write(
        folder / "bad.yaml",
        """\
        version: 2
        colour: blue
        rules:
          - {name: docs, hosts: [.example.org], port: [443]}
        """,
    )
    ran = run_command("check", path)
    assert ran.returncode == 1
    for place, word in [
        ("1:10", "version"),
        ("2:1", "colour"),
        ("4:26", "'*.example.org'"),
        ("4:41", "'ports'"),
    ]:
        told = [line for line in ran.stdout.splitlines() if line.startswith(f"{path}:{place}: ")]
        assert len(told) == 1 and word in told[0], ran.stdout
    assert "valid, " not in ran.stdout


@pytest.mark.parametrize(
    "rule, word",
    [
        ('{name: open, hosts: ["*.github.io"]}', "multi_tenant"),
        ("{name: read, hosts: [docs.example.org], methods: [GET]}", "interception"),
        ("{name: signed, hosts: [\"@sts\"], aws: {principal_accounts: [111122223333]}}", "quote"),
        ('{name: url, hosts: [docs.example.org], urls: ["http://docs.example.org/**"]}', "[http]"),
        ("{name: quota, hosts: [docs.example.org], limits: {upload_bytes: 1KB}}", "1KB"),
        ("{name: gone, hosts: [docs.example.org], until: 2026-12-24}", "time"),
        ("{name: none, hosts: []}", "hosts"),
        ("{name: null, hosts: null}", "hosts"),
        ('{name: none, hosts: ["@mirrors"]}', "@mirrors"),
        ("{name: bits, hosts: [a.example.org], networks: [10.1.2.3/8]}", "10.0.0.0/8"),
        ("{name: deny, effect: deny, hosts: [a.example.org], tls: optional}", "tls"),
        ("{name: port, hosts: [docs.example.org], ports: [70000]}", "65535"),
    ],
)
def test_check_names_the_remedy(folder, rule, word):
    path = write(folder / "bad.yaml", f"version: 1\nrules:\n  - {rule}\n")
    ran = run_command("check", path)
    assert ran.returncode == 1, ran.stdout
    assert f"{path}:3:" in ran.stdout and word in ran.stdout, ran.stdout


def test_check_says_warnings_and_is_content(folder):
    path = write(
        folder / "ended.yaml",
        """\
        version: 1
        rules:
          - {name: docs, hosts: [docs.example.org], until: 2020-01-01T00:00:00Z}
        """,
    )
    ran = run_command("check", path)
    assert ran.returncode == 0
    assert f"{path}:3:52: warning: " in ran.stdout


def test_check_as_json_is_one_object(folder):
    ran = run_command("check", "--json", str(folder / "policy.yaml"))
    assert ran.returncode == 0
    good = json.loads(ran.stdout)
    assert good["valid"] is True and good["errors"] == []
    assert len(good["policy"]) == 64

    path = write(folder / "bad.yaml", "version: 1\ncolour: blue\n")
    ran = run_command("check", "--json", path)
    assert ran.returncode == 1
    bad = json.loads(ran.stdout)
    assert bad["valid"] is False and "policy" not in bad
    assert any(error.startswith(f"{path}:2:1: ") for error in bad["errors"])


def test_check_of_a_file_that_is_not_there_is_one_line_and_status_1():
    ran = run_command("check", "/nowhere/policy.yaml")
    assert ran.returncode == 1
    assert len(ran.stdout.splitlines()) == 1 and "/nowhere/policy.yaml" in ran.stdout


# explain


@pytest.mark.parametrize(
    "arguments, status, told",
    [
        (["CONNECT", "docs.example.org:443"], 0, "allow: allowed, rule docs, after first_bytes"),
        (["GET", "https://docs.example.org/"], 0, "allow: allowed, rule docs, after first_bytes"),
        (["CONNECT", "a.example.net:443"], 0, "would_block: host_not_allowed, rule watch"),
        (["CONNECT", "mail.example.com:443"], 1, "block: host_not_allowed, after connect"),
        (["CONNECT", "docs.example.org:22"], 1, "block: port_not_allowed, rule docs"),
        (["CONNECT", "docs.example.org"], 1, "block: invalid_host, after connect"),
        (["--sni", "", "CONNECT", "docs.example.org:443"], 1, "block: sni_missing, rule docs"),
        (
            ["--first-bytes", "silence", "CONNECT", "docs.example.org:443"],
            1,
            "block: not_tls, rule docs",
        ),
        (
            ["--address", "10.0.0.1", "CONNECT", "docs.example.org:443"],
            1,
            "block: destination_forbidden, after address",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_explain_says_what_would_happen_and_its_status_says_it_too(folder, arguments, status, told):
    ran = explain(folder, *arguments)
    assert ran.returncode == status, ran.stderr
    assert ran.stdout.splitlines()[0].startswith(told), ran.stdout


def test_explain_says_why_no_other_rule_allowed_it(folder):
    ran = explain(folder, "CONNECT", "docs.example.org:22")
    assert "docs" in ran.stdout and "ports" in ran.stdout
    assert "watch" in ran.stdout and "hosts" in ran.stdout


def test_explain_as_json_is_one_object(folder):
    ran = explain(folder, "--json", "CONNECT", "docs.example.org:443")
    said = json.loads(ran.stdout)
    assert ran.returncode == 0
    assert (said["decision"], said["reason"], said["rule"]) == ("allow", "allowed", "docs")
    assert (said["after"], said["tls"]) == ("first_bytes", "passthrough")
    assert (said["host"], said["port"]) == ("docs.example.org", 443)
    assert [each["rule"] for each in said["considered"]] == ["docs", "watch"]
    assert "assumed" in said, "no address was given, and that must be said"

    ran = explain(folder, "--json", "--address", "52.94.77.1", "CONNECT", "docs.example.org:443")
    assert "assumed" not in json.loads(ran.stdout)

    ran = explain(folder, "--json", "CONNECT", "docs..example.org:443")
    assert ran.returncode == 1
    assert json.loads(ran.stdout)["reason"] == "invalid_host"


def test_explain_names_the_key_that_would_fill_a_built_in_set(folder):
    path = write(
        folder / "studio.yaml",
        """\
        version: 1
        organization: {notebooks: [fraud-model]}
        rules:
          - {name: studio, hosts: ["@sagemaker-studio"]}
        """,
    )
    host = "d-abcdefghijkl.studio.us-east-1.sagemaker.aws:443"
    ran = run_command("explain", "--config", path, "CONNECT", host)
    assert ran.returncode == 1
    assert "organization.studio_domains" in ran.stdout, ran.stdout
    ran = run_command("explain", "--config", path, "CONNECT", "www.example.net:443")
    assert "organization." not in ran.stdout, ran.stdout


def test_explain_without_a_policy_asks_the_built_in_one():
    ran = run_command("explain", "--json", "CONNECT", "studiolab.sagemaker.aws:443")
    assert ran.returncode == 1
    said = json.loads(ran.stdout)
    assert (said["reason"], said["rule"]) == ("denied_by_rule", "studio-lab")


# test


def test_test_passes_where_all_is_as_expected(folder):
    ran = run_command("test", str(folder / "policy.tests.yaml"))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.splitlines()[-1] == "3 passed, 0 failed"


def test_test_finds_its_policy_from_any_folder(folder):
    for place, path in [
        (str(folder), "policy.tests.yaml"),
        (str(folder.parent), f"{folder.name}/policy.tests.yaml"),
        ("/", str(folder / "policy.tests.yaml")),
    ]:
        ran = run_command("test", path, cwd=place)
        assert ran.returncode == 0, ran.stdout + ran.stderr


def test_test_prints_differences_and_fails(folder):
    path = write(folder / "wrong.tests.yaml", TESTS.replace("rule: docs", "rule: other"))
    ran = run_command("test", path)
    assert ran.returncode == 1
    assert "docs may be read" in ran.stdout and "'other'" in ran.stdout and "'docs'" in ran.stdout
    assert f"{path}:3: " in ran.stdout
    assert ran.stdout.splitlines()[-1] == "2 passed, 1 failed"


def test_test_names_rules_that_no_test_reached(folder):
    text = textwrap.dedent(TESTS)
    path = write(folder / "few.tests.yaml", text[: text.index("  - name: what is watched")])
    ran = run_command("test", path)
    assert ran.returncode == 0
    assert "'watch'" in ran.stdout and "'docs'" not in ran.stdout


def test_test_takes_another_policy(folder):
    other = write(
        folder / "other.yaml",
        "version: 1\nrules:\n  - {name: docs, hosts: [mail.example.com]}\n",
    )
    ran = run_command("test", "--config", other, str(folder / "policy.tests.yaml"))
    assert ran.returncode == 1
    assert ran.stdout.splitlines()[-1] == "0 passed, 3 failed"


def test_test_refuses_a_tests_file_that_it_does_not_understand(folder):
    path = write(folder / "bad.tests.yaml", TESTS.replace("request:", "requests:", 1))
    ran = run_command("test", path)
    assert ran.returncode == 2
    assert f"{path}:4:" in ran.stderr and "'request'" in ran.stderr


def test_test_of_requests_answers_one_object_a_line(folder):
    lines = [
        {"id": 1, "method": "CONNECT", "url": "docs.example.org:443"},
        {"id": "two", "method": "CONNECT", "url": "mail.example.com:443", "client": "10.20.0.7"},
        {"id": None, "method": "GET", "url": "https://a.example.net/", "address": "52.94.77.1"},
    ]
    path = write(folder / "requests.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    policy = str(folder / "policy.yaml")
    ran = run_command("test", "--config", policy, "--requests", path, "--json")
    assert ran.returncode == 0, ran.stderr
    said = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [each["id"] for each in said] == [1, "two", None]
    assert [each["decision"] for each in said] == ["allow", "block", "would_block"]
    for line, each in zip(lines, said):
        target = [line["method"], line["url"]]
        options = ["--address", line["address"]] if "address" in line else []
        alone = json.loads(explain(folder, "--json", *options, *target).stdout)
        assert {key: each[key] for key in alone} == alone


@pytest.mark.parametrize(
    "line", ["", "x", "[]", '{"method": "CONNECT"}', '{"method": "GET", "url": "x", "hosts": 1}']
)
def test_test_of_requests_refuses_a_line_with_its_place(folder, line):
    good = '{"method": "CONNECT", "url": "docs.example.org:443"}'
    path = write(folder / "requests.jsonl", f"{good}\n{line}\n")
    ran = run_command("test", "--config", str(folder / "policy.yaml"), "--requests", path, "--json")
    assert ran.returncode == 2
    assert f"{path}:2:" in ran.stderr


def test_the_tables_of_this_project_pass():
    data = os.path.join(TOP, "tests", "data")
    files = sorted(name for name in os.listdir(data) if name.endswith(".tests.yaml"))
    ran = run_command("test", *files, cwd=data)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.splitlines()[-1].endswith(" passed, 0 failed")


# version and health


def test_version_names_itself_and_its_libraries():
    ran = run_command("version")
    assert ran.returncode == 0
    lines = ran.stdout.splitlines()
    assert lines[0].startswith("sallyport ")
    for library in ("Boost", "OpenSSL", "c-ares", "libpsl", "libidn2"):
        assert any(library in line for line in lines), ran.stdout


def test_health_of_nobody_is_not_ready():
    ran = run_command("health", "--address", "127.0.0.1:1")
    assert ran.returncode == 1
    assert "127.0.0.1:1" in ran.stdout + ran.stderr
