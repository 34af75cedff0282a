"""`ca init` and `env` from outside: what is made satisfies OpenSSL's strictest reading, and real
clients that evaluate what `env` prints trust what the CA may vouch for and nothing else.
"""
import os
import re
import shutil
import ssl
import stat
import subprocess
import textwrap
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gate import binary, run_command

pytestmark = pytest.mark.short

SYSTEM_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
POLICY = """\
    version: 1
    listeners: [{protocol: http, address: "0.0.0.0:3128"}]
    no_proxy: [jupyterhub, mlflow.internal]
    interception: {ca_certificates: [ca/ca.pem], ca_private_key: ca/ca.key}
    rules:
      - {name: read, hosts: [localhost, "*.example.org"], methods: [GET]}
    """
OPEN_POLICY = POLICY.replace("localhost", '"re:a.*"').replace(
    "methods", "multi_tenant: accept, methods"
)
PLAIN_POLICY = """\
    version: 1
    rules:
      - {name: docs, hosts: [docs.example.org]}
    """
PAST_THE_GATE = "localhost,127.0.0.1,169.254.169.254,169.254.170.2,169.254.170.23"
BUNDLE_NAMES = [
    "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO",
    "PIP_CERT", "CARGO_HTTP_CAINFO", "DENO_CERT", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
]
PROXY_NAMES = ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"]


def write(path, text):
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return str(path)


