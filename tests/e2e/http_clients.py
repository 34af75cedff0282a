"""How each everyday client is pointed at a proxy for plain HTTP, what it says when it got what it
asked for, and the words it has for a block. Found by running them (each version of Debian 12)."""
import subprocess
from dataclasses import dataclass, field
from typing import Callable

from http_web import BLOCKED, FILES, GIT, WEB

PHRASE = "Blocked by sallyport: host_not_allowed"
BODY = f"Blocked by sallyport: {BLOCKED}:80\nReason: host_not_allowed."


@dataclass
class Case:
    """What a client is run with."""

    lab: object
    proxy: str  # http://127.0.0.1:PORT
    host: str
    home: str
    web: object


@dataclass
class HttpClient:
    """A command, what it says where it may and where it may not, and the requests that it must have
    made: (method, target as the origin must have got it)."""

    name: str
    command: Callable
    says_allowed: str
    requests: list
    exit_blocked: int
    says_blocked: str
    host: str = WEB
    blocked_method: str = "GET"
    prepare: Callable = lambda case: None
    variables: Callable = lambda case: {"http_proxy": case.proxy}
    home: str = field(default="", init=False)  # of the last run

    def run(self, lab, web, proxy, host):
        """Runs it in a fresh home; all that it said is in `stdout`."""
        case = Case(lab, proxy, host, lab.make_folder("http-home"), web)
        with open(f"{case.home}/upload", "wb") as file:
            file.write(UPLOAD)
        self.prepare(case)
        self.home = case.home
        return subprocess.run(
            self.command(case),
            env=lab.client_environment(case.home, **self.variables(case)),
            cwd=case.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=100,
            errors="replace",
            check=False,
        )


UPLOAD = bytes(range(256)) * 300


def curl(name, *arguments, says="the lab's origin", path="/", method="GET", **rest):
    """By -x; a block's body is printed, and is no failure of curl's."""
    rest = {"requests": [(method, path)], "blocked_method": method, **rest}
    return HttpClient(
        f"curl {name}",
        lambda case: [
            "/usr/bin/curl",
            "-sS",
            "-x",
            case.proxy,
            *arguments,
            f"http://{case.host}{path}",
        ],
        says,
        exit_blocked=0,
        says_blocked=rest.pop("says_blocked", BODY),
        **rest,
    )


def _two_urls(case):
    url = f"http://{case.host}/"
    return [
        "/usr/bin/curl",
        "-sS",
        "-x",
        case.proxy,
        "-w",
        "connects=%{num_connects}\n",
        *[url] * 3,
    ]


def _parallel(case):
    return ["/usr/bin/curl", "-sS", "-x", case.proxy, "-Z", f"http://{case.host}/?[1-20]"]


def _apt(case):
    """`update` and `download` of a root that is nobody's, in one shell."""
    for folder in ("lists/partial", "cache/archives/partial", "etc", "out"):
        subprocess.run(["mkdir", "-p", f"{case.home}/{folder}"], check=True)
    open(f"{case.home}/status", "w", encoding="ascii").close()
    with open(f"{case.home}/etc/sources.list", "w", encoding="ascii") as file:
        file.write(f"deb [signed-by={case.web.apt_key}] http://{case.host}/deb ./\n")
    with open(f"{case.home}/apt.conf", "w", encoding="ascii") as file:
        file.write(
            f"""
            Dir::Etc "{case.home}/etc";
            Dir::Etc::sourceparts "-";
            Dir::Etc::trusted "/dev/null";
            Dir::Etc::trustedparts "-";
            Dir::State::lists "{case.home}/lists";
            Dir::State::status "{case.home}/status";
            Dir::Cache "{case.home}/cache";
            APT::Sandbox::User "root";
            APT::Update::Error-Mode "any";
            Acquire::http::Proxy "{case.proxy}";
            Acquire::Retries "0";
            Acquire::Languages "none";
            """
        )


APT_COMMAND = "apt-get update && cd out && apt-get download labdeb-a labdeb-b labdeb-c && ls -l"

_GIT = """
set -e
export GIT_AUTHOR_NAME=lab GIT_AUTHOR_EMAIL=l@example.org GIT_COMMITTER_NAME=lab
export GIT_COMMITTER_EMAIL=l@example.org GIT_TERMINAL_PROMPT=0
git -c http.proxy=$1 clone -q $2 clone
cd clone
head -c 300000 /dev/urandom > large
git add large
git commit -q -m large
git -c http.proxy=$1 -c http.postBuffer=1 push -q origin +HEAD:pushed
git -c http.proxy=$1 ls-remote origin pushed
"""

_URLLIB = """
import sys, urllib.request, urllib.error
try:
    print(urllib.request.urlopen(sys.argv[1]).read().decode())
    put = urllib.request.Request(sys.argv[1] + "upload/urllib", open("upload", "rb").read(),
                                 method="PUT")
    print(urllib.request.urlopen(put).status)
except urllib.error.HTTPError as error:
    sys.exit(f"{error}")
"""

_REQUESTS = """
import sys, requests
session = requests.Session()
answer = session.get(sys.argv[1])
print(answer.status_code, answer.text)
answer.raise_for_status()
def pieces():
    with open("upload", "rb") as file:
        while data := file.read(1000):
            yield data
print(session.put(sys.argv[1] + "upload/requests", data=pieces()).status_code)
"""

_UNDICI = """
const {request, fetch, ProxyAgent} = require('undici');
const dispatcher = new ProxyAgent(process.env.http_proxy);
(async () => {
  const first = await request(process.argv[1], {dispatcher});
  console.log(first.statusCode, await first.body.text());
  const second = await fetch(process.argv[1] + 'upload/undici',
    {dispatcher, method: 'PUT', duplex: 'half', body: require('fs').readFileSync('upload')});
  console.log('fetch', second.status);
  process.exit(0);
})().catch(error => { console.log(error.message, error.code, error.cause); process.exit(1); });
"""


