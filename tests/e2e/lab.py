"""The lab: a network and mount namespace of this process alone, with addresses that are local by a
route.

The gate refuses loopback and the addresses of its own interfaces, so origins get addresses that no
interface has: a `local` route on lo makes them answer. Namespaces are anonymous and files stand in
a fresh folder, so that two labs can stand side by side; nothing of the machine is changed.
"""
import ctypes
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time

import node_modules
import servers
from name_server import NameServer

CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
PR_SET_PDEATHSIG = 1
MS_REC, MS_PRIVATE, MS_BIND = 0x4000, 1 << 18, 0x1000

# Globally routable, as far as any guard can tell: needs no allow_networks.
WEB = "52.94.77.1"  # nginx, and the names of servers.NAMES
DECOY = "52.94.77.66"  # must never receive a byte
WEB_V6 = "2600:1f00:77::1"
OWN = "52.95.110.1"  # an address of an interface
BENCHMARKING = "198.18.77.1"  # reached only with allow_networks
LOCAL_ROUTES = [
    "52.94.77.0/24",
    "198.18.77.0/24",
    "10.20.0.0/16",
    "172.20.0.0/16",
    "2600:1f00:77::/64",
]
CLEAN_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def run(*command, **options):
    """Runs a command of the lab's own; its failure is a failure of the lab."""
    result = subprocess.run(command, capture_output=True, text=True, **options)
    assert result.returncode == 0, f"{command}: {result.stdout}{result.stderr}"
    return result.stdout


def wait_until(condition, seconds=10, what="the condition", pause=0.02):
    """The condition's first true answer; an assertion fails if there is none in time."""
    end = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(pause)


def end_with_parent():
    """For a child, before it becomes a program: SIGTERM when this process is gone."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _enter_namespace():
    libc = ctypes.CDLL(None, use_errno=True)
    assert threading.active_count() == 1, "threads that run already would stay outside"
    if libc.unshare(CLONE_NEWNS | CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "unshare: the end-to-end tests need root")
    if libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None):
        raise OSError(ctypes.get_errno(), "mount --make-rprivate /")
    return libc


class Lab:
    """Owns the namespace's servers and the folder that everything writes to."""

    def __init__(self):
        self.node_modules = node_modules.install()  # while there is a network
        self.folder = tempfile.mkdtemp(prefix="sallyport-e2e-")
        os.chmod(self.folder, 0o755)
        self._libc = _enter_namespace()
        self._processes = []
        self._folders = itertools.count()
        self._origin_numbers = itertools.count(100)
        self._make_network()
        self.certificates = servers.make_certificates(self.make_folder("certificates"))
        self.ca = f"{self.certificates}/ca.pem"
        self.names = NameServer()  # odd and changing answers; all queries counted
        self.dnsmasq_log = servers.start_dnsmasq(self)
        servers.start_web(self)

    def _make_network(self):
        run("ip", "link", "set", "lo", "up")
        for network in LOCAL_ROUTES:
            self.make_local(network)
        for setting, value in [
            ("net/ipv6/ip_nonlocal_bind", "1"),
            ("net/ipv4/ip_local_port_range", "20000 65000"),
        ]:
            with open(f"/proc/sys/{setting}", "w", encoding="ascii") as file:
                file.write(value)
        run("ip", "link", "add", "own0", "type", "veth", "peer", "name", "own1")
        run("ip", "address", "add", f"{OWN}/32", "dev", "own0")
        run("ip", "link", "set", "own0", "up")
        run("ip", "link", "set", "own1", "up")
        hosts = f"{self.folder}/hosts"
        with open(hosts, "w", encoding="ascii") as file:
            file.write(f"127.0.0.1 localhost\n{WEB} in-hosts-file.example.org\n")
        os.chmod(hosts, 0o644)
        assert self._libc.mount(hosts.encode(), b"/etc/hosts", None, MS_BIND, None) == 0

    def make_local(self, network):
        """Every address of the network answers in this namespace, though no interface has it."""
        family = "-6" if ":" in network else "-4"
        run("ip", family, "route", "replace", "local", network, "dev", "lo")

    def make_folder(self, name):
        folder = f"{self.folder}/{next(self._folders)}-{name}"
        os.mkdir(folder)
        os.chmod(folder, 0o755)
        return folder

    def next_origin(self):
        """A name and an address that no other test has."""
        number = next(self._origin_numbers)
        assert number < 10_000
        name, address = f"o{number}.example.org", f"52.94.{78 + number // 250}.{number % 250 + 1}"
        self.make_local(f"{address}/32")
        self.names.set(name, address)
        return name, address

    def start(self, *command, **options):
        """Starts a server; it is ended with the lab."""
        log = open(f"{self.folder}/{os.path.basename(command[0])}.log", "ab")
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=end_with_parent,
            **options,
        )
        log.close()
        self._processes.append(process)
        return process

    def dnsmasq_queries(self, name):
        """How often a client of the lab's dnsmasq asked for the name."""
        with open(self.dnsmasq_log, encoding="utf-8") as file:
            return sum(" query[" in line and f"] {name} from" in line for line in file)

    def client_environment(self, home=None, **variables):
        """What a client runs with: nothing of this machine's settings, and a home of its own."""
        return {
            "PATH": CLEAN_PATH,
            "HOME": home or self.make_folder("home"),
            "LANG": "C.UTF-8",
            **variables,
        }

    def close(self):
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.names.close()
        if not os.environ.get("SALLYPORT_E2E_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)
