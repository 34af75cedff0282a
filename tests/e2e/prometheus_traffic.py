"""What clients, origins and operators do so that each metric moves and each alert fires: gates of
several kinds in one lab, and a function for each thing that happens to them."""
import contextlib
import os
import resource
import signal
import ssl
from concurrent.futures import ThreadPoolExecutor

from aws_keys import FOREIGN, FOREIGN_KEY, OURS
from gate import Gate
from hello import hello
from http_origin import answer
from interception import TlsHttpOrigin, TlsHttpWire, make_ca, policy_with, raw_tunnel, sign_for
from lab import run, wait_until
from name_server import NXDOMAIN
from origins import Origin, tls_like
from wire import ESTABLISHED, Wire, blocked_answer

STS = "sts.us-east-1.amazonaws.com"
DATA_SCIENCE, PIPELINE = "10.20.1.5", "10.20.2.5"  # clients with a name
REFUSED_POLICY = "rules: [{name: origins, hosts: [o.example.org], colour: blue}]\n"
OPEN_POLICY = 'rules: [{name: origins, hosts: ["*.example.org"]}]\n'
MAIN_POLICY = f"""
organization: {{accounts: ["{OURS}"], regions: [us-east-1]}}
timeouts: {{connect: 2s, drain: 1s}}
clients:
  - {{name: data-science, networks: [10.20.1.0/24]}}
  - {{name: pipeline, networks: [10.20.2.0/24], mode: monitor}}
rules:
  - {{name: origins, hosts: ["*.example.org"], except_hosts: [READ]}}
  - {{name: read, hosts: [READ], methods: [GET]}}
  - {{name: services, hosts: ["@sts"], aws: {{principal_accounts: organization}}}}
  - {{name: never, effect: deny, hosts: [denied.example.net]}}
"""
DISK_BYTES = 256 * 1024


