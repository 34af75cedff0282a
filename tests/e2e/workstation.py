"""A workstation behind a gate that reads TLS: the CA that `sallyport ca init` makes of the policy,
and clients that have nothing but what `eval "$(sallyport env --config FILE)"` gives them."""
import subprocess
import textwrap
import time
from contextlib import contextmanager

from gate import Gate, run_command

_EVALUATE = 'eval "$0"; exec "$@"'


class Workstation:
    """The gate, and what a shell of its users has evaluated."""

    def __init__(self, lab, policy, interception="", **options):
        """`interception`: more keys of that block."""
        text = (
            "interception: {ca_certificates: [ca/ca.pem], ca_private_key: ca/ca.key"
            f"{interception}}}\ndestinations: {{ca_bundle: {lab.ca}}}\n"
        )
        self.lab = lab
        self.gate = Gate(lab, text + textwrap.dedent(policy), **options)
        made = run_command("ca", "init", f"{self.gate.folder}/ca", "--config", self.gate.config)
        assert made.returncode == 0, made.stderr
        self.constraints = made.stdout
        self.ca = f"{self.gate.folder}/ca/trust.pem"
        self.gate.start()
        self.evaluate()

    def evaluate(self):
        """Asks the gate's policy for the lines that each client's shell evaluates from now on."""
        variables = self.lab.client_environment()
        told = run_command("env", "--config", self.gate.config, env=variables)
        assert (told.returncode, told.stderr) == (0, ""), told
        self._lines = told.stdout

    def variables(self):
        """What the lines export."""
        names = [line.split("=", 1)[0].removeprefix("export ") for line in self._lines.splitlines()]
        ran = self.run(["/usr/bin/env", "-0"])
        held = dict(each.split("=", 1) for each in ran.stdout.split("\0") if each)
        return {name: held[name] for name in names}

    def run(self, command, home=None, seconds=100, **variables):
        """Runs a client in a home of its own; all that it said is in `stdout`, and how long it took
        in `seconds`."""
        home = home or self.lab.make_folder("home")
        began = time.monotonic()
        ran = subprocess.run(
            ["/bin/sh", "-c", _EVALUATE, self._lines, *command],
            env=self.lab.client_environment(home, **variables),
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            errors="replace",
            check=False,
        )
        ran.seconds = time.monotonic() - began
        return ran


@contextmanager
def workstation(lab, policy, **options):
    """Ends with a gate that drained cleanly."""
    made = Workstation(lab, policy, **options)
    try:
        yield made
        made.gate.stop()
    finally:
        print(made.gate.last_words())
        made.gate.remove()
