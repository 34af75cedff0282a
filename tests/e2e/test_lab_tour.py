"""The lab without containers (deploy/lab), as a person runs it: twelve attempts to get a file out
and their legitimate twins, behind a gateway and beside a sidecar; and a control without a gate,
which shows that the attacker's counter can move."""
import json
import os
import subprocess

import pytest
import yaml

from gate import TOP, binary
from lab import CLEAN_PATH

LAB = f"{TOP}/deploy/lab"
PLACES = ("gateway", "sidecar")
with open(f"{LAB}/attempts.yaml", encoding="utf-8") as attempts_file:
    ATTEMPTS = yaml.safe_load(attempts_file)
TITLES = [attempt["title"].replace(" ", "-") for attempt in ATTEMPTS]
NUMBERS = [pytest.param(number, id=title) for number, title in enumerate(TITLES, 1)]
SECONDS = 240


class Walk:
    """A run of lab.sh in namespaces of its own."""

    def __init__(self, lab, name, *arguments):
        self.state = lab.make_folder(f"tour-{name}")
        self._command = ["bash", f"{LAB}/lab.sh", *arguments]
        self._output = open(f"{self.state}.log", "w+", encoding="utf-8")
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            env={
                "PATH": CLEAN_PATH,
                "SALLYPORT": binary(),
                "LAB": f"t{os.getpid() % 10000}{name[:2]}",
                "LAB_STATE": self.state,
            },
        )

    def wait(self):
        """The exit status; what was printed is in `said`."""
        status = self._process.wait(SECONDS)
        self._output.seek(0)
        self.said = self._output.read()
        self._output.close()
        return status

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
    made = {place: Walk(lab, place, "tour", place) for place in PLACES}
    made["control"] = Walk(lab, "control", "control")
    for walk in made.values():
        walk.status = walk.wait()
    return made


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("number", NUMBERS)
def test_attempt_is_blocked_seen_and_its_twin_works(walks, place, number):
    result = walks[place].result(number)
    assert result["gained"] == 0
    assert all(result["seen"]), (ATTEMPTS[number - 1]["refused"], result["seen"], result["tries"])
    assert result["twin"]["worked"], result["twin"]


@pytest.mark.parametrize("place", PLACES)
def test_the_tour_ends_well_and_the_attacker_has_nothing(walks, place):
    walk = walks[place]
    assert walk.status == 0, walk.said
    assert walk.attacker() == {}
    assert "12 attempts, 12 as they should be.\nThe attacker's counter: 0\n" in walk.said


def test_without_a_gate_the_counter_moves_by_every_way(walks):
    walk = walks["control"]
    assert walk.status == 0, walk.said
    ways = {"dns", "tcp 80", "tcp 443", "a foreign bucket", "a foreign key", "a foreign tenant"}
    assert ways <= walk.attacker().keys()
    # The file itself arrived, not only handshakes: it has 328 bytes, and is sent in several ways.
    assert sum(walk.attacker().values()) > 2000