class Scene:
    """The gates of a lab and the origins behind them; a context manager.

    main: enforces, reads TLS of two hosts.    strict: its audit log is on a small disk.
    narrow: monitors, two connections a client, a CA that ends tomorrow.
    deaf: nobody reads its audit log.    doomed: to be killed."""

    def __init__(self, lab):
        self.lab, self._stack = lab, contextlib.ExitStack()
        self.ca = make_ca(lab.make_folder("ca"))

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self._open(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        for gate in self.gates:
            print(gate.last_words())
        self._stack.close()

    def _open(self, stack):
        lab = self.lab
        self.origin = stack.enter_context(Origin(lab, serve=tls_like))
        self.web = stack.enter_context(
            TlsHttpOrigin(
                lab,
                lambda request: answer("read"),
                certificate=lambda name: sign_for(lab, [name, STS]),
            )
        )
        self.stranger = stack.enter_context(
            TlsHttpOrigin(lab, certificate=lambda _: sign_for(lab, ["another.example.org"]))
        )
        lab.names.set(STS, self.web.address)
        lab.names.set("inside.example.org", "127.0.0.1")
        lab.names.set("closed.example.org", lab.next_origin()[1])
        for number in range(20):
            lab.names.set(f"gone{number}.example.org", rcode=NXDOMAIN)
        self.disk = lab.make_folder("disk")
        run("/usr/bin/mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "none", self.disk)
        stack.callback(run, "/usr/bin/umount", "-l", self.disk)
        ending = make_ca(lab.make_folder("ca"), days=1)
        self.main_policy = policy_with(
            lab, self.ca, MAIN_POLICY.replace("READ", f"{self.web.name}, {self.stranger.name}")
        )
        self.main = Gate(lab, self.main_policy)
        self.strict = Gate(
            lab,
            f"audit: {{path: {self.disk}/audit.jsonl}}\nworkers: 1\n{OPEN_POLICY}",
        )
        self.narrow = Gate(
            lab,
            "mode: monitor\nworkers: 1\nlimits: {connections_per_client: 2}\n"
            + policy_with(lab, ending, OPEN_POLICY),
        )
        self._unread, write_end = os.pipe()
        stack.callback(os.close, self._unread)
        self.deaf = Gate(
            lab, f"workers: 1\naudit: {{path: stdout}}\n{OPEN_POLICY}", stdout=write_end
        )
        self.doomed = Gate(lab, OPEN_POLICY)
        self.gates = [self.main, self.strict, self.narrow, self.deaf, self.doomed]
        for gate in self.gates:
            gate.start()
            stack.callback(gate.remove)
        os.close(write_end)


def allowed_tunnels(scene, count=60):
    for number in range(count):
        source = [None, DATA_SCIENCE, PIPELINE][number % 3]
        with Wire(scene.main, source) as wire:
            wire.tls_tunnel(scene.origin.name).send(b"x" * 2000).read(2000)


def monitored_block(scene):
    """The pipeline's client is in monitor mode: it gets through."""
    with Wire(scene.main, PIPELINE) as wire:
        scene.lab.names.set("untold.example.net", scene.origin.address)
        wire.tls_tunnel("untold.example.net")


def read_exchanges(scene, count=20):
    """Within intercepted TLS: what is allowed, and methods that are not."""
    for _ in range(count // 5):
        with TlsHttpWire(scene.main, scene.web, scene.ca, source=DATA_SCIENCE) as wire:
            for _ in range(4):
                assert wire.ask("/", "GET").status == 200
            assert wire.ask("/", "DELETE").status == 403


def block_spike(scene, count=75):
    """One client asks for one host after another that no rule has."""
    for number in range(count):
        host = ["files.example.net", "paste.example.net", "denied.example.net"][number % 3]
        if number % 5 == 0:
            host = f"h{number}.example.net"
        assert blocked_answer(scene.main, host, source=DATA_SCIENCE).status == 403


def foreign_account(scene, count=4):
    """Requests that another account's key has signed, and a host of that account's."""
    scope = f"{FOREIGN_KEY.id}/20261126/us-east-1/sts/aws4_request"
    head = (
        f"GET /?Action=GetCallerIdentity&Version=2011-06-15 HTTP/1.1\r\nHost: {STS}\r\n"
        "X-Amz-Date: 20261126T000000Z\r\nAuthorization: AWS4-HMAC-SHA256 "
        f"Credential={scope}, SignedHeaders=host;x-amz-date, Signature={'0' * 64}\r\n\r\n"
    )
    assert FOREIGN != OURS
    for _ in range(count):
        with TlsHttpWire(
            scene.main, scene.web, scene.ca, sni=STS, source=DATA_SCIENCE, connect=STS
        ) as wire:
            assert wire.send(head.encode()).read_http("GET").status == 403


def evasion(scene, count=4):
    """A ClientHello that names another host than its CONNECT, and a name that leads inside."""
    for _ in range(count):
        with Wire(scene.main, DATA_SCIENCE) as wire:
            wire.tunnel(scene.origin.name).send(hello("another.example.org")).rest()
        assert blocked_answer(scene.main, "inside.example.org", more=b"x").status == 403


def ca_not_trusted(scene, count=4):
    """Clients that never heard of the gate's CA."""
    context = ssl.create_default_context()
    for _ in range(count):
        connection = raw_tunnel(scene.main, scene.web.name)
        try:
            context.wrap_socket(connection, server_hostname=scene.web.name)
            raise AssertionError("it was trusted")
        except ssl.SSLCertVerificationError:
            pass
        finally:
            connection.close()


def names_that_are_gone(scene, count=20):
    for number in range(count):
        assert blocked_answer(scene.main, f"gone{number}.example.org").status == 502


def origins_that_are_down(scene, count=30):
    for _ in range(count):
        assert blocked_answer(scene.main, "closed.example.org").status == 502


def origin_with_another_certificate(scene, count=4):
    for _ in range(count):
        with TlsHttpWire(scene.main, scene.stranger, scene.ca) as wire:
            assert wire.ask("/", "GET").status == 502


def good_reload(scene):
    assert not scene.main.reload(scene.main_policy + "# another text\n").get("errors")


def refused_reload(scene, prometheus):
    """After the good one was scraped: what comes between two scrapes has no order."""
    taken = 'sum(sallyport_policy_reloads_total{result="success"})'
    wait_until(lambda: prometheus.number(taken) == 1, 10, "the good reload to be scraped")
    assert scene.main.reload(REFUSED_POLICY)["errors"]


def restarts(scene, prometheus):
    """The gate is killed and started three times, each time long enough to be seen."""
    instance = f'instance="127.0.0.1:{scene.strict.metrics_port}"'
    seen = f"changes(process_start_time_seconds{{{instance}}}[1h])"
    for number in range(1, 4):
        scene.strict.signal(signal.SIGKILL)
        scene.strict.wait()
        scene.strict.start()
        wait_until(lambda: prometheus.number(seen) == number, 10, f"start {number} to be seen")


def audit_log_on_a_full_disk(scene):
    """Nothing may pass unrecorded, so that nothing passes."""
    with open(f"{scene.disk}/other", "ab", buffering=0) as file:
        with contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))
    for _ in range(500):
        with Wire(scene.strict) as wire:
            if b"503" in wire.connect(scene.origin.name).read(len(ESTABLISHED)):
                return
    raise AssertionError("it never closed")


def audit_log_that_nobody_reads(scene, count=14_000):
    """As many blocked attempts, with names as long as they can be, as no ring holds."""
    name = ".".join(["x" * 60] * 4)
    head = f"CONNECT {name}:443 HTTP/1.1\r\n\r\n".encode()
    for number in range(count):
        with Wire(scene.deaf) as wire:
            wire.send(head).read(12)
        if number % 500 == 0 and scene.deaf.metric("sallyport_audit_lost_total") > 20:
            return
    assert scene.deaf.metric("sallyport_audit_lost_total") > 0


@contextlib.contextmanager
def client_at_its_limit(scene):
    """Two connections are held, eight wait, and who comes then is refused; the descriptors that
    are left are few."""
    with contextlib.ExitStack() as held:
        for _ in range(2):
            held.enter_context(Wire(scene.narrow)).tls_tunnel(scene.origin.name)
        for _ in range(8):
            held.enter_context(Wire(scene.narrow)).connect(scene.origin.name)
        wait_until(
            lambda: blocked_answer(scene.narrow, scene.origin.name).status == 503, 5, "a refusal"
        )
        yield


@contextlib.contextmanager
def few_descriptors_left(scene, left=4):
    """Of the gate to be killed: all but a few are taken."""
    pid = scene.doomed.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    used = len(os.listdir(f"/proc/{pid}/fd"))
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + left, before[1]))
    yield
    resource.prlimit(pid, resource.RLIMIT_NOFILE, before)


def death(scene):
    scene.doomed.signal(signal.SIGKILL)
    scene.doomed.wait()


QUICK = [
    allowed_tunnels,
    monitored_block,
    read_exchanges,
    block_spike,
    foreign_account,
    evasion,
    ca_not_trusted,
    good_reload,
    names_that_are_gone,
    origins_that_are_down,
    origin_with_another_certificate,
    audit_log_that_nobody_reads,
]


def everything(scene, prometheus):
    """All of the above, in a quarter of a minute."""
    with client_at_its_limit(scene), few_descriptors_left(scene), ThreadPoolExecutor(1) as beside:
        quick = [beside.submit(act, scene) for act in QUICK]
        restarts(scene, prometheus)  # a gate ends with the thread that started it
        for each in quick:
            each.result()
        refused_reload(scene, prometheus)
        audit_log_on_a_full_disk(scene)
        wait_until(
            lambda: "SallyportSaturated" in prometheus.alerts_that_fired(), 10, "no descriptors"
        )
    death(scene)
