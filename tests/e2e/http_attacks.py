"""The requests of tests/data/http as bytes, and what must come of them."""
import re
from dataclasses import dataclass

import yaml

from gate import TOP
from http_wire import authority_of

DATA = f"{TOP}/tests/data/http"
INHERITED = ("test", "line", "host", "fields", "body", "payload", "expect", "places")


@dataclass
class Sent:
    """One attempt: what to write, and by which targets it is known."""

    data: bytes
    target: str
    sentinel: str
    body: bytes  # as it is framed
    payload: bytes


@dataclass
class Attack:
    """One case of a table."""

    group: str
    name: str
    row: dict

    def __str__(self):
        return f"{self.row['test']} {self.group}: {self.name}"

    @property
    def status(self):
        return self.row["expect"]["status"]

    @property
    def reason(self):
        return self.row["expect"].get("reason", "allowed")

    @property
    def reaches(self):
        """What the origin may see: `nothing`, `begun` or `whole`."""
        return self.row["expect"]["origin"]

    @property
    def event(self):
        """What its record is of."""
        return "connect" if self.method == "CONNECT" else "request"

    @property
    def places(self):
        return self.row.get("places", ["proxy", "tunnel"])

    @property
    def method(self):
        return self.row["line"].split(" ")[0]

    def bytes_for(self, origin, place, number):
        """The request and the sentinel behind it, for that attempt."""
        host, target = authority_of(origin), f"/{number:06}"
        prefix = f"http://{host}" if place == "proxy" else ""

        def get(path, fields=""):
            return f"GET {prefix}{path} HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n"

        smuggled = get(f"/smuggled{number:06}")

        def fill(text):
            text = text.replace("CHUNKED_SMUGGLED", f"{len(smuggled):x}\r\n{smuggled}\r\n")
            text = text.replace("SMUGGLED_LENGTH", str(len(smuggled)))
            text = text.replace("SMUGGLED", smuggled)
            text = text.replace("PORT", "443" if place == "tls" else "80")
            return text.replace("HOST", host).replace("/ID", target)

        line = self.row["line"]
        if place != "proxy" and self.places != ["tunnel"]:
            line = re.sub(r"http://HOST\.?(?=/ID)", "", line)
        head = f"{line}\r\n{self.row.get('host', 'Host: HOST') or ''}"
        head = head if head.endswith("\r\n") else head + "\r\n"
        sent = fill(head + self.row.get("fields", "") + "\r\n" + self.row.get("body", ""))
        sentinel = get(f"/sentinel{number:06}", "Connection: close\r\n")
        return Sent(
            (sent + sentinel).encode("latin-1"),
            target,
            f"/sentinel{number:06}",
            fill(self.row.get("body", "")).encode("latin-1"),
            fill(self.row.get("payload", "")).encode("latin-1"),
        )


def read_attacks(*tables):
    """All cases of these tables."""
    attacks = []
    for table in tables:
        with open(f"{DATA}/{table}.yaml", encoding="utf-8") as file:
            groups = yaml.safe_load(file)["groups"]
        for group in groups:
            inherited = {key: group[key] for key in INHERITED if key in group}
            attacks += [
                Attack(group["name"], case["name"], {**inherited, **case})
                for case in group["cases"]
            ]
    return attacks
