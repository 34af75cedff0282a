"""The plainest exchange: a request for an origin of the tests, an origin that says what it got, and
the answer as a pair."""
from http_reader import Reader
from origins import read_some


class Echo:
    """Answers each request by its method, its target and how long its body was."""

    def __init__(self, closes_after=None):
        self.targets, self.closes_after = [], closes_after

    def serve(self, connection, seen):
        reader = Reader(lambda: read_some(connection, seen))
        connection.settimeout(self.closes_after)
        try:
            while head := reader.head():
                method, target = head.decode("latin-1").split(" ")[:2]
                self.targets.append(target)
                body = f"{method} {target} {len(reader.body(head))}".encode()
                told = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
                connection.sendall(told + (b"" if method == "HEAD" else body))
        except TimeoutError:
            pass  # it closes what was idle


def request(origin, target, method="GET", more="", body=b"", port=""):
    host = f"{origin.name}{port}"
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    head = f"{method} http://{host}{target} HTTP/1.1\r\nHost: {host}\r\n{length}{more}\r\n"
    return head.encode() + body


def read_answer(reader, method="GET"):
    """(status, body) of the next answer; None at the end of the connection."""
    head = reader.head()
    if not head:
        return None
    return int(head[9:12]), reader.body(head, has_none=method == "HEAD").decode()
