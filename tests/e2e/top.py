"""`sallyport top`, once and while it follows; and logs for it, written as the gate writes them."""
import json
import queue
import signal
import subprocess
import threading

from gate import SANITIZER_WORDS, binary, run_command
from lab import end_with_parent


def record(host="evil.example.net", decision="block", **values):
    """One line of an audit log."""
    told = {
        "schema": 1,
        "event": "connect",
        "time": "2026-08-20T10:00:00.000000Z",
        "client": "10.20.0.7",
        "decision": decision,
        "reason": "allowed" if decision == "allow" else "host_not_allowed",
        "host": host,
    }
    return json.dumps({**told, **values}) + "\n"


def append(path, text):
    with open(path, "a", encoding="utf-8") as file:
        file.write(text)


def top(path, *arguments, **options):
    """`sallyport top --json`, read."""
    ran = run_command("top", "--json", str(path), *arguments, **options)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def counts(told, many="hosts"):
    """{name: (block, would_block)} of one of the lists."""
    one = many[:-1]
    return {row[one]: (row["block"], row["would_block"]) for row in told[many]}


class Follower:
    """`sallyport top --follow --json`. A context manager: ended by a signal, with status 0."""

    def __init__(self, path, *arguments, end=signal.SIGTERM, stdin=subprocess.DEVNULL):
        self._end = end
        self._updates = queue.Queue()
        self.seen = []
        self.process = subprocess.Popen(
            [binary(), "top", "--follow", "--json", str(path), *arguments],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=end_with_parent,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self._updates.put(line)

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        if failure[0] is None:
            self.stop()
        elif self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def next(self, seconds=10):
        """The next update."""
        told = json.loads(self._updates.get(timeout=seconds))
        self.seen.append(told)
        return told

    def wait(self, is_right, seconds=15):
        """The update for which that holds; those before it are in `seen`."""
        for _ in range(100):
            try:
                told = self.next(seconds)
            except queue.Empty:
                break
            if is_right(told):
                return told
        raise AssertionError(f"never told; the last: {self.seen[-1:]}, {self.process.poll()}")

    def stop(self):
        """Ends it as a person would; its last words on stderr."""
        self.process.send_signal(self._end)
        return self.ended()

    def ended(self):
        """Its last words on stderr, once it has ended well."""
        try:
            assert self.process.wait(10) == 0
        finally:
            self.process.kill()
        words = self.process.stderr.read()
        assert not SANITIZER_WORDS.search(words), words
        return words
