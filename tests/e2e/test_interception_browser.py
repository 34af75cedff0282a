"""Issue 7: a browser that trusts the gate's CA and has its proxy from what `sallyport env` gives: a
page that is read on its way loads as it is, and the page that tells of a block is shown in place of
one that is not allowed.

Screenshots are kept in the folder that SALLYPORT_SCREENSHOTS names, if it names one.
"""
import os
import re

import pytest

from chromium import Chromium
from http_origin import answer
from interception import TlsHttpOrigin
from workstation import workstation

POLICY = """
    contact: "ask #ml-platform"
    rules:
      - name: read
        hosts: ["*.example.org"]
        methods: [GET, HEAD]
        urls: ["https://*.example.org/open/**"]
      - name: never
        effect: deny
        hosts: ["*.example.org"]
        urls: ["https://*.example.org/open/secret/**"]
"""
PAGE = """<!doctype html><title>lab</title><h1>the lab's page</h1><img src="picture.svg">
<p id="asked">not yet</p><script src="script.js"></script>"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="7" height="5"/>'
SCRIPT = """
const ask = async (path, method) => (await fetch(path, {method})).status;
(async () => {
  const told = [await ask('data.json', 'GET'), await ask('data.json', 'DELETE'),
                await ask('/closed/data.json', 'GET')];
  document.getElementById('asked').textContent = told.join(' ');
})();
"""
FILES = {
    "/open/": ("text/html", PAGE),
    "/open/picture.svg": ("image/svg+xml", SVG),
    "/open/script.js": ("text/javascript", SCRIPT),
    "/open/data.json": ("application/json", "{}"),
    "/open/redirect": ("text/html", ""),
}


def serve(request):
    kind, body = FILES.get(request.target, ("text/plain", "no such file"))
    status, fields = "200 OK", f"Content-Type: {kind}\r\nSet-Cookie: a=1; Secure\r\n"
    if request.target == "/open/redirect":
        status, fields = "302 Found", "Location: /closed/page\r\n"
    return answer(body, status, fields)


@pytest.fixture(scope="module")
def station(lab):
    with workstation(lab, POLICY) as made:
        yield made


@pytest.fixture(scope="module")
def origin(lab, station):
    with TlsHttpOrigin(lab, serve) as origin:
        yield origin


@pytest.fixture(scope="module")
def browser(lab, station):
    with Chromium(lab, ca=station.ca, variables=station.variables()) as browser:
        yield browser


def picture(lab, browser, name):
    folder = os.environ.get("SALLYPORT_SCREENSHOTS") or lab.make_folder("screenshots")
    browser.look_like(1024, 640, False, "light")
    return browser.picture(f"{folder}/interception-{name}.png")


def words(browser):
    """The page's text in one line."""
    return re.sub(r"\s+", " ", browser.text()).strip()


@pytest.mark.legitimate
def test_a_page_that_is_read_on_its_way_loads_whole(lab, station, browser, origin):
    assert browser.open(f"https://{origin.name}/open/") is None
    browser.evaluate("new Promise(done => setTimeout(done, 300))")
    assert words(browser) == "the lab's page 200 403 403"
    assert browser.evaluate("document.images[0].naturalWidth") == 7
    assert browser.evaluate("document.cookie") == "a=1"
    assert browser.evaluate("isSecureContext")
    picture(lab, browser, "page")
    asked = {(each.method, each.target) for each in origin.requests}
    assert asked <= {("GET", target) for target in [*FILES, "/favicon.ico"]}, asked
    told = {
        (each["decision"], each["reason"])
        for each in station.gate.wait_records(4, host=origin.name, event="request")
    }
    assert ("allow", "allowed") in told and ("block", "method_not_allowed") in told


def assert_block_page(browser, origin, sentence, reason, rule, do):
    assert words(browser) == (
        f"Blocked by sallyport {origin.name} {sentence} Reason {reason} Rule {rule} "
        f"What to do {do} Whom to ask ask #ml-platform"
    )
    assert browser.evaluate("document.title") == f"Blocked by sallyport: {origin.name}"
    assert browser.evaluate("document.scripts.length") == 0
    assert browser.evaluate("performance.getEntriesByType('resource').length") == 0


BLOCKED = [
    ("url", "/closed/page?secret=1"),
    ("redirect", "/open/redirect"),
]


@pytest.mark.parametrize("name, path", BLOCKED, ids=[row[0] for row in BLOCKED])
@pytest.mark.attack
def test_a_page_that_is_not_allowed_shows_why(lab, station, browser, origin, name, path):
    assert browser.open(f"https://{origin.name}{path}") is None
    print(words(browser))
    picture(lab, browser, f"block-{name}")
    assert_block_page(
        browser,
        origin,
        "The rule for this host does not allow this URL.",
        "url_not_allowed",
        "read",
        "Ask for this URL in the rule for this host.",
    )
    assert "secret" not in browser.evaluate("document.documentElement.outerHTML")
    assert "/closed/page" not in [each.target for each in origin.requests]
    record = station.gate.wait_records(
        host=origin.name, url=f"https://{origin.name}/closed/page", decision="block"
    )[-1]
    assert (record["event"], record["tls"], record["status"]) == ("request", "intercepted", 403)


@pytest.mark.attack
def test_a_page_that_a_rule_denies_names_the_rule(lab, browser, origin):
    browser.open(f"https://{origin.name}/open/secret/page")
    picture(lab, browser, "block-denied")
    said = words(browser)
    assert "Reason denied_by_rule Rule never" in said, said
    assert "/open/secret/page" not in [each.target for each in origin.requests]


@pytest.mark.attack
def test_a_form_that_is_sent_off_is_blocked(lab, station, browser, origin):
    browser.open(f"https://{origin.name}/open/")
    browser.evaluate(
        "(() => { const form = document.createElement('form'); form.method = 'post';"
        "form.action = '/open/form'; document.body.append(form); form.submit(); })()"
    )
    station.gate.wait_records(host=origin.name, method="POST", reason="method_not_allowed")
    assert "POST" not in {each.method for each in origin.requests}


@pytest.mark.attack
def test_a_browser_that_does_not_trust_the_ca_is_told_of(lab, station, origin):
    """It shows an error of its own; the gate says on the operator's log what to do."""
    with Chromium(lab, variables=station.variables()) as browser:
        error = browser.open(f"https://{origin.name}/open/")
    assert error == "net::ERR_CERT_AUTHORITY_INVALID"
    record = station.gate.wait_records(host=origin.name, reason="client_tls_failed")[-1]
    assert (record["event"], record["tls"]) == ("connect", "intercepted")
    assert f"gave up TLS to {origin.name}" in station.gate.stderr()
