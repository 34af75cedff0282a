"""Issue 6, point 6: what rules ask of plain HTTP, seen by real clients: their everyday requests
pass narrow rules, and what goes beyond them is refused in words."""
import time
from dataclasses import replace

import pytest

from http_clients import HTTP_CLIENTS, UPLOAD, curl
from http_web import BIG, FILES, GIT, WEB, HttpWeb
from http_reader import Reader
from origins import Origin, only_listen, read_some
from wire import Wire

ROOT = "http://plain.example.org"
POLICY = f"""
    rules:
      - name: index
        hosts: [{WEB}]
        schemes: [http]
        methods: [GET, HEAD]
        urls: ["{ROOT}/simple/**", "{ROOT}/npm/@lab/pkg", "{ROOT}/npm/*"]
      - name: files
        hosts: [{FILES}]
        schemes: [http]
        methods: [GET]
        urls: ["http://{FILES}/files/*.whl", "http://{FILES}/npm/**"]
      - name: fetch
        hosts: [{GIT}]
        schemes: [http]
        methods: [GET, POST]
        urls:
          - http://{GIT}/git/*/info/refs?service=git-upload-pack
          - http://{GIT}/git/*/git-upload-pack
      - name: small
        hosts: [small-plain.example.org]
        schemes: [http]
        limits: {{upload_bytes: 64KiB, download_bytes: 512KiB}}
      - name: pages
        hosts: [pages-plain.example.org]
        schemes: [http]
        content_types: [text/html]
"""
SMALL, PAGES = "small-plain.example.org", "pages-plain.example.org"
_CLONE = "git -c http.proxy=$1 clone -q $2 clone && cat clone/README"
_PUSH = """
export GIT_AUTHOR_NAME=lab GIT_AUTHOR_EMAIL=l@example.org GIT_COMMITTER_NAME=lab
export GIT_COMMITTER_EMAIL=l@example.org GIT_TERMINAL_PROMPT=0
git -c http.proxy=$1 clone -q $2 clone && cd clone && git commit -q --allow-empty -m x
git -c http.proxy=$1 push -q origin HEAD:not-allowed
"""


@pytest.fixture(scope="module")
def web(lab):
    web = HttpWeb(lab)
    for name in (SMALL, PAGES):
        lab.names.set(name, web.address)
    return web


@pytest.fixture(scope="module")
def gate(share_gate, web):
    return share_gate(POLICY)


def run(gate, web, client, host=None):
    proxy = f"http://127.0.0.1:{gate.port}"
    return client.run(gate.lab, web, proxy, host or client.host)


def named(name):
    return next(client for client in HTTP_CLIENTS if client.name == name)


def git(script):
    return replace(
        named("git"),
        command=lambda case: [
            "/bin/sh",
            "-c",
            script,
            "sh",
            case.proxy,
            f"http://{case.host}/git/repository.git",
        ],
    )


def assert_blocked(gate, reason, **values):
    record = gate.wait_records(reason=reason, event="request", **values)[-1]
    assert record["decision"] == "block"


@pytest.mark.legitimate
@pytest.mark.parametrize("name", ["pip", "npm"])
def test_an_installer_passes_rules_of_its_index_and_its_files(gate, web, name):
    """npm writes a scoped package with %2f, pip's files lie on another host."""
    client = named(name)
    ran = run(gate, web, client)
    assert ran.returncode == 0, ran.stdout
    assert client.says_allowed in ran.stdout


@pytest.mark.legitimate
def test_git_fetches_where_it_may_fetch_alone(gate, web):
    ran = run(gate, web, git(_CLONE))
    assert ran.returncode == 0, ran.stdout
    assert "000" in ran.stdout


@pytest.mark.attack
def test_git_pushes_nothing_where_it_may_fetch_alone(gate, web):
    ran = run(gate, web, git(_PUSH))
    assert "The requested URL returned error: 403" in ran.stdout
    assert "not-allowed" not in web.git("branch", "--list")
    assert_blocked(gate, "url_not_allowed", host=GIT)


@pytest.mark.attack
@pytest.mark.parametrize(
    "arguments, path, reason",
    [
        (["-d", "a=1"], "/simple/labwheel/", "method_not_allowed"),
        (["-T", "upload"], "/simple/labwheel/", "method_not_allowed"),
        ([], "/", "url_not_allowed"),
        (["--path-as-is"], "/simple/../big", "url_not_allowed"),
        (["--path-as-is"], "/simple/%2e%2e/big", "url_not_allowed"),
        ([], "/npm/@lab%2fother/x", "url_not_allowed"),
    ],
)
def test_curl_beyond_a_rule_is_told_so(gate, web, arguments, path, reason):
    logged = len(web.requests())
    ran = run(gate, web, curl("beyond", *arguments, path=path))
    assert f"Reason: {reason}." in ran.stdout
    assert_blocked(gate, reason, host=WEB)
    assert len(web.requests()) == logged


@pytest.mark.legitimate
def test_what_is_within_limits_passes_whole(gate, web):
    small = UPLOAD[:60_000]
    put = curl("small", "-T", "small", "-w", "%{http_code}", path="/upload/small", host=SMALL)

    def write(case):
        with open(f"{case.home}/small", "wb") as file:
            file.write(small)

    ran = run(gate, web, replace(put, prepare=write))
    assert "20" in ran.stdout and web.uploaded("small") == small
    ran = run(gate, web, curl("part", "-r", "0-500000", "-o", "part", path="/big", host=SMALL))
    assert ran.returncode == 0, ran.stdout