def openssl(*arguments):
    return subprocess.run(
        ["openssl", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def folder(tmp_path):
    """A folder with a policy, and the CA that it names."""
    config = write(tmp_path / "policy.yaml", POLICY)
    ran = run_command("ca", "init", str(tmp_path / "ca"), "--config", config)
    assert ran.returncode == 0, ran.stderr
    return tmp_path


def certificate_text(path):
    return openssl("x509", "-in", str(path), "-noout", "-text").stdout


# ca init


def test_a_ca_is_made_closed_where_it_must_be_and_says_what_to_do(tmp_path):
    config = write(tmp_path / "policy.yaml", POLICY)
    ran = run_command("ca", "init", str(tmp_path / "ca"), "--config", config)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "\n  example.org\n  localhost\n" in ran.stdout
    assert f"sallyport env --config {config}" in ran.stdout
    assert "ca_private_key" not in ran.stdout  # the policy says so already
    modes = {
        name: stat.S_IMODE(os.stat(tmp_path / "ca" / name).st_mode)
        for name in ("", "ca.key", "ca.pem", "trust.pem")
    }
    assert modes == {"": 0o700, "ca.key": 0o600, "ca.pem": 0o644, "trust.pem": 0o644}


def test_where_the_policy_names_other_files_it_is_told_what_to_say(tmp_path):
    config = write(tmp_path / "policy.yaml", POLICY)
    ran = run_command("ca", "init", str(tmp_path / "next"), "--config", config)
    assert "ca_certificates: [next/ca.pem]\n    ca_private_key: next/ca.key" in ran.stdout


def test_a_ca_is_constrained_short_lived_and_strictly_valid(folder):
    ca, trust = str(folder / "ca/ca.pem"), str(folder / "ca/trust.pem")
    verified = openssl("verify", "-x509_strict", "-CAfile", trust, ca)
    assert verified.stdout == f"{ca}: OK\n", verified.stderr
    text = certificate_text(ca)
    for words in (
        "Basic Constraints: critical\n                CA:TRUE, pathlen:0",
        "Key Usage: critical\n                Certificate Sign, CRL Sign",
        "Name Constraints: critical",
        "DNS:example.org", "DNS:localhost", "IP:0.0.0.0/0.0.0.0",
        "ecdsa-with-SHA256", "NIST CURVE: P-256",
    ):
        assert words in text, text
    assert openssl("x509", "-in", ca, "-noout", "-checkend", str(89 * 86400)).returncode == 0
    assert openssl("x509", "-in", ca, "-noout", "-checkend", str(91 * 86400)).returncode == 1


def test_nothing_is_ever_overwritten(folder):
    before = {path: path.read_bytes() for path in (folder / "ca").iterdir()}
    config = str(folder / "policy.yaml")
    ran = run_command("ca", "init", str(folder / "ca"), "--config", config)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "ca.key is there already" in ran.stderr and "deploy/ca/README.md" in ran.stderr
    assert {path: path.read_bytes() for path in (folder / "ca").iterdir()} == before


@pytest.mark.attack
def test_a_folder_that_others_can_write_gets_no_key(tmp_path):
    config = write(tmp_path / "policy.yaml", POLICY)
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    ran = run_command("ca", "init", str(tmp_path / "open"), "--config", config)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert f"`chmod go-w {tmp_path}/open`" in ran.stderr and not list((tmp_path / "open").iterdir())
    (tmp_path / "open").chmod(0o755)
    assert run_command("ca", "init", str(tmp_path / "open"), "--config", config).returncode == 0


@pytest.mark.parametrize(
    "policy, words",
    [
        (PLAIN_POLICY, "no rule that reads TLS"),
        (OPEN_POLICY, "no name constraint can hold: 're:a.*'"),
        (POLICY.replace("    interception:", "    # interception:"), "write the key first"),
    ],
    ids=["nothing is read", "no suffix", "no interception"],
)
def test_a_policy_that_gives_no_names_is_told_what_it_lacks(tmp_path, policy, words):
    config = write(tmp_path / "policy.yaml", policy)
    ran = run_command("ca", "init", str(tmp_path / "ca"), "--config", config)
    assert ran.returncode == 2
    assert words in ran.stderr
    assert not (tmp_path / "ca").exists()


def test_without_constraints_there_is_a_warning(tmp_path):
    assert run_command("ca", "init", str(tmp_path / "ca")).returncode == 2
    ran = run_command("ca", "init", str(tmp_path / "ca"), "--unconstrained", "--days", "10")
    assert ran.returncode == 0
    assert "warning: a CA without name constraints" in ran.stderr
    assert "It vouches for every name" in ran.stdout
    assert "Name Constraints" not in certificate_text(tmp_path / "ca/ca.pem")


@pytest.mark.parametrize("days", ["0", "826", "x"])
def test_a_life_out_of_range_is_a_usage_error(tmp_path, days):
    ran = run_command("ca", "init", str(tmp_path / "ca"), "--unconstrained", "--days", days)
    assert ran.returncode == 2
    assert not (tmp_path / "ca").exists()


# env


def environment(folder, *arguments, command="env -0", home=None, path=None):
    """What a shell has after it evaluated what `env` printed, and what stood on stderr."""
    home = home or folder / "home"
    home.mkdir(exist_ok=True)
    script = 'lines="$("$@")" || exit; eval "$lines"; ' + command
    ran = subprocess.run(
        ["sh", "-c", script, "sh", binary(), "env", *arguments],
        env={"PATH": path or "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(home), "LANG": "C.UTF-8"},
        capture_output=True, text=True, timeout=120, check=False,
    )
    assert ran.returncode == 0, ran.stderr
    variables = dict(
        entry.split("=", 1) for entry in ran.stdout.split("\0") if "=" in entry
    )
    return variables, ran.stderr


def test_a_shell_gets_every_variable(folder):
    variables, stderr = environment(folder, "--config", str(folder / "policy.yaml"))
    assert stderr == ""
    cache = folder / "home/.cache/sallyport"
    bundle, root = (cache / "ca-bundle.pem"), (folder / "ca/trust.pem").read_text()
    for name in PROXY_NAMES:
        assert variables.pop(name) == "http://127.0.0.1:3128"
    for name in ("NO_PROXY", "no_proxy"):
        assert variables.pop(name) == PAST_THE_GATE + ",jupyterhub,mlflow.internal"
    for name in BUNDLE_NAMES:
        assert variables.pop(name) == str(bundle)
    assert variables.pop("NODE_EXTRA_CA_CERTS") == str(cache / "ca-bundle.added.pem")
    assert variables.pop("SYSTEM_WGETRC") == str(cache / "ca-bundle.wgetrc")
    assert variables.pop("npm_config_cafile") == str(cache / "ca-bundle.pem")
    assert [variables.pop(n) for n in ("NODE_USE_ENV_PROXY", "UV_NATIVE_TLS", "UV_SYSTEM_CERTS")] \
        == ["1", "1", "true"]
    if shutil.which("keytool", path="/usr/bin"):
        java = variables.pop("JAVA_TOOL_OPTIONS").split()
        assert f"-Djavax.net.ssl.trustStore={cache}/ca-bundle.truststore" in java
        assert "-Dhttps.proxyHost=127.0.0.1" in java and "-Dhttps.proxyPort=3128" in java
    assert set(variables) <= {"PATH", "HOME", "LANG", "PWD", "OLDPWD", "SHLVL", "_"}
    with open(SYSTEM_BUNDLE, encoding="utf-8") as system:
        assert bundle.read_text() == system.read() + root
    assert (cache / "ca-bundle.added.pem").read_text() == root


def test_nothing_but_exports_stands_on_stdout(folder):
    config = write(folder / "odd.yaml", POLICY.replace("jupyterhub", "s3.amazonaws.com, 'fd00::1'"))
    ran = subprocess.run(
        [binary(), "env", "--config", config], capture_output=True, text=True, check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder)},
    )
    assert ran.returncode == 0
    for line in ran.stdout.splitlines():
        assert re.fullmatch(r"export [A-Za-z_]+='[^']*'", line), line
    assert "amazonaws" not in ran.stdout and "fd00" not in ran.stdout
    assert ran.stderr.count("warning: no_proxy:") == 2


def test_without_interception_there_is_no_variable_of_a_ca(tmp_path):
    config = write(tmp_path / "policy.yaml", PLAIN_POLICY)
    variables, _ = environment(tmp_path, "--config", config)
    assert not set(variables) & {*BUNDLE_NAMES, "NODE_EXTRA_CA_CERTS", "UV_NATIVE_TLS"}
    assert "trustStore" not in variables.get("JAVA_TOOL_OPTIONS", "")
    assert variables["https_proxy"] == "http://127.0.0.1:3128"
    assert variables["no_proxy"] == PAST_THE_GATE
    assert not (tmp_path / "home/.cache").exists()


def test_a_workstation_needs_no_policy_and_no_key(folder):
    (folder / "ca/ca.key").unlink()
    variables, _ = environment(
        folder, "--ca", str(folder / "ca/trust.pem"), "--proxy", "http://gate.example.org:3128",
        "--bundle", str(folder / "made/bundle.pem"),
    )
    assert variables["HTTPS_PROXY"] == "http://gate.example.org:3128"
    assert variables["SSL_CERT_FILE"] == str(folder / "made/bundle.pem")
    assert environment(folder, "--config", str(folder / "policy.yaml"))[0]["SSL_CERT_FILE"]


def test_paths_are_quoted_for_the_shell(folder):
    home = folder / "it's $HOME; a b"
    variables, _ = environment(folder, "--config", str(folder / "policy.yaml"), home=home)
    assert variables["SSL_CERT_FILE"] == f"{home}/.cache/sallyport/ca-bundle.pem"


def test_files_stay_while_nothing_changes_and_follow_the_ca(folder):
    config = str(folder / "policy.yaml")
    environment(folder, "--config", config)
    cache = folder / "home/.cache/sallyport"
    before = {path: path.stat().st_mtime_ns for path in cache.iterdir()}
    environment(folder, "--config", config)
    assert {path: path.stat().st_mtime_ns for path in cache.iterdir()} == before
    assert run_command("ca", "init", str(folder / "next"), "--config", config).returncode == 0
    write(folder / "policy.yaml", POLICY.replace("[ca/ca.pem]", "[ca/ca.pem, next/trust.pem]"))
    environment(folder, "--config", config)
    roots = (folder / "ca/trust.pem").read_text() + (folder / "next/trust.pem").read_text()
    assert (cache / "ca-bundle.added.pem").read_text() == roots
    stays = cache / "ca-bundle.wgetrc"  # it names the bundle
    assert all((path.stat().st_mtime_ns > before[path]) == (path != stays) for path in before)
    assert set(cache.iterdir()) == set(before)


def test_without_keytool_there_is_no_store(folder):
    tools = folder / "tools"
    tools.mkdir()
    for name in ("env", "sh"):
        (tools / name).symlink_to(shutil.which(name))
    config = str(folder / "policy.yaml")
    variables, stderr = environment(folder, "--config", config, path=str(tools))
    assert "JAVA_TOOL_OPTIONS" not in variables
    assert stderr == ""


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--proxy", "gate:3128"], "--proxy: write http://HOST:PORT"),
        (["--ca", "nowhere.pem"], "nowhere.pem: cannot be opened"),
        (["--config", "nowhere.yaml"], "nowhere.yaml"),
    ],
)
def test_what_cannot_be_leaves_stdout_empty(tmp_path, arguments, words):
    ran = run_command("env", *arguments, cwd=tmp_path)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert words in ran.stderr


