"""Issue 6: everyday clients speak plain HTTP through the gate to what the policy allows, to the
byte, and are told in their own words why they may not go elsewhere.

Clients retry, so records are counted by host and never expected to be exactly one.
"""
import re
from dataclasses import replace

import pytest

import lab as lab_module
from http_clients import HTTP_CLIENTS, PHRASE, UPLOAD, UPLOADS, curl, pip_command
from http_web import BIG, BLOCKED, GIT, WEB, HttpWeb
from origins import Origin, only_listen

POLICY = """
    rules:
      - {name: plain, hosts: ["*.example.org"], schemes: [http]}
      - {name: tls-alone, hosts: [tls-alone.example.com]}
"""
DECOY_ADDRESS = "52.94.77.67"
by_name = pytest.mark.parametrize("client", HTTP_CLIENTS, ids=lambda client: client.name)


@pytest.fixture(scope="module")
def web(lab):
    return HttpWeb(lab)


@pytest.fixture(scope="module")
def gate(share_gate, web):
    return share_gate(POLICY)


@pytest.fixture(scope="module")
def decoy(lab):
    """What the blocked names resolve to; nobody may even connect to it."""
    with Origin(lab, 80, serve=only_listen, address=DECOY_ADDRESS) as decoy:
        for name in (BLOCKED, "tls-alone.example.com"):
            lab.names.set(name, DECOY_ADDRESS)
        yield decoy


def proxy_of(gate):
    return f"http://127.0.0.1:{gate.port}"


def logged_line(web, start, words):
    """Of the origin's log, which is written behind the answer."""
    return lab_module.wait_until(
        lambda: next((line for line in web.requests()[start:] if words in line), None),
        what=f"{words} in the origin's log",
    )


def named(name):
    return next(client for client in HTTP_CLIENTS if client.name == name)


@by_name
@pytest.mark.legitimate
def test_what_is_allowed_is_served(gate, web, client):
    logged = len(web.requests())
    before = {method for method, _ in client.requests}
    known = {record["id"] for record in gate.records(event="request")}

    ran = client.run(gate.lab, web, proxy_of(gate), client.host)

    assert ran.returncode == 0, ran.stdout
    assert client.says_allowed in ran.stdout
    for method, target in client.requests:
        line = logged_line(web, logged, f'"{method} {target} HTTP/1.1"')
        assert re.search(r'"1\.[01] sallyport-[0-9a-f]{16}"', line), "Via is for plain HTTP"
    if client.name in UPLOADS:
        assert web.uploaded(UPLOADS[client.name]) == UPLOAD
    records = lab_module.wait_until(
        lambda: len(
            found := [
                record
                for record in gate.records(event="request")
                if record["id"] not in known and record["method"] in before
            ]
        )
        >= len(client.requests)
        and found,
        what="the records",
    )
    for record in records:
        told = {key: record.get(key) for key in ("decision", "reason", "rule", "scheme", "port")}
        assert told == {
            "decision": "allow",
            "reason": "allowed",
            "rule": "plain",
            "scheme": "http",
            "port": 80,
        }


@by_name
@pytest.mark.attack
def test_what_is_blocked_is_told_in_the_clients_own_words(gate, web, decoy, client):
    seen = len(gate.records(host=BLOCKED))
    blocked = gate.metric("sallyport_blocked_total", reason="host_not_allowed", rule="")

    ran = client.run(gate.lab, web, proxy_of(gate), BLOCKED)

    assert client.says_blocked in ran.stdout
    assert ran.returncode == client.exit_blocked, ran.stdout
    record = gate.wait_records(seen + 1, host=BLOCKED)[-1]
    told = {key: record.get(key) for key in ("decision", "reason", "rule", "method", "status")}
    assert told == {
        "decision": "block",
        "reason": "host_not_allowed",
        "rule": None,
        "method": client.blocked_method,
        "status": 403,
    }
    assert gate.metric("sallyport_blocked_total", reason="host_not_allowed", rule="") > blocked
    assert not gate.lab.names.count(BLOCKED), "resolved only after its host was allowed"
    assert not decoy.seen


@pytest.mark.short
def test_curl_allowed_and_blocked(gate, web):
    curl = named("curl GET")
    assert "the lab's origin" in curl.run(gate.lab, web, proxy_of(gate), WEB).stdout
    assert curl.says_blocked in curl.run(gate.lab, web, proxy_of(gate), BLOCKED).stdout


