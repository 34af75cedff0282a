"""Every everyday client's CONNECT, byte for byte, is answered by the 200, and its hello gets
through whole.

The clients' own heads stand in hellos/connect.heads; what HTTP lets any client write, below.
"""
import os

import pytest

from hello import hello
from origins import Origin
from wire import ESTABLISHED, Wire

pytestmark = pytest.mark.legitimate

V4, V6 = "52.94.77.231", "2600:1f00:77::231"
POLICY = f"""
    rules:
      - {{name: origins, hosts: ["*.example.org"]}}
      - {{name: literals, hosts: ["{V4}", "[{V6}]"]}}
"""
HEADS_FILE = f"{os.path.dirname(os.path.abspath(__file__))}/hellos/connect.heads"
HOST = "Host: {host}:443"
TRACE = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

# (shape, target, field lines): {host} and {upper} are the origin's name.
SHAPES = [
    ("upper case", "{upper}:443", ["Host: {upper}:443"]),
    ("trailing dot", "{host}.:443", ["Host: {host}.:443"]),
    ("a Host spelt otherwise", "{host}:443", ["Host: {upper}."]),
    ("no space behind the colons", "{host}:443", ["Host:{host}:443", "User-Agent:x"]),
    ("blanks around values", "{host}:443", ["Host: \t{host}:443 \t", "X:\ty "]),
    ("empty values", "{host}:443", [HOST, "X-Empty:", "User-Agent: "]),
    ("a name in Latin-1", "{host}:443", [HOST, "X-Owner: J\xfcrgen"]),
    ("a name in UTF-8", "{host}:443", [HOST, "X-Owner: J\xc3\xbcrgen"]),
    ("tracing and forwarding", "{host}:443", [HOST, "Via: 1.1 a", "Forwarded: for=me", TRACE]),
    ("60 lines of one name", "{host}:443", [HOST, *["X-A: b"] * 60]),
    ("a User-Agent of 2 KiB", "{host}:443", [HOST, "User-Agent: " + "Mozilla/5.0 (x) " * 128]),
    (
        "a Kerberos token of 12 KiB",
        "{host}:443",
        [HOST, "Proxy-Authorization: Negotiate " + "YIIe" * 3072],
    ),
    ("a head of 8 KiB", "{host}:443", [HOST, *[f"X-{n:03}: {'v' * 121}" for n in range(64)]]),
    ("a head of 60 KiB", "{host}:443", [HOST, *[f"X-{n:03}: {'v' * 1000}" for n in range(60)]]),
]
# (shape, address, target)
LITERALS = [
    ("IPv4", V4, f"{V4}:443"),
    ("IPv6", V6, f"[{V6}]:443"),
    ("IPv6 written in full", V6, "[2600:1F00:0077:0:0:0:0:0231]:443"),
]


def clients():
    """(client, head with {host}) of the file."""
    with open(HEADS_FILE, encoding="ascii", newline="\n") as file:
        sections = file.read().split("\n== ")[1:]
    for section in sections:
        title, *lines = section.rstrip("\n").split("\n")
        yield pytest.param("\r\n".join([*lines, "", ""]), id=title.partition(" == ")[2])


def bytes_of(head, host):
    return head.replace("{host}", host).replace("{upper}", host.upper()).encode("latin-1")


def assert_served(gate, origin, head, sent, size=1 << 20):
    """By the 200; the origin gets the hello and nothing else."""
    with Wire(gate) as wire:
        wire.send_in_pieces(head, size)
        told = wire.read(len(ESTABLISHED))
        assert told == ESTABLISHED, told + wire.rest()
        assert wire.send(sent).read_record()[0] == 22
    assert origin.seen[-1].data == sent


@pytest.mark.parametrize("head", clients())
def test_a_clients_own_head_is_served(gate, origin, head):
    assert_served(gate, origin, bytes_of(head, origin.name), hello(origin.name))


@pytest.mark.parametrize("head", clients())
def test_a_clients_own_head_in_single_bytes_is_served(gate, origin, head):
    assert_served(gate, origin, bytes_of(head, origin.name), hello(origin.name), size=1)


@pytest.mark.parametrize(
    "target, fields", [row[1:] for row in SHAPES], ids=[row[0] for row in SHAPES]
)
def test_a_head_that_http_allows_is_served(gate, origin, target, fields):
    head = "\r\n".join([f"CONNECT {target} HTTP/1.1", *fields, "", ""])
    assert_served(gate, origin, bytes_of(head, origin.name), hello(origin.name))


@pytest.mark.parametrize(
    "address, target", [row[1:] for row in LITERALS], ids=[row[0] for row in LITERALS]
)
def test_an_address_that_a_rule_names_is_served(gate, lab, address, target):
    """The hello to an address carries no SNI (RFC 6066 section 3)."""
    with Origin(lab, address=address) as origin:
        head = f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode()
        assert_served(gate, origin, head, hello())
