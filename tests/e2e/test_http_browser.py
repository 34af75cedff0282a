"""Issue 6: a browser at a page of plain HTTP, and at the page that tells a person of a block, in
either colour scheme, on a phone and on a desktop."""
import re

import pytest

from chromium import Chromium
from http_reader import Reader
from origins import Origin, read_some

POLICY = """
    contact: "ask #ml-platform <b>or</b> platform@example.org"
    rules:
      - {name: plain, hosts: ["*.example.org"], schemes: [http]}
      - {name: never, effect: deny, hosts: [denied.example.net]}
"""
BLOCKED = "evil.example.net"
PAGE = b"""<!doctype html><title>lab</title><h1>the lab's page</h1><img src=/picture.svg>
<form method=post action=/form enctype=multipart/form-data><input name=a value=1></form>"""
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="7" height="5"/>'
SIZES = [("phone", 390, 844, True), ("small phone", 320, 568, True), ("desktop", 1024, 640, False)]
BACKGROUND = {"light": (0xF4, 0xF5, 0xF7), "dark": (0x12, 0x16, 0x1C)}
# The least contrast of any text with what is behind it (WCAG 2.1, 1.4.3: 4.5 for text).
CONTRAST = """
(() => {
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = colour => {
    const [r, g, b] = numbers(colour).map(n => n / 255)
      .map(n => n <= 0.03928 ? n / 12.92 : ((n + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = element => {
    const colour = getComputedStyle(element).backgroundColor;
    const isClear = colour === 'transparent' || numbers(colour)[3] === 0;
    return isClear && element.parentElement ? behind(element.parentElement) : colour;
  };
  return Math.min(...[...document.querySelectorAll('h1,h2,p,dt,dd,code')].map(element => {
    const [a, b] = [light(getComputedStyle(element).color), light(behind(element))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  }));
})()
"""


def told(body, kind="text/html", status="200 OK", fields=""):
    return (
        f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        f"{fields}\r\n"
    ).encode() + body


class Pages:
    """What the origin says, and what it was asked: heads, and bodies of what was sent."""

    def __init__(self):
        self.heads, self.bodies = [], []

    def serve(self, connection, seen):
        reader = Reader(lambda: read_some(connection, seen))
        while head := reader.head():
            self.heads.append(head)
            body = reader.body(head)
            target = head.split(b" ")[1]
            if body:
                self.bodies.append(body)
            if target == b"/":
                fields = "Set-Cookie: a=1\r\nSet-Cookie: b=2; Path=/\r\n"
                connection.sendall(told(PAGE, fields=fields))
            elif target == b"/picture.svg":
                connection.sendall(told(SVG, "image/svg+xml"))
            elif target == b"/redirect":
                fields = "Location: /\r\n"
                connection.sendall(told(b"", status="302 Found", fields=fields))
            else:
                connection.sendall(told(b"got %d bytes" % len(body), "text/plain"))


@pytest.fixture(scope="module")
def browser(lab, gate):
    with Chromium(lab, f"http://127.0.0.1:{gate.port}") as browser:
        yield browser


@pytest.mark.legitimate
def test_a_page_with_its_picture_cookies_form_and_upload(gate, lab, browser):
    pages = Pages()
    with Origin(lab, 80, pages.serve) as origin:
        assert browser.open(f"http://{origin.name}/redirect") is None
        assert "the lab's page" in browser.text()
        assert browser.evaluate("document.images[0].naturalWidth") == 7
        assert browser.evaluate("document.cookie") == "a=1; b=2"
        upload = "new Blob([new Uint8Array(300000).fill(65)])"
        script = f"fetch('/upload', {{method: 'PUT', body: {upload}}}).then(a => a.text())"
        assert browser.evaluate(script) == "got 300000 bytes"
        assert pages.bodies[-1] == b"A" * 300_000
        browser.evaluate("document.forms[0].submit()")
        gate.wait_records(event="request", method="POST", host=origin.name)
        for head in pages.heads:
            assert b"\r\nProxy-" not in head and b"\r\nVia: 1.1 sallyport-" in head
    # A browser asks for https first, and takes the 403 to its CONNECT as an answer to that alone.
    blocked = gate.records(host=origin.name, decision="block")
    assert all(record["method"] == "CONNECT" and record["port"] == 443 for record in blocked)


def told_words(browser):
    """The page's text in one line."""
    return re.sub(r"\s+", " ", browser.text())


@pytest.mark.short
def test_a_blocked_page_says_why_and_whom_to_ask(gate, browser):
    assert browser.open(f"http://{BLOCKED}/path?secret=1<script>alert(1)</script>#x") is None
    assert told_words(browser) == (
        f"Blocked by sallyport {BLOCKED} No rule of the policy allows this host. "
        "Reason host_not_allowed What to do Ask for a rule that allows this host. "
        "Whom to ask ask #ml-platform <b>or</b> platform@example.org"
    )
    assert browser.evaluate("document.title") == f"Blocked by sallyport: {BLOCKED}"
    assert "secret" not in browser.evaluate("document.documentElement.outerHTML")
    assert browser.evaluate("performance.getEntriesByType('resource').length") == 0
    assert browser.evaluate("document.scripts.length") == 0
    record = gate.wait_records(host=BLOCKED, event="request")[0]
    assert (record["decision"], record["reason"]) == ("block", "host_not_allowed")
    assert not gate.lab.names.count(BLOCKED)


def test_a_page_that_a_rule_denies_names_the_rule(browser):
    browser.open("http://denied.example.net/")
    assert "Rule never" in told_words(browser)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name, width, height, is_phone", SIZES, ids=[row[0] for row in SIZES])
def test_the_block_page_can_be_read(lab, browser, name, width, height, is_phone, scheme):
    browser.look_like(width, height, is_phone, scheme)
    browser.open(f"http://{BLOCKED}/")
    folder = lab.make_folder("screenshots")
    picture = browser.picture(f"{folder}/block-page-{name}-{scheme}.png".replace(" ", "-"))
    assert (picture.width, picture.height) == (width, height)
    colours = picture.colours(step=2)
    assert len(colours) > 20, "letters have edges of many shades"
    assert picture.pixel(2, 2) == BACKGROUND[scheme]
    main = browser.evaluate(
        "(() => { const r = document.querySelector('main').getBoundingClientRect();"
        "return [r.left, r.top, r.right, r.bottom]; })()"
    )
    assert main[0] >= 0 and main[2] <= width and main[3] <= height, main
    assert browser.evaluate("document.documentElement.scrollWidth") <= width, "it must not scroll"
    assert float(browser.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")) >= 16
    assert browser.evaluate(CONTRAST) >= 4.5
    assert "host_not_allowed" in browser.text()


def test_a_block_of_what_a_page_fetches_leaves_the_page_alone(gate, lab, browser):
    """An XHR to a blocked host fails as a request across origins that was not allowed does."""
    pages = Pages()
    with Origin(lab, 80, pages.serve) as origin:
        browser.open(f"http://{origin.name}/")
        script = f"fetch('http://{BLOCKED}/x').then(() => 'got it', error => error.name)"
        assert browser.evaluate(script) == "TypeError"
        assert "the lab's page" in browser.text()
    assert gate.wait_records(host=BLOCKED, url=f"http://{BLOCKED}/x")[0]["decision"] == "block"
