"""Issue 7: everyday clients that have nothing but what `sallyport env` gives them ask over HTTPS
through a rule that reads it: what is allowed comes, what is not is told in their own words and
never reaches the origin.

Clients retry, so records are counted by URL and never expected to be exactly one.
"""
import re
import shutil
import textwrap

import pytest

from https_web import PAGE, HttpsWeb
from interception_clients import CLIENTS, METHOD, URL, Case
from gate import run_command
from lab import CLEAN_PATH, wait_until
from workstation import workstation

POLICY = """
    rules:
      - name: read
        hosts: ["*.example.org"]
        methods: [GET, HEAD]
        urls: ["https://*.example.org/open/**"]
      - name: fetch
        hosts: ["*.example.org"]
        methods: [POST]
        urls: ["https://*.example.org/open/*/git-upload-pack"]
      - {name: mirror, hosts: [mirror.example.net], methods: [GET, HEAD]}
"""
by_name = pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)


@pytest.fixture(scope="module")
def station(lab):
    with workstation(lab, POLICY) as made:
        yield made


@pytest.fixture(scope="module")
def web(lab):
    with HttpsWeb(lab, ["mirror.example.net"]) as web:
        yield web


class Run:
    """What a client said, what reached the origin meanwhile, and what was recorded."""

    def __init__(self, station, web, client, folder, method):
        if client.name.startswith("Java") and not shutil.which("java", path=CLEAN_PATH):
            pytest.skip("Java is not installed")
        asked, known = len(web.requests), {each["id"] for each in station.gate.records()}
        self._gate, self._known = station.gate, known
        case = Case(station.lab, web, folder, method, station.lab.make_folder("home"))
        ran = station.run(client.command(case), case.home, **client.variables(case))
        self.status, self.said = ran.returncode, ran.stdout
        self.asked = web.asked(asked)

    def records(self, count=1, **values):
        """At least so many that were not there before."""
        return wait_until(
            lambda: len(
                found := [
                    each for each in self._gate.records(**values) if each["id"] not in self._known
                ]
            )
            >= count
            and found,
            what=f"{count} new records of {values}",
        )


@by_name
@pytest.mark.legitimate
def test_what_is_allowed_is_served(station, web, client):
    ran = Run(station, web, client, "open", "GET")

    assert ran.status == 0, ran.said
    assert client.says in ran.said
    assert set(client.targets) <= {target for _, target in ran.asked}
    records = ran.records(len(ran.asked))
    told = {(each["event"], each["decision"], each["reason"], each["tls"]) for each in records}
    assert told == {("request", "allow", "allowed", "intercepted")}
    assert {each["url"] for each in records} == {
        web.url(target.partition("?")[0]) for _, target in ran.asked
    }


def assert_refused(web, ran, words, reason, method):
    status, said = words
    assert said in ran.said, ran.said
    assert ran.status == status, ran.said
    assert not [target for _, target in ran.asked if target.startswith("/closed/")]
    assert {method for method, _ in ran.asked} <= {"GET", "HEAD", "POST"}
    record = ran.records(event="request", decision="block")[-1]
    told = {key: record.get(key) for key in ("reason", "method", "status", "tls", "after", "host")}
    assert told == {
        "reason": reason,
        "method": method,
        "status": 403,
        "tls": "intercepted",
        "after": "request",
        "host": web.name,
    }


@by_name
@pytest.mark.attack
def test_a_url_that_is_not_allowed_is_told_in_the_clients_own_words(station, web, client):
    ran = Run(station, web, client, "closed", "GET")
    assert_refused(web, ran, client.no_url, URL, "GET")


@pytest.mark.parametrize(
    "client", [each for each in CLIENTS if each.no_method], ids=lambda client: client.name
)
@pytest.mark.attack
def test_a_method_that_is_not_allowed_is_told_in_the_clients_own_words(station, web, client):
    ran = Run(station, web, client, "open", client.method)
    # A push is a POST, which the rule that misses it by least allows for other URLs.
    is_push = client.method == "push"
    reason, method = (URL, "POST") if is_push else (METHOD, client.method)
    assert_refused(web, ran, client.no_method, reason, method)
    assert "pushed" not in web.git("branch", "--list")


_DUMB = """
GIT_SMART_HTTP=0 git clone -q $1 clone || exit
cat clone/README
git -C clone push -q origin HEAD:pushed
"""


@pytest.mark.attack
def test_git_clones_what_may_be_read_and_pushes_nothing(station, web):
    """From a rule that has `methods: [GET, HEAD]` and nothing else."""
    asked = len(web.requests)
    ran = station.run(["/bin/sh", "-c", _DUMB, "sh", "https://mirror.example.net/open/lab.git"])
    assert "the lab's repository" in ran.stdout
    assert "The requested URL returned error: 403" in ran.stdout
    assert ran.returncode == 1, ran.stdout
    record = station.gate.one_record(host="mirror.example.net", decision="block")
    assert (record["method"], record["reason"]) == ("POST", METHOD)
    assert {method for method, _ in web.asked(asked)} == {"GET"}
    assert "pushed" not in web.git("branch", "--list")


@pytest.mark.legitimate
def test_a_hundred_requests_at_once_share_one_leaf(lab):
    """Of each worker, however many connections ask for it at the same time. curl reads its bundle
    again for each, so that the last hello may come late."""
    policy, waits = "workers: 2\n" + textwrap.dedent(POLICY), {"client_hello": "60s"}
    with workstation(lab, policy, timeouts=waits) as made, HttpsWeb(lab) as web:
        urls = web.url("/open/page?[1-100]")
        parallel = ["-Z", "--parallel-max", "100", "--parallel-immediate"]
        ran = made.run(["/usr/bin/curl", "-sS", "--no-progress-meter", *parallel, urls])
        records = made.gate.wait_records(100)
        assert {each["reason"] for each in records} == {"allowed"}
        assert (ran.returncode, ran.stdout.count(PAGE)) == (0, 100)
        assert len(web.asked()) == 100
        assert 1 <= made.gate.metric("sallyport_leaf_cache_total", result="miss") <= 2


def test_a_ca_is_changed_and_nobody_notices(lab):
    """By the three steps of deploy/ca/README.md."""
    with workstation(lab, POLICY) as made, HttpsWeb(lab) as web:
        gate, ask = made.gate, ["/usr/bin/curl", "-sS", web.url("/open/page")]

        def sign_by(certificates, key):
            with open(gate.config, encoding="utf-8") as file:
                held = file.read()
            wanted = f"{{ca_certificates: [{certificates}], ca_private_key: {key}}}"
            written = re.sub(r"(?m)^interception: .*$", f"interception: {wanted}", held)
            assert "errors" not in gate.reload(written)

        def issuer():
            told = made.run(["/usr/bin/curl", "-sSv", web.url("/open/page")]).stdout
            assert PAGE in told, told
            return re.search(r"issuer: (.*)", told)[1]

        first = issuer()
        init = ["ca", "init", f"{gate.folder}/next", "--config", gate.config]
        assert run_command(*init).returncode == 0
        sign_by("ca/ca.pem, next/trust.pem", "ca/ca.key")
        assert (issuer(), made.run(ask).stdout) == (first, PAGE)
        made.evaluate()
        assert issuer() == first
        sign_by("next/ca.pem, ca/trust.pem", "next/ca.key")
        assert issuer() != first
        sign_by("next/ca.pem", "next/ca.key")
        made.evaluate()
        assert issuer() != first
