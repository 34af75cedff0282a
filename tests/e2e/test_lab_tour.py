"""The lab without containers (deploy/lab), as a person runs it: twelve attempts to get a file out
and their legitimate twins, behind a gateway and beside a sidecar; and a control without a gate,
which shows that the attacker's counter can move."""
import json
import os
import re
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml

from gate import TOP, binary
from lab import CLEAN_PATH, wait_until
from prometheus_server import Prometheus, without_data

LAB = f"{TOP}/deploy/lab"
PLACES = ("gateway", "sidecar")
with open(f"{LAB}/attempts.yaml", encoding="utf-8") as attempts_file:
    ATTEMPTS = yaml.safe_load(attempts_file)
TITLES = [attempt["title"].replace(" ", "-") for attempt in ATTEMPTS]
NUMBERS = [pytest.param(number, id=title) for number, title in enumerate(TITLES, 1)]
SECONDS = 240
METRICS = "198.18.3.2:9180"


class Walk:
    """A lab of its own in namespaces, by lab.sh."""

    def __init__(self, lab, name):
        self.name, self._lab = name, lab
        self.state = lab.make_folder(f"tour-{name}")
        self.prefix = f"t{os.getpid() % 10000}{name[:2]}"
        self.said = ""

    def script(self, *arguments):
        """The exit status of lab.sh; what it printed is in `said`."""
        done = subprocess.run(
            ["bash", f"{LAB}/lab.sh", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={
                "PATH": CLEAN_PATH,
                "SALLYPORT": binary(),
                "LAB": self.prefix,
                "LAB_STATE": self.state,
            },
            timeout=SECONDS,
            check=False,
        )
        self.said = done.stdout
        return done.returncode

    def take(self):
        """The whole tour, with nobody looking."""
        self.status = self.script(*(["control"] if self.name == "control" else ["tour", self.name]))
        return self

    def take_with_prometheus(self):
        """The tour as a Prometheus beside the gate sees it, by the shipped files."""
        assert self.script("up", "gateway") == 0, self.said
        try:
            within = ["ip", "netns", "exec", f"{self.prefix}-gw"]
            with Prometheus(self._lab, [METRICS], within=within) as prometheus:
                self.script("on-workstation", "curl", "-sS", "https://gone.aws.amazon.com/")
                assert "response 502" in self.said
                self.status = self.script("walk", "gw")
                counted = self._blocks_counted(within)
                self.blocked_by_reason = wait_until(
                    lambda: self._blocks_shown(prometheus) == counted and counted,
                    30,
                    "Prometheus to have it all",
                )
                self.without_data = without_data(prometheus, seconds=SECONDS)
        finally:
            said = self.said
            self.script("down")
            self.said = said
        return self

    @staticmethod
    def _blocks_counted(within):
        """Blocks by reason, as the gate itself says: a scrape may be from before the last ones."""
        page = subprocess.run(
            [*within, "curl", "-sS", f"http://{METRICS}/metrics"],
            stdout=subprocess.PIPE,
            text=True,
            timeout=10,
            check=True,
        ).stdout
        counted = Counter()
        for reason, number in re.findall(
            r'^sallyport_blocked_total\{.*reason="(\w+)".*\} (\d+)$', page, re.MULTILINE
        ):
            counted[reason] += int(number)
        return dict(counted)

    @staticmethod
    def _blocks_shown(prometheus):
        """The same, as the dashboard shows it."""
        shown = prometheus.query("sum by (reason) (sum_over_time(sallyport:blocked:new1m[1h]))")
        return {labels["reason"]: number for labels, number in shown}

    def attacker(self):
        """Bytes by the way they came, as the attacker's programs wrote them down."""
        received = {}
        for name in ("own", "aws"):
            with open(f"{self.state}/attacker/{name}.json", encoding="ascii") as file:
                received.update(json.load(file))
        return received

    def result(self, number):
        with open(f"{self.state}/tour/{number}.json", encoding="utf-8") as file:
            return json.load(file)


@pytest.fixture(scope="module")
def walks(lab):
    """All three side by side: most of their time is waiting for clients."""
    takes = {"gateway": Walk.take_with_prometheus, "sidecar": Walk.take, "control": Walk.take}
    with ThreadPoolExecutor(len(takes)) as threads:
        begun = {name: threads.submit(take, Walk(lab, name)) for name, take in takes.items()}
    return {name: walk.result() for name, walk in begun.items()}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("number", NUMBERS)
def test_attempt_is_blocked_seen_and_its_twin_works(walks, place, number):
    result = walks[place].result(number)
    assert result["gained"] == 0
    assert all(result["seen"]), (ATTEMPTS[number - 1]["tries"], result)
    assert result["works"], result["said"]


@pytest.mark.parametrize("place", PLACES)
def test_the_tour_ends_well_and_the_attacker_has_nothing(walks, place):
    walk = walks[place]
    assert walk.status == 0, walk.said
    assert walk.attacker() == {}
    assert "12 attempts, 12 as they should be.\nThe attacker's counter: 0\n" in walk.said


def test_each_reason_of_the_tour_is_on_the_dashboard(walks):
    reasons = {
        expected["reason"]
        for attempt in ATTEMPTS
        for expected in attempt["tries"]
        if "reason" in expected
    }
    assert reasons <= walks["gateway"].blocked_by_reason.keys()


def test_each_expression_of_the_dashboard_has_data_of_the_tour(walks):
    assert walks["gateway"].without_data == []


def test_without_a_gate_the_counter_moves_by_every_way(walks):
    walk = walks["control"]
    assert walk.status == 0, walk.said
    ways = {"dns", "tcp 80", "tcp 443", "a foreign bucket", "a foreign key", "a foreign tenant"}
    assert ways <= walk.attacker().keys()
    # The file itself arrived, not only handshakes: it has 328 bytes, and is sent in several ways.
    assert sum(walk.attacker().values()) > 2000