@pytest.mark.attack
@pytest.mark.parametrize(
    "more", [[], ["-H", "Transfer-Encoding: chunked"], ["-H", "Expect:"]], ids=str
)
def test_an_upload_beyond_the_limit_does_not_arrive(gate, web, more):
    seen = len(gate.records(reason="upload_limit"))
    client = curl("large", "-T", "upload", *more, path="/upload/too-large", host=SMALL)
    ran = run(gate, web, client)
    assert "Reason: upload_limit." in ran.stdout
    with pytest.raises(FileNotFoundError):
        web.uploaded("too-large")
    record = gate.wait_records(seen + 1, reason="upload_limit", host=SMALL)[-1]
    assert (record["status"], record["decision"], record["rule"]) == (413, "block", "small")


@pytest.mark.attack
@pytest.mark.parametrize("piece", [1_000, 40_000, 200_000])
def test_no_byte_beyond_the_limit_reaches_the_origin_or_is_told_of(gate, lab, piece):
    """Of a chunked upload; what is recorded is what went out."""
    body = bytes(200_000)
    with Origin(lab, 80, serve=only_listen) as origin:
        gate.reload(POLICY.replace(SMALL, origin.name))
        with Wire(gate) as wire:
            wire.send(
                f"PUT http://{origin.name}/ HTTP/1.1\r\nHost: {origin.name}\r\n"
                "Transfer-Encoding: chunked\r\n\r\n".encode()
            )
            for at in range(0, len(body), piece):
                part = body[at : at + piece]
                try:
                    wire.send(b"%x\r\n%s\r\n" % (len(part), part))
                except ConnectionError:
                    break
                time.sleep(0.002)
        record = gate.one_record(host=origin.name, event="request")
        assert (record["reason"], record["decision"]) == ("upload_limit", "block")
        came = origin.received.partition(b"\r\n\r\n")[2].count(b"\0")
    gate.reload(POLICY)
    assert came <= 65536
    assert record["bytes_up"] <= 65536
    assert record["bytes_up"] >= came


@pytest.mark.attack
def test_a_download_beyond_the_limit_is_cut_and_is_seen_to_be(gate, web):
    client = curl("large", "-f", "-o", "got", path="/big", host=SMALL)
    ran = run(gate, web, client)
    assert ran.returncode != 0, "curl must not take it for whole"
    try:
        with open(f"{client.home}/got", "rb") as file:
            assert len(file.read()) <= 512 * 1024 < len(BIG)
    except FileNotFoundError:
        pass
    gate.wait_records(reason="download_limit", host=SMALL)


@pytest.mark.attack
def test_a_type_that_no_rule_has_is_replaced_by_the_block(gate, web):
    page = run(gate, web, curl("page", host=PAGES))
    assert "the lab's origin" in page.stdout
    ran = run(gate, web, curl("big", path="/big", host=PAGES))
    assert "Reason: content_type_not_allowed." in ran.stdout
    assert_blocked(gate, "content_type_not_allowed", host=PAGES)


@pytest.mark.attack
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_block_of_an_answer_keeps_the_connection_or_says_that_it_ends(gate, web, method):
    asked = f"{method} http://{PAGES}/big HTTP/1.1\r\nHost: {PAGES}\r\n\r\n".encode()
    with Wire(gate) as wire:
        reader = Reader(wire.read_at_once)
        for _ in range(3):
            wire.send(asked)
            head = reader.head()
            assert head.startswith(b"HTTP/1.1 403 Blocked by sallyport: content_type_not_allowed")
            reader.body(head, has_none=method == "HEAD")
            if b"\r\nConnection: close\r\n" in head:
                assert reader.rest() == b""
                break


@pytest.mark.attack
@pytest.mark.parametrize("size", [700_000, 20])
def test_an_answer_whose_length_is_beyond_the_limit_is_replaced_by_the_block(gate, lab, size):
    """Nothing of it was sent yet, so it can be told (DESIGN.md, Reasons: 403)."""

    def serve(connection, seen):
        read_some(connection, seen)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        connection.sendall(bytes(size))

    with Origin(lab, 80, serve=serve) as origin:
        gate.reload(POLICY.replace(SMALL, origin.name).replace("512KiB", "10"))
        with Wire(gate) as wire:
            wire.send(f"GET http://{origin.name}/ HTTP/1.1\r\nHost: {origin.name}\r\n\r\n".encode())
            head = Reader(wire.read_at_once).head()
        gate.reload(POLICY)
        assert head.startswith(b"HTTP/1.1 403 Blocked by sallyport: download_limit\r\n"), head
        record = gate.one_record(host=origin.name, event="request")
        assert (record["reason"], record["status"]) == ("download_limit", 403)
        assert record.get("bytes_down", 0) == 0


@pytest.mark.attack
def test_what_is_recorded_of_an_answer_that_was_cut_is_what_the_client_got(gate, lab):
    def serve(connection, seen):
        read_some(connection, seen)
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nxxxxx\r\n")
        time.sleep(0.2)
        connection.sendall(b"f\r\n" + b"y" * 15 + b"\r\n0\r\n\r\n")

    with Origin(lab, 80, serve=serve) as origin:
        gate.reload(POLICY.replace(SMALL, origin.name).replace("512KiB", "10"))
        with Wire(gate) as wire:
            wire.send(f"GET http://{origin.name}/ HTTP/1.1\r\nHost: {origin.name}\r\n\r\n".encode())
            reader = Reader(wire.read_at_once)
            reader.head()
            with pytest.raises(ConnectionError):
                reader.chunks()
        gate.reload(POLICY)
        record = gate.one_record(host=origin.name, event="request")
        assert (record["reason"], record["decision"]) == ("download_limit", "block")
        assert 5 <= record["bytes_down"] <= 10