@pytest.mark.attack
def test_an_allowed_host_alone_never_means_plain_http(gate, web, decoy):
    curl = named("curl GET")
    ran = curl.run(gate.lab, web, proxy_of(gate), "tls-alone.example.com")
    assert "Blocked by sallyport: tls-alone.example.com:80\nReason: " in ran.stdout
    record = gate.wait_records(host="tls-alone.example.com")[-1]
    assert (record["decision"], record["status"]) == ("block", 403)
    assert not decoy.seen


@pytest.mark.attack
def test_pip_is_told_where_the_index_is_allowed_and_its_files_are_not(gate, web, decoy):
    pip = named("pip")
    astray = replace(pip, command=lambda case: pip_command(case, "simple-of-blocked-files"))
    ran = astray.run(gate.lab, web, proxy_of(gate), WEB)
    assert ran.returncode == 1
    assert "403 Client Error: Blocked by sallyport: host_not_allowed for url" in ran.stdout
    assert not decoy.seen


@pytest.mark.legitimate
def test_git_sent_gzip_and_chunked_bodies_and_the_push_arrived(gate, web):
    """The rows above prove nothing where git was content with small bodies."""
    logged = len(web.requests())
    ran = named("git").run(gate.lab, web, proxy_of(gate), GIT)
    assert ran.returncode == 0, ran.stdout
    logged_line(web, logged, 'git-upload-pack HTTP/1.1" 200 "gzip"')
    logged_line(web, logged, 'git-receive-pack HTTP/1.1" 200 "-" "chunked"')
    assert web.git("cat-file", "-s", "pushed:large").strip() == "300000"


@pytest.mark.legitimate
def test_what_apt_downloads_is_the_same_to_the_byte(gate, web):
    """apt checks the hashes of a signed index; so does this."""
    apt = named("apt")
    assert apt.run(gate.lab, web, proxy_of(gate), WEB).returncode == 0
    name = "labdeb-a_1.0~1+lab_all.deb"
    with open(f"{apt.home}/out/{name}", "rb") as got, open(f"{web.root}/deb/{name}", "rb") as was:
        assert got.read() == was.read()


@pytest.mark.legitimate
def test_a_download_is_the_same_by_range_and_whole(gate, web):
    curl = named("curl GET")
    ranged = replace(
        curl,
        command=lambda case: [
            "/bin/sh",
            "-c",
            f"curl -sS -x {case.proxy} -r 0-99999 -o part http://{case.host}/big && "
            f"curl -sS -x {case.proxy} -C - -o part http://{case.host}/big",
        ],
    )
    ran = ranged.run(gate.lab, web, proxy_of(gate), WEB)
    assert ran.returncode == 0, ran.stdout
    with open(f"{ranged.home}/part", "rb") as file:
        assert file.read() == BIG


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"
PIP = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, "
NPM = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*"


@pytest.mark.attack
@pytest.mark.parametrize(
    "accept, kind",
    [
        ("Accept: */*", "text/plain; charset=utf-8"),
        ("Accept:", "text/plain; charset=utf-8"),
        ("Accept: text/*", "text/plain; charset=utf-8"),
        (f"Accept: {BROWSER}", "text/html; charset=utf-8"),
        ("Accept: text/html, text/*;q=0.5, image/*, application/*", "text/html; charset=utf-8"),
        ("Accept: text/html, image/gif, image/jpeg, */*; q=0.2", "text/html; charset=utf-8"),
        ("Accept: application/json, */*", "application/json"),
        (f"Accept: {PIP}text/html; q=0.01", "application/json"),
        (f"Accept: {NPM}", "application/json"),
    ],
    ids=["curl", "none", "apt", "browser", "w3m", "Java", "kubectl", "pip", "npm"],
)
def test_a_block_is_told_in_the_form_that_the_client_asks_for(gate, web, accept, kind):
    for method in ("GET", "HEAD"):
        ran = curl(method, "-i" if method == "GET" else "-I", "-H", accept).run(
            gate.lab, web, proxy_of(gate), BLOCKED
        )
        lines = ran.stdout.split("\n")
        assert lines[0] == f"HTTP/1.1 403 {PHRASE}"
        assert f"Content-Type: {kind}" in lines
        assert (
            'Proxy-Status: sallyport; error=http_request_denied; details="host_not_allowed"'
            in lines
        )
        assert ("host_not_allowed" in ran.stdout.partition("\n\n")[2]) == (method == "GET")
