"""The shapes of tests/data/http/legitimate.txt: what each side sends, and what the other must get.

The file's head explains its notation. Nothing here knows how the gate does it: what must arrive
stands in the file, line by line.
"""
import re
from dataclasses import dataclass, field

from gate import TOP

FILE = f"{TOP}/tests/data/http/legitimate.txt"
ACCESS_KEY = "AKIA" + "IOSFODNN7EXAMPLE"  # in two, so that no scanner takes it for a leak
DEFAULT_ANSWER = ["< HTTP/1.1 200 OK", "< Content-Length: 2", "<", "< ok"]
INNERMOST = re.compile(r"\{(\d+)\*([^{}]*)\}")


@dataclass
class Message:
    """A head and its body: what is sent, and what must arrive of it."""

    first_line: str = ""
    lines: list = field(default_factory=list)  # (mark, line); the mark is ` `, `-` or `+`
    body: bytes = b""
    is_dropped: bool = False

    def head_as_sent(self):
        sent = [self.first_line] + [line for mark, line in self.lines if mark != "+"]
        return "".join(f"{line}\r\n" for line in [*sent, ""]).encode("latin-1")

    def kept(self):
        """The lines that must arrive, in this order."""
        return [line for mark, line in self.lines if mark == " "]

    def added(self):
        """The lines that must arrive besides, wherever."""
        return [line for mark, line in self.lines if mark == "+"]

    def value(self, name):
        """Of the first such line that is sent."""
        for mark, line in self.lines:
            found, _, value = line.partition(":")
            if mark != "+" and found.lower() == name:
                return value.strip().lower()
        return None

    def is_chunked(self):
        return self.value("transfer-encoding") == "chunked"


@dataclass
class Shape:
    how: str
    name: str
    flags: set
    request: Message
    answers: list  # interim ones first

    def is_last(self):
        """Whether the connection must end behind the answer."""
        return "Connection: close" in self.answers[-1].added()


def expand(text):
    """{3*ab} is ababab, the inner ones first."""
    while INNERMOST.search(text):
        text = INNERMOST.sub(lambda match: match[2] * int(match[1]), text)
    return text


def unescape(text):
    return text.encode("latin-1").decode("unicode_escape")


def read_message(lines, sign):
    """Takes one message off the lines: a head, and a body unless it is an interim answer's."""
    message = Message()
    first = lines.pop(0)
    message.is_dropped = first.startswith(sign + "-")
    message.first_line = unescape(first[len(sign) + message.is_dropped :].lstrip(" "))
    while True:
        line = lines.pop(0)[len(sign) :]
        if line in ("", "-"):
            break
        assert line[0] in " +-", line
        mark, text = (line[0], line[1:]) if line[0] == " " else (line[0], line[2:])
        message.lines.append((mark, unescape(text)))
    if not re.match(r"HTTP/1\.1 1\d\d ", message.first_line):
        while lines and lines[0].startswith(sign):
            message.body += unescape(lines.pop(0)[len(sign) + 1 :]).encode("latin-1")
    return message


def read_shape(section, host):
    title, *lines = section.split("\n")
    how, name, *flags = title.removeprefix("== ").split(" == ")
    text = "\n".join(lines)
    for word, value in {"host": host, "upper": host.upper(), "key": ACCESS_KEY}.items():
        text = text.replace("{" + word + "}", value)
    lines = []
    for line in text.split("\n"):
        line = expand(line)
        lines += re.split(r"\\n(?=[<>]|$)", line) if re.search(r"\\n[<>]", line) else [line]
    lines = [line for line in lines if line]
    request = read_message(lines, ">")
    answers, lines = [], lines or list(DEFAULT_ANSWER)
    while lines:
        answers.append(read_message(lines, "<"))
    return Shape(how, name, set(" ".join(flags).split()), request, answers)


def sections():
    with open(FILE, encoding="ascii", newline="\n") as file:
        text = file.read()
    return [part.rstrip("\n") for part in re.split(r"(?m)^(?=== )", text)[1:]]


def name_of(section):
    return section.split("\n")[0].split(" == ")[1]


def target_as_it_leaves(line):
    """`GET http://h?q HTTP/1.0` leaves as `GET /?q HTTP/1.1`."""
    method, target, _ = line.split(" ")
    target = re.sub(r"(?i)^http://[^/?]*", "", target)
    if target != "*" and not target.startswith("/"):
        target = "/" + target
    return f"{method} {target} HTTP/1.1"


def unchunked(data):
    """What stands in the chunks, by the strict grammar: no extension, no trailer."""
    body = b""
    while True:
        match = re.match(rb"([0-9A-Fa-f]{1,16})\r\n", data)
        assert match, data[:80]
        size, data = int(match[1], 16), data[match.end() :]
        if not size:
            assert data == b"\r\n", data[:80]
            return body
        assert data[size : size + 2] == b"\r\n", data[size : size + 80]
        body, data = body + data[:size], data[size + 2 :]


def lenient_unchunked(data):
    """The same of what an origin may send: extensions and trailers are left out."""
    body = b""
    while True:
        line, _, data = data.partition(b"\r\n")
        size = int(line.partition(b";")[0], 16)
        if not size:
            return body
        body, data = body + data[:size], data[size + 2 :]