def _node_variables(case):
    assert case.lab.node_modules, "the npm packages could not be fetched"
    return {
        "http_proxy": case.proxy,
        "NODE_PATH": f"{case.lab.node_modules}/node_modules",
    }


def _npm_command(case):
    return [
        "/usr/bin/npm",
        "install",
        "--no-audit",
        "--no-fund",
        "--fetch-retries",
        "0",
        "--proxy",
        case.proxy,
        "--registry",
        f"http://{case.host}/npm/",
        "@lab/pkg@1.0.0",
    ]


def pip_command(case, index="simple"):
    return [
        "/usr/bin/python3",
        "-m",
        "pip",
        "install",
        "--proxy",
        case.proxy,
        "--index-url",
        f"http://{case.host}/{index}/",
        "--trusted-host",
        case.host,
        "--trusted-host",
        FILES,
        "--trusted-host",
        BLOCKED,
        "--retries",
        "0",
        "--disable-pip-version-check",
        "--target",
        f"{case.home}/packages",
        "labwheel",
    ]


HTTP_CLIENTS = [
    curl("GET"),
    curl("POST", "-d", "a=1", says="posted 3 bytes", path="/posted", method="POST"),
    curl(
        "PUT with Expect",
        "-T",
        "upload",
        "-H",
        "Expect: 100-continue",
        "-w",
        "%{http_code}",
        says="201",
        path="/upload/curl",
        method="PUT",
    ),
    curl(
        "chunked",
        "-T",
        "upload",
        "-H",
        "Transfer-Encoding: chunked",
        "-w",
        "%{http_code}",
        says="201",
        path="/upload/curl-chunked",
        method="PUT",
    ),
    curl("HEAD", "-I", says="Content-Length: 57", method="HEAD", says_blocked=PHRASE),
    curl("range", "-r", "2-5", says="tml>"),
    curl("HTTP/1.0", "--http1.0"),
    HttpClient(
        "curl keep-alive",
        _two_urls,
        "HTTP</body></html>\nconnects=1\n<html><body>the lab's origin of plain HTTP</body></html>\n"
        "connects=0\n",
        [("GET", "/")] * 3,
        0,
        "connects=0\nBlocked",  # a block without a body to come keeps the connection too
    ),
    HttpClient(
        "curl parallel",
        _parallel,
        "the lab's origin",
        [("GET", f"/?{number}") for number in range(1, 21)],
        0,
        BODY,
    ),
    HttpClient(
        "wget",
        lambda case: ["/usr/bin/wget", "-t", "1", "-O", "-", f"http://{case.host}/"],
        "the lab's origin",
        [("GET", "/")],
        8,
        f"ERROR 403: {PHRASE}",
    ),
    HttpClient(
        "apt",
        lambda case: ["/bin/sh", "-c", APT_COMMAND],
        "labdeb-c_1.0~1+lab_all.deb",
        [("GET", "/deb/./InRelease")]
        + [("GET", f"/deb/./{name}_1.0%7e1%2blab_all.deb") for name in ("labdeb-a", "labdeb-c")],
        100,
        f"403  {PHRASE}",
        prepare=_apt,
        variables=lambda case: {"APT_CONFIG": f"{case.home}/apt.conf"},
    ),
    HttpClient(
        "pip",
        pip_command,
        "Successfully installed labwheel-1.0",
        [("GET", "/simple/labwheel/"), ("GET", "/files/labwheel-1.0-py3-none-any.whl")],
        1,
        "No matching distribution found",
    ),
    HttpClient(
        "npm",
        _npm_command,
        "added 1 package",
        [("GET", "/npm/@lab%2fpkg"), ("GET", "/npm/scoped.tgz")],
        1,
        f"403 {PHRASE}",
    ),
    HttpClient(
        "git",
        lambda case: [
            "/bin/sh",
            "-c",
            _GIT,
            "sh",
            case.proxy,
            f"http://{case.host}/git/repository.git",
        ],
        "refs/heads/pushed",
        [
            ("GET", "/git/repository.git/info/refs?service=git-upload-pack"),
            ("POST", "/git/repository.git/git-upload-pack"),
            ("POST", "/git/repository.git/git-receive-pack"),
        ],
        128,
        "The requested URL returned error: 403",
        host=GIT,
    ),
    HttpClient(
        "urllib",
        lambda case: ["/usr/bin/python3", "-c", _URLLIB, f"http://{case.host}/"],
        "201",
        [("GET", "/"), ("PUT", "/upload/urllib")],
        1,
        f"HTTP Error 403: {PHRASE}",
    ),
    HttpClient(
        "requests",
        lambda case: ["/usr/bin/python3", "-c", _REQUESTS, f"http://{case.host}/"],
        "201",
        [("GET", "/"), ("PUT", "/upload/requests")],
        1,
        f"403 {BODY}",
    ),
    HttpClient(
        "undici",
        lambda case: ["/usr/bin/node", "-e", _UNDICI, f"http://{case.host}/"],
        "fetch 201",
        [("GET", "/"), ("PUT", "/upload/undici")],
        1,
        "Proxy response (403)",
        blocked_method="CONNECT",
        variables=_node_variables,
    ),
]
UPLOADS = {
    "curl PUT with Expect": "curl",
    "curl chunked": "curl-chunked",
    "urllib": "urllib",
    "requests": "requests",
    "undici": "undici",
}
