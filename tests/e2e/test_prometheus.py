"""Issue 9: deploy/prometheus against a real Prometheus that scrapes real gates while all sorts of
things happen to them. Every alert fires by its own cause, every expression of the dashboard gives
data, and the console pages show it in a browser.

Screenshots are kept in the folder that SALLYPORT_SCREENSHOTS names, if it names one.
"""
import base64
import copy
import os
import re
import subprocess
import sys
import urllib.parse

import pytest
import yaml

import grafana_schema
import prometheus_traffic
from chromium import Chromium
from lab import wait_until
from prometheus_server import SHIPPED, Prometheus, dashboard, dashboard_expressions, quicker

PAGES = ["blocks", "health"]
RULES = [f"{SHIPPED}/rules/{name}.yml" for name in ("recording", "alerts")]


def promtool(*arguments):
    return subprocess.run(
        ["/usr/bin/promtool", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def alerts():
    with open(f"{SHIPPED}/rules/alerts.yml", encoding="utf-8") as file:
        groups = yaml.safe_load(file)["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


@pytest.fixture(scope="module")
def scene(lab):
    with prometheus_traffic.Scene(lab) as scene:
        yield scene


@pytest.fixture(scope="module")
def prometheus(lab, scene):
    """It has seen everything."""
    targets = [f"127.0.0.1:{gate.metrics_port}" for gate in scene.gates]
    with Prometheus(lab, targets) as prometheus:
        prometheus_traffic.everything(scene, prometheus)
        yield prometheus


# The files by themselves


def test_the_generated_files_are_current():
    ran = subprocess.run(
        [sys.executable, f"{SHIPPED}/render.py", "--check"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "config", f"{SHIPPED}/prometheus.yml"],
        ["check", "rules", *RULES],
        ["test", "rules", f"{SHIPPED}/tests/recording.yml"],
        ["test", "rules", f"{SHIPPED}/tests/alerts.yml"],
    ],
    ids=["config", "rules", "what is counted", "when alerts fire"],
)
def test_promtool_finds_nothing_wrong(arguments):
    ran = promtool(*arguments)
    assert ran.returncode == 0 and "SUCCESS" in ran.stdout, ran.stdout + ran.stderr


def test_each_alert_is_tested_both_ways_by_promtool():
    with open(f"{SHIPPED}/tests/alerts.yml", encoding="utf-8") as file:
        rows = [row for test in yaml.safe_load(file)["tests"] for row in test["alert_rule_test"]]
    fires = {row["alertname"] for row in rows if row["exp_alerts"]}
    is_quiet = {row["alertname"] for row in rows if not row["exp_alerts"]}
    # Of two about the CA, promtool's list of those that fire leaves out who does not.
    assert fires == set(alerts())
    assert is_quiet == set(alerts()) - {"SallyportCaExpiring", "SallyportCaEnding"}


def test_each_alert_says_what_to_do_and_stands_in_the_readme():
    with open(f"{SHIPPED}/README.md", encoding="utf-8") as file:
        told = re.findall(r"^\| `(Sallyport\w+)` \| (\w+) \|", file.read(), re.MULTILINE)
    assert told == [(name, rule["labels"]["severity"]) for name, rule in alerts().items()]
    for name, rule in alerts().items():
        assert set(rule["annotations"]) == {"summary", "description"}, name
        assert len(rule["annotations"]["description"]) > 100, name


def test_grafanas_schema_takes_the_dashboard_and_no_other(lab):
    shipped = dashboard()
    broken = copy.deepcopy(shipped)
    number, lines, table = (
        next(each for each in broken["panels"] if each["type"] == kind)
        for kind in ("stat", "timeseries", "table")
    )
    broken["refresh"] = 30
    number["options"]["colorMode"] = "loud"
    lines["fieldConfig"]["defaults"]["custom"]["linewidth"] = 2
    del table["targets"][0]["refId"]
    told = grafana_schema.complaints(lab, shipped, broken)
    assert told[0] == []
    assert len(told[1]) == 4, told[1]


def test_panels_have_their_own_numbers_and_places():
    taken = set()
    for panel in dashboard()["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
    numbers = [panel["id"] for panel in dashboard()["panels"]]
    assert len(set(numbers)) == len(numbers)


# Against what happened


def test_every_attempt_is_counted_once(scene, prometheus):
    """The recorded minutes add up to what the gate itself tells."""
    instance = f'instance="127.0.0.1:{scene.main.metrics_port}"'
    for recorded, metric in [("blocked", "blocked_total"), ("requests", "requests_total")]:
        counted = scene.main.metric(f"sallyport_{metric}")
        assert counted > 75
        expression = f"sum(sum_over_time(sallyport:{recorded}:new1m{{{instance}}}[1h]))"
        wait_until(lambda: prometheus.number(expression) == counted, 10, f"{counted} {recorded}")


@pytest.mark.parametrize(
    "expression", [pytest.param(text, id=title) for title, text in dashboard_expressions()]
)
def test_the_expression_gives_data(prometheus, expression):
    assert prometheus.has_data(expression), prometheus.query(expression)


@pytest.mark.parametrize("name", ["instance", "client", "rule"])
def test_the_variable_has_values(prometheus, name):
    variable = next(each for each in dashboard()["templating"]["list"] if each["name"] == name)
    asked = variable["query"]["query"]
    metric, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", asked).groups()
    assert prometheus.ask(f"label/{label}/values", **{"match[]": metric})


def test_an_expression_that_asks_for_what_is_not_there_gives_none(prometheus):
    assert not prometheus.has_data("sallyport_such_a_metric_is_not_there")
    assert not prometheus.has_data("histogram_quantile(0.5, vector(0))")


@pytest.mark.parametrize("name", alerts())
def test_the_alert_fires_when_the_thing_happens(prometheus, name):
    rule = alerts()[name]
    patience = 15 + int(re.match(r"\d*", quicker(rule.get("for", "0s")))[0])
    wait_until(lambda: name in prometheus.alerts_that_fired(), patience, f"{name} to fire")


# Which of the scene's gates, or which clients, each is about.
ABOUT = {
    "SallyportBlockSpike": {"data-science", ""},
    "SallyportForeignAccount": {"data-science"},
    "SallyportEvasion": {"data-science", ""},
    "SallyportRestarting": {"strict"},
    "SallyportAuditLost": {"deaf"},
    "SallyportAuditUnavailable": {"strict"},
    "SallyportReloadFailed": {"main"},
    "SallyportNotEnforcing": {"narrow"},
    "SallyportSaturated": {"narrow", "doomed"},
    "SallyportCaExpiring": {"narrow"},
    "SallyportCaEnding": {"narrow"},
    "SallyportCaNotTrusted": {"main"},
    "SallyportResolverFailing": {"main"},
    "SallyportOriginsFailing": {"main"},
    "SallyportOriginTlsInvalid": {"main"},
}


def test_alerts_fire_for_nobody_else(scene, prometheus):
    wait_until(lambda: prometheus.alerts_that_fired() == set(alerts()), 60, "all alerts")
    gates = {
        f"127.0.0.1:{getattr(scene, name).metrics_port}": name
        for name in ("main", "strict", "narrow", "deaf", "doomed")
    }
    told = {}
    for labels, _ in prometheus.query('max_over_time(ALERTS{alertstate="firing"}[1h])'):
        whom = gates.get(labels.get("instance"), labels.get("client_name", ""))
        told.setdefault(labels["alertname"], set()).add(whom)
    assert "doomed" in told.pop("SallyportDown")  # a gate that is started anew may be down, too
    assert told.pop("SallyportPolicyDiffers") == {""}
    assert told == ABOUT


# The console pages


@pytest.fixture(scope="module")
def browser(lab, prometheus):
    wait_until(lambda: prometheus.alerts_that_fired() == set(alerts()), 60, "all alerts")
    with Chromium(lab) as browser:
        yield browser


READ = """
(() => {
  const texts = (selector) => [...document.querySelectorAll(selector)].map(e => e.innerText.trim());
  const titled = (kind, read) => Object.fromEntries(
    [...document.querySelectorAll('section.' + kind)].map(
      section => [section.querySelector('h2').innerText, read(section)]));
  return {
    numbers: titled('number', s => s.querySelector('.value').innerText),
    lines: titled('lines', s => ({
      series: Number(s.querySelector('.chart').dataset.series),
      curves: [...s.querySelectorAll('path.curve')].map(p => p.getAttribute('d').length),
      names: [...s.querySelectorAll('tbody td:first-child')].map(e => e.innerText),
      numbers: [...s.querySelectorAll('tbody td.number')].map(e => e.innerText),
    })),
    tables: titled('table', s => [...s.querySelectorAll('tbody tr')].map(
      row => [...row.cells].map(cell => cell.innerText))),
    links: texts('nav a'),
    asked: performance.getEntriesByType('resource').map(e => new URL(e.name).origin),
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  };
})()
"""
DRAWN = "[...document.querySelectorAll('.chart')].every(e => e.dataset.series !== undefined)"


def read_page(prometheus, browser, name, **choices):
    chosen = "&".join(f"{key}={value}" for key, value in choices.items())
    assert browser.open(f"{prometheus.url}/consoles/sallyport-{name}.html?{chosen}") is None
    wait_until(lambda: browser.evaluate(DRAWN), 10, f"the lines to be drawn: {browser.text()}")
    return browser.evaluate(READ)


def picture(lab, browser, name):
    """The whole page, as long as it is."""
    folder = os.environ.get("SALLYPORT_SCREENSHOTS") or lab.make_folder("screenshots")
    shot = browser.ask("Page.captureScreenshot", format="png")["data"]
    with open(f"{folder}/{name}.png", "wb") as file:
        file.write(base64.b64decode(shot))


LOOKS = {
    "desktop": (1400, 2500, False, "light"),
    "phone": (390, 5200, True, "light"),
    "dark": (1400, 2500, False, "dark"),
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_a_console_page_shows_everything(lab, prometheus, browser, name, look):
    browser.look_like(*LOOKS[look])
    page = read_page(prometheus, browser, name, range="15m")
    picture(lab, browser, f"prometheus-{name}-{look}")
    assert page["links"] == ["Blocked attempts", "Health"]
    assert set(page["asked"]) == {prometheus.url}, "it asks nobody else"
    assert page["wide"] == 0, "nothing stands out to the right"
    for title, text in page["numbers"].items():
        assert re.search(r"\d", text), (title, text)
    for title, drawn in page["lines"].items():
        assert drawn["series"] > 0 and drawn["curves"], title
        assert min(drawn["curves"]) > 10 and all(drawn["names"]), (title, drawn)
        assert all(re.search(r"\d", text) for text in drawn["numbers"]), (title, drawn)
    for title, rows in page["tables"].items():
        assert rows and all(len(row) > 1 and all(row[:2]) for row in rows), (title, rows)


def test_the_page_of_blocks_says_what_happened(prometheus, browser):
    browser.look_like(*LOOKS["desktop"])
    page = read_page(prometheus, browser, "blocks", range="15m")
    assert page["numbers"]["Foreign accounts"] == "4"
    assert page["numbers"]["Evasion"] == "8"
    assert ["4", "principal_account_not_allowed", "data-science", "services"] in page["tables"][
        "Reason, client, rule"
    ]
    hosts = dict(page["tables"]["Most blocked hosts now"])
    assert int(hosts["paste.example.net"]) == 20
    assert {"data-science", "(no name)"} <= set(page["lines"]["Blocked by client"]["names"])


def test_what_the_reader_chooses_is_what_is_shown(prometheus, browser):
    browser.look_like(*LOOKS["desktop"])
    page = read_page(prometheus, browser, "blocks", range="15m", client="data-science", rule="read")
    assert page["numbers"]["Blocked"] == "4"
    assert page["tables"]["Reason, client, rule"] == [
        ["4", "method_not_allowed", "data-science", "read"]
    ]
    assert browser.evaluate("document.querySelector('[name=client]').value") == "data-science"
    links = browser.evaluate("[...document.querySelectorAll('nav a')].map(e => e.search)")
    assert all("client=data-science" in link for link in links)
    nobody = read_page(prometheus, browser, "blocks", range="15m", client="()", rule="read")
    assert nobody["numbers"]["Blocked"] == "0"


@pytest.mark.attack
def test_what_a_link_chooses_is_a_text_and_no_expression_or_markup(prometheus, browser):
    """A link is written by anybody; the page is read by an operator."""
    evil = '"} or vector(666) or up{job="<script>window.evil=1</script>'
    for name in ("client", "instance", "rule", "range"):
        page = read_page(prometheus, browser, "blocks", **{name: urllib.parse.quote(evil)})
        assert page["numbers"]["Blocked"] != "666" and page["links"], name
        assert browser.evaluate("window.evil") is None
