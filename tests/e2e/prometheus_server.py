"""A real Prometheus in the lab with the files of deploy/prometheus, what it is asked, and the
expressions of the shipped dashboard."""
import json
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import yaml

from gate import TOP, free_port
from lab import end_with_parent, wait_until

SHIPPED = f"{TOP}/deploy/prometheus"
PROGRAM = "/usr/bin/prometheus"
QUICKER = 30
# What a reader of the dashboard chose, where nobody did: everything, of the last hour.
CHOICES = {
    "$__rate_interval": "1m",
    "$__range": "1h",
    "$instance": ".*",
    "$client": ".*",
    "$rule": ".*",
}
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_no_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def quicker(text):
    """The one change to the shipped configuration and rules: every duration (scrapes, evaluation,
    `for:`, ranges, offsets) is 30 times as short, and no shorter than a second."""

    def shorten(match):
        seconds = int(match[1]) * _SECONDS[match[2]]
        return f"{max(1, round(seconds / QUICKER))}s"

    return re.sub(r"\b(\d+)([smhd])\b", shorten, text)


class Prometheus:
    """Scrapes the gates at these targets by the shipped files, a context manager; `shorten` is done
    to the text of the configuration and of the rules, and may be None for those as they are.
    `within` is a command before a command that runs it in another network namespace."""

    def __init__(self, lab, targets, shorten=quicker, within=()):
        self._within = list(within)
        self.folder = lab.make_folder("prometheus")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        shutil.copytree(SHIPPED, self.folder, dirs_exist_ok=True)
        for path in ["prometheus.yml", "rules/recording.yml", "rules/alerts.yml"] * bool(shorten):
            with open(f"{self.folder}/{path}", "r+", encoding="utf-8") as file:
                text = shorten(file.read())
                file.seek(0)
                file.write(text)
                file.truncate()
        self._gates = len(targets)
        with open(f"{self.folder}/gates.yml", "w", encoding="utf-8") as file:
            yaml.safe_dump([{"targets": targets}], file)
        with open(f"{self.folder}/log", "wb") as log:
            self._process = subprocess.Popen(
                [
                    *self._within,
                    PROGRAM,
                    f"--config.file={self.folder}/prometheus.yml",
                    f"--storage.tsdb.path={self.folder}/data",
                    f"--web.listen-address=127.0.0.1:{self.port}",
                    f"--web.console.templates={self.folder}/consoles",
                    f"--web.console.libraries={self.folder}/console_libraries",
                    "--log.level=warn",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=lab.client_environment(),
                preexec_fn=end_with_parent,
            )

    def __enter__(self):
        """Each gate was scraped, and the rules were evaluated since."""
        try:
            wait_until(self._is_ready, 20, "Prometheus to be ready")
            wait_until(self._knows_all, 20, "the gates to be scraped")
        except BaseException:
            self.__exit__()
            raise
        return self

    def _knows_all(self):
        return self.number("count(sallyport:gate:known)") == self._gates

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait(20)

    def _is_ready(self):
        assert self._process.poll() is None, self.log()
        return self.get("/-/ready")[0] == 200

    def log(self):
        with open(f"{self.folder}/log", encoding="utf-8") as file:
            return file.read()

    def get(self, path, **parameters):
        """Status and body; status 0 where nobody answers."""
        url = f"{self.url}{path}?{urllib.parse.urlencode(parameters)}"
        if self._within:
            return self._get_within(url)
        try:
            with _no_proxy.open(url, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def _get_within(self, url):
        command = [*self._within, "curl", "-sS", "-m", "10", "-w", "\n%{http_code}", url]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        text, _, status = done.stdout.rpartition("\n")
        return int(status), text

    def ask(self, path, **parameters):
        """The data of an answer of its API, which must be a success."""
        status, text = self.get(f"/api/v1/{path}", **parameters)
        assert status == 200, (path, parameters, text)
        return json.loads(text)["data"]

    def query(self, expression):
        """[(labels, number)]."""
        result = self.ask("query", query=expression)["result"]
        return [(each["metric"], float(each["value"][1])) for each in result]

    def number(self, expression):
        """The value of an expression that has one; None without."""
        found = self.query(expression)
        assert len(found) < 2, found
        return found[0][1] if found else None

    def alerts_that_fired(self):
        """The names of all that fired until now, and those that fire."""
        return {
            labels["alertname"]
            for labels, _ in self.query('max_over_time(ALERTS{alertstate="firing"}[1h])')
        }

    def has_data(self, expression, seconds=0):
        """Some series has a number, or had one in the last seconds."""
        if not seconds:
            return any(number == number for _, number in self.query(expression))
        now = time.time()
        series = self.ask("query_range", query=expression, start=now - seconds, end=now, step=1)
        return any(text != "NaN" for each in series["result"] for _, text in each["values"])


def dashboard():
    with open(f"{SHIPPED}/grafana/dashboard.json", encoding="utf-8") as file:
        return json.load(file)


def dashboard_expressions():
    """[(panel's title, expression)] of the shipped dashboard, with CHOICES filled in."""
    found = []
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", []):
            expression = target["expr"]
            for variable, value in CHOICES.items():
                expression = expression.replace(variable, value)
            assert "$" not in expression, expression
            found.append((panel["title"], expression))
    return found


def without_data(prometheus, expressions=None, seconds=0):
    """[(panel's title, expression)] that give this Prometheus no number, nor gave one in the last
    seconds."""
    expressions = dashboard_expressions() if expressions is None else expressions
    return [each for each in expressions if not prometheus.has_data(each[1], seconds)]