# Real clients


def make_leaf(folder, name, alternative):
    """A server's certificate that the CA signs, by the openssl tool: what a thief would do."""
    paths = {end: str(folder / f"{name}.{end}") for end in ("key", "csr", "cnf", "pem")}
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", paths["key"])
    openssl("req", "-new", "-key", paths["key"], "-subj", "/", "-out", paths["csr"])
    write(folder / f"{name}.cnf", f"""\
        subjectAltName=critical,{alternative}
        keyUsage=critical,digitalSignature
        extendedKeyUsage=serverAuth
        authorityKeyIdentifier=keyid
        """)
    ca = str(folder / "ca/ca.pem")
    openssl("x509", "-req", "-in", paths["csr"], "-CA", ca, "-CAkey", str(folder / "ca/ca.key"),
            "-days", "3", "-extfile", paths["cnf"], "-out", paths["pem"])
    with open(paths["pem"], "a", encoding="utf-8") as leaf, open(ca, encoding="utf-8") as chain:
        leaf.write(chain.read())
    return paths["pem"], paths["key"]


class Hello(BaseHTTPRequestHandler):
    """Says `hello` to everybody."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(folder):
    """A server by its name, which the CA may vouch for, and by its address, which it may not."""
    servers = {}
    for name, alternative in (("localhost", "DNS:localhost"), ("127.0.0.1", "IP:127.0.0.1")):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*make_leaf(folder, name, alternative))
        listening = ThreadingHTTPServer(("127.0.0.1", 0), Hello)
        listening.handle_error = lambda *arguments: None  # a client that does not trust us
        listening.socket = context.wrap_socket(
            listening.socket, server_side=True, do_handshake_on_connect=False
        )
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        servers[name] = listening
    yield {name: f"https://{name}:{each.server_port}/" for name, each in servers.items()}
    for each in servers.values():
        each.shutdown()
        each.server_close()


JAVA = """\
    public class Get {
      public static void main(String[] a) throws Exception {
        System.out.print(new String(new java.net.URL(a[0]).openStream().readAllBytes()));
      }
    }
    """
CLIENTS = {
    "curl": "curl -sS {url}",
    "python": "/usr/bin/python3 -c 'import requests; print(requests.get(\"{url}\").text)'",
    "urllib": "/usr/bin/python3 -c 'import urllib.request as r; "
              "print(r.urlopen(\"{url}\").read().decode())'",
    "node": "node -e 'require(\"https\").get(\"{url}\", r => r.pipe(process.stdout))'",
    "git": "git ls-remote {url} && echo hello",
    "java": "java {folder}/Get.java {url}",
}


@pytest.mark.parametrize("client", CLIENTS)
def test_clients_trust_the_ca_within_its_constraints_alone(folder, server, client):
    tool = CLIENTS[client].split()[0]
    if not shutil.which(tool, path="/usr/sbin:/usr/bin:/sbin:/bin"):
        pytest.skip(f"{tool} is not installed")
    write(folder / "Get.java", JAVA)

    def ask(url):
        command = CLIENTS[client].format(url=url, folder=folder)
        script = f'eval "$("$1" env --config "$2")"; {command} 2>&1'
        ran = subprocess.run(
            ["sh", "-c", script, "sh", binary(), str(folder / "policy.yaml")],
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(folder)},
            capture_output=True, text=True, timeout=120, check=False,
        )
        return ran.stdout

    assert "hello" in ask(server["localhost"])
    assert "hello" not in ask(server["127.0.0.1"])
