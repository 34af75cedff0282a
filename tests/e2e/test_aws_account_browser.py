"""Issue 8: a browser's uploads to S3 from a web page: a form that was signed, and a presigned URL
that a script puts to, after the browser has asked whether it may. Ours arrive, a stranger's are
blocked; the person sees why."""
import json
import re

import pytest

from aws_account import EXPLAINED, POLICY, assert_refused, shared_stub, stub, Watch
from aws_calls import presigned, signed_form
from aws_keys import FOREIGN_KEY, OUR_KEY, OURS
from aws_services import BUCKET, FORMS
from chromium import Chromium
from http_origin import answer
from interception import TlsHttpOrigin
from lab import wait_until
from workstation import workstation

__all__ = ["shared_stub", "stub"]
FORM_URL = f"https://{FORMS}.s3.us-east-1.amazonaws.com/"
URL = f"https://{BUCKET}.s3.us-east-1.amazonaws.com/k"
PAGE = "<!doctype html><title>lab</title><form method=post enctype=multipart/form-data></form>"
FILL = """
(fields => {
  const form = document.forms[0];
  form.action = %s;
  for (const [name, value] of Object.entries(fields)) {
    const input = form.appendChild(document.createElement('input'));
    Object.assign(input, {type: 'hidden', name, value});
  }
  const file = form.appendChild(document.createElement('input')), held = new DataTransfer();
  Object.assign(file, {type: 'file', name: 'file'});
  held.items.add(new File(['our data'], 'data.bin'));
  file.files = held.files;
  form.submit();
})(%s)
"""
FETCH = "fetch(%s, {method: 'PUT', body: 'our data'}).then(a => a.status, error => error.name)"


@pytest.fixture(scope="module")
def station(lab):
    policy = POLICY + '      - {name: pages, hosts: ["*.example.org"], methods: [GET]}\n'
    with workstation(lab, policy, interception=EXPLAINED) as made:
        yield made


@pytest.fixture(scope="module")
def browser(lab, station):
    with Chromium(lab, ca=station.ca, variables=station.variables()) as browser:
        yield browser


@pytest.fixture
def page(lab, browser):
    """Shown, of an origin of its own."""
    with TlsHttpOrigin(lab, lambda _: answer(PAGE, fields="Content-Type: text/html\r\n")) as origin:
        assert browser.open(f"https://{origin.name}/") is None
        yield browser


def submit(page, key):
    page.evaluate(FILL % (json.dumps(FORM_URL), json.dumps(signed_form(key, FORMS, "k"))))


@pytest.mark.legitimate
def test_a_form_that_was_signed_by_us_arrives(stub, page):
    submit(page, OUR_KEY)
    wait_until(lambda: stub.done or stub.failures, what="the upload")
    assert (stub.failures, stub.done) == ([], [(OURS, "s3", f"POST /{FORMS}/k")])
    assert stub.objects[f"/{FORMS}/k"] == b"our data"


@pytest.mark.attack
def test_a_form_that_a_stranger_signed_shows_why_it_was_blocked(station, stub, page):
    watch = Watch(station)
    submit(page, FOREIGN_KEY)
    assert_refused(watch, stub, "principal_account_not_allowed", "forms", "body")
    wait_until(lambda: "Blocked by sallyport" in page.text(), what="the page of the block")
    told = re.sub(r"\s+", " ", page.text())
    assert "principal_account_not_allowed" in told and "ask #ml-platform" in told


@pytest.mark.legitimate
def test_a_presigned_url_of_ours_is_put_to_after_a_preflight(stub, page):
    assert page.evaluate(FETCH % json.dumps(presigned(OUR_KEY, "PUT", URL))) == 200
    assert stub.objects[f"/{BUCKET}/k"] == b"our data" and not stub.failures
    assert [head.split(b" ")[0] for head in stub.heads] == [b"OPTIONS", b"PUT"]


@pytest.mark.attack
def test_a_presigned_url_of_a_strangers_is_not_put_to(station, stub, page):
    watch = Watch(station)
    assert page.evaluate(FETCH % json.dumps(presigned(FOREIGN_KEY, "PUT", URL))) == "TypeError"
    told = [(each["method"], each["decision"], each["reason"]) for each in watch.records()]
    assert told[-1][1:] == ("block", "principal_account_not_allowed")
    assert not stub.done or {each[0] for each in stub.done} == {"anonymous"}
    assert not any(head.startswith(b"PUT") for head in stub.heads)
