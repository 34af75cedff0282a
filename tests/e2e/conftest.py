"""Fixtures of the end-to-end tests: one lab a session, and gates that end with their test.

The real binary is named by SALLYPORT_BINARY, else the release build's, else the debug build's. Run
as root:

    /usr/bin/python3 -m pytest tests/e2e [-m short] [--full]
"""
import signal
import sys
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True

import pytest  # noqa: E402

from every_address import EveryAddress  # noqa: E402
from gate import Gate  # noqa: E402
from interception import make_ca, policy_with  # noqa: E402
from lab import Lab  # noqa: E402
from origins import Origin  # noqa: E402


def pytest_configure():
    """A SIGTERM ends the run as Ctrl-C does: everything that was started is ended and removed."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_addoption(parser):
    parser.addoption(
        "--full", action="store_true", help="every offset and size instead of a sample"
    )
    parser.addoption(
        "--half", type=int, choices=(1, 2), help="every second file alone: two runs side by side"
    )


def pytest_collection_modifyitems(config, items):
    """Each run has a network and a mount namespace of its own, so that halves do not meet."""
    half = config.getoption("--half")
    if half is None:
        return
    files = sorted({str(item.path) for item in items})[half - 1 :: 2]
    left_out = [item for item in items if str(item.path) not in files]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if str(item.path) in files]


@pytest.fixture(scope="session")
def lab():
    """Name servers, origins and addresses in a network namespace that nobody else sees."""
    lab = Lab()
    try:
        yield lab
    finally:
        lab.close()


@pytest.fixture
def full(request):
    return request.config.getoption("--full")


def stop_all(gates):
    """Each that still runs must drain cleanly; none is left, whatever the others did. Their drains
    take a second, so they drain side by side."""

    def stop(gate):
        try:
            if gate.is_running():
                gate.stop()
        except AssertionError as failure:
            return str(failure)
        return ""

    gates = list(gates)
    for gate in gates:
        print(gate.last_words())  # shown where the test failed
    with ThreadPoolExecutor(16) as drains:
        failures = [failure for failure in drains.map(stop, gates) if failure]
    for gate in gates:
        gate.remove()
    assert not failures, failures


@pytest.fixture
def make_gate(lab):
    """Starts gates; each is stopped with the test and must then have drained cleanly."""
    gates = []

    def make(policy, **options):
        gate = Gate(lab, policy, **options)
        gates.append(gate)
        return gate.start()

    yield make
    stop_all(gates)


@pytest.fixture(scope="module")
def share_gate(lab):
    """The same for a gate that all tests of a file use: one a policy text."""
    gates = {}

    def share(policy, **options):
        key = (policy, repr(sorted(options.items())))
        if key not in gates:
            gates[key] = Gate(lab, policy, **options).start()
        return gates[key]

    yield share
    stop_all(gates.values())


@pytest.fixture(scope="module")
def decoy(lab):
    """Every address that there is answers."""
    with EveryAddress() as decoy:
        yield decoy


@pytest.fixture(scope="module")
def ca(lab):
    """The CA that the gate of a file reads TLS with."""
    return make_ca(lab.make_folder("ca"))


@pytest.fixture(scope="module")
def gate(request, lab, share_gate):
    """The gate of a file: its POLICY or, where it reads TLS, its TLS_POLICY with `ca`."""
    if not hasattr(request.module, "TLS_POLICY"):
        return share_gate(request.module.POLICY)
    return share_gate(policy_with(lab, request.getfixturevalue("ca"), request.module.TLS_POLICY))


@pytest.fixture(scope="module")
def origin(lab):
    """The origin of a file."""
    with Origin(lab) as origin:
        yield origin
