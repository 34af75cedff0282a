"""The decision tables of tests/data as attempts that a client can make over the wire.

A table is a tests file (DESIGN.md, "A tests file is YAML"). Unit tests and `sallyport test` read
the same rows; here each row that can be sent is sent.
"""
import glob
import ipaddress
import os
import re
import shutil
import urllib.parse
from dataclasses import dataclass

import yaml

from gate import TOP, Gate
from hello import hello
from interception import make_ca
from origins import Origin

DATA = f"{TOP}/tests/data"
# What a gate of the tests has from the tests themselves.
OURS = {"listeners", "metrics", "resolver", "audit", "timeouts", "workers", "reload"}
SOME_ADDRESS = "52.94.77.50"
SOME_TLS_ADDRESS = "52.94.77.51"
CA_FOLDER = "interception_ca"  # beside a policy that intercepts
FIRST_BYTES = {
    "silence": b"",
    "other": b"SSH-2.0-lab\r\n",
    "http": b"GET / HTTP/1.1\r\nHost: lab\r\n\r\n",
}


@dataclass
class Row:
    """One test of a table."""

    table: str
    policy: str  # path
    name: str
    row: dict

    @property
    def target(self):
        return self.row["request"].split(" ", 1)[1]

    @property
    def host(self):
        """The host as a name server is asked for it; a literal stays in its brackets."""
        return self.target.rpartition(":")[0].lower().removesuffix(".")

    @property
    def is_literal(self):
        host = self.host.strip("[]")
        try:
            return bool(ipaddress.ip_address(host))
        except ValueError:
            return False

    @property
    def port(self):
        port = self.target.rpartition(":")[2]
        return int(port) if re.fullmatch(r"[1-9]\d{0,4}", port) and int(port) < 65536 else None

    @property
    def client(self):
        return str(self.row.get("client", "127.0.0.1"))

    @property
    def addresses(self):
        """What the host resolves to; empty where the row leaves it open."""
        address = self.row.get("address", [])
        return [str(each) for each in (address if isinstance(address, list) else [address])]

    @property
    def kind(self):
        return self.row.get("first_bytes", "tls")

    @property
    def sni(self):
        """The hello's name; empty: none."""
        return str(self.row.get("sni", "" if self.is_literal else self.host))

    @property
    def is_read(self):
        """What is recorded then is the request in the tunnel."""
        expect = self.row["expect"]
        is_allowed = expect["decision"] == "allow" and expect.get("rule") == ""
        return is_allowed and self.kind in ("http", "tls")

    @property
    def headers(self):
        """Names and values."""
        lines = self.row.get("headers") or []
        return [tuple(part.strip() for part in line.split(":", 1)) for line in lines]

    def first_bytes(self):
        if self.kind != "tls":
            return FIRST_BYTES[self.kind]
        return hello(self.sni) if self.sni else hello()

    def head(self):
        lines = [
            f"CONNECT {self.target} HTTP/1.1",
            *[f"{name}: {value}" for name, value in self.headers],
        ]
        return "".join(line + "\r\n" for line in lines + [""]).encode()

    @property
    def _url(self):
        return urllib.parse.urlsplit(self.target)

    @property
    def url_host(self):
        """Of a request to an https URL."""
        return self._url.hostname.removesuffix(".")

    @property
    def url_port(self):
        return self._url.port or 443

    @property
    def url_sni(self):
        """The hello's name; empty: none."""
        return str(self.row.get("sni", self.url_host))

    def request_within(self):
        """The request as it stands in the tunnel."""
        fields = self.headers
        if not any(name.lower() == "host" for name, _ in fields):
            port = "" if self.url_port == 443 else f":{self.url_port}"
            fields = [("Host", self.url_host + port), *fields]
        path = self.target.split(self._url.netloc, 1)[1] or "/"
        lines = [f"{self.row['request'].split(' ')[0]} {path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in fields]
        length = dict(fields).get("Content-Length", "0")
        return "".join(line + "\r\n" for line in [*lines, ""]).encode() + b"x" * int(length)

    def can_be_sent_within_tls(self):
        """A request to the https URL of a name, at the present time, without a body."""
        if not re.match(r"[A-Z]+ https://[^/\[]", self.row["request"]) or self.is_url_literal:
            return False
        return "time" not in self.row and "body" not in self.row and self.kind == "tls"

    @property
    def is_url_literal(self):
        return bool(re.fullmatch(r"[0-9.]+", self._url.hostname or "0"))

    def can_be_sent(self):
        """A CONNECT at the present time, whose address the lab can make, and which is not read."""
        if (
            self.table.startswith("routes")  # an address there is that of the route's name
            or not self.row["request"].startswith("CONNECT ")
            or "time" in self.row
            or "body" in self.row
            or self.is_read
        ):
            return False
        if self.addresses or self.is_literal or self.row["expect"].get("after") == "connect":
            return True
        with open(self.policy, encoding="utf-8") as file:
            return "networks:" not in without_keys(file.read(), {"clients", "destinations"})


def without_keys(text, keys):
    """The policy text without these top-level keys and what stands under them; all else keeps its
    form."""
    kept, skips = [], False
    for line in text.splitlines(keepends=True):
        if match := re.match(r"([a-z_]+):", line):
            skips = match[1] in keys
        if not skips:
            kept.append(line)
    return "".join(kept)


def read_tables():
    """The rows of all tables, in the order of files and lines."""
    rows = []
    for path in sorted(glob.glob(f"{DATA}/**/*.yaml", recursive=True)):
        with open(path, encoding="utf-8") as file:
            content = yaml.safe_load(file)
        if isinstance(content, dict) and "tests" in content:
            policy = os.path.join(os.path.dirname(path), content["policy"])
            table = os.path.relpath(path, DATA).removesuffix(".yaml")
            rows += [Row(table, policy, row["name"], row) for row in content["tests"]]
    return rows


def start_gate(lab, policy, more=""):
    """A gate with a table's policy, but with listeners of both families and short times."""
    with open(policy, encoding="utf-8") as file:
        text = without_keys(file.read(), OURS) + more
    gate = Gate(lab, text, timeouts={"client_hello": "1s", "connect": "3s"}, listens_on_ipv6=True)
    shutil.copytree(
        os.path.dirname(policy),
        gate.folder,
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("policy.yaml"),
    )
    if CA_FOLDER in text:
        os.makedirs(f"{gate.folder}/{CA_FOLDER}", exist_ok=True)
        gate.ca = make_ca(f"{gate.folder}/{CA_FOLDER}", "ca")
    source = (yaml.safe_load(text).get("destinations") or {}).get("source_address")
    if source:
        lab.make_local(f"{source}/32")
    return gate.start()


class Everywhere:
    """Origins at whatever address a row resolves to, as far as this machine lets them be there."""

    def __init__(self, lab):
        self._lab, self._origins = lab, {}

    def prepare(self, row):
        """Makes the row's client, name and addresses real."""
        self._make_local(row.client)
        addresses = [row.host.strip("[]")] if row.is_literal else row.addresses or [SOME_ADDRESS]
        if not row.is_literal:
            self._lab.names.set(row.host, *addresses, ttl=0)
        for address in addresses:
            if row.port is not None and (address, row.port) not in self._origins:
                self._make_local(address)
                try:
                    self._origins[address, row.port] = Origin(
                        self._lab, port=row.port, address=address
                    )
                except (OSError, AssertionError):
                    self._origins[
                        address, row.port
                    ] = None  # nobody can be there: multicast, link-local, a taken port

    def _make_local(self, address):
        if not ipaddress.ip_address(address).is_loopback:
            try:
                self._lab.make_local(address)
            except AssertionError:
                pass

    def close(self):
        for origin in self._origins.values():
            if origin:
                origin.close()
