"""The command lines of TLS libraries' own clients, and a conversation with them."""
import os
import select
import subprocess
import time


def s_client(gate, server, *options):
    """OpenSSL's, through the gate."""
    return [
        *["/usr/bin/openssl", "s_client", "-proxy", f"{gate.host}:{gate.port}"],
        *["-connect", f"{server.name}:443", "-servername", server.name, *options],
    ]


def gnutls_cli(through, server, *options):
    """GnuTLS's, which knows no proxy."""
    return [
        *["/usr/bin/gnutls-cli", "--insecure", "--sni-hostname", server.name, *options],
        *["-p", str(through.port), "127.0.0.1"],
    ]


def tstclnt(through, server, *options):
    """NSS's, which knows no proxy; it takes any certificate."""
    return [
        *["/usr/bin/tstclnt", "-h", "127.0.0.1", "-p", str(through.port), "-D", "-o", "-4"],
        *["-a", server.name, *options],
    ]


class Talk:
    """A running client whose input stays open; a context manager."""

    def __init__(self, command):
        self.text = ""
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.communicate()

    def say(self, line):
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()
        return self

    def quit(self):
        """Ends s_client in its own way: it says so to the server and keeps its session."""
        self.say("Q")
        self._process.wait(10)

    def hear(self, expected, seconds=20):
        """All that it printed once it printed this, or ended, or the time was over."""
        end = time.monotonic() + seconds
        output = self._process.stdout
        while expected not in self.text and (left := end - time.monotonic()) > 0:
            if select.select([output], [], [], left)[0]:
                data = os.read(output.fileno(), 1 << 16)
                if not data:
                    break
                self.text += data.decode("utf-8", "replace")
        return self.text


def ask(command, line, expected):
    """Runs a client, says a line, and ends it when the expected came back; all that it printed."""
    with Talk(command) as talk:
        return talk.say(line).hear(expected)
