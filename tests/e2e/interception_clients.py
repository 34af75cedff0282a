"""How everyday clients ask over HTTPS with nothing but their environment, and the words that each
has for a request that the gate refuses inside TLS. Found by running them (each version of Debian
12, and Node 24)."""
import os
from dataclasses import dataclass, field
from typing import Callable

from https_web import PAGE
from node_modules import NODE_24

URL, METHOD = "url_not_allowed", "method_not_allowed"
NO_URL, NO_METHOD = f"Blocked by sallyport: {URL}", f"Blocked by sallyport: {METHOD}"


@dataclass
class Case:
    """One run: in which folder of the web server, by which method."""

    lab: object
    web: object
    folder: str  # `open` or `closed`
    method: str
    home: str

    def url(self, path="/page"):
        return self.web.url(f"/{self.folder}{path}")

    @property
    def modules(self):
        assert self.lab.node_modules, "the npm packages could not be fetched"
        return f"{self.lab.node_modules}/node_modules"


@dataclass
class Client:
    """A command; what it says of a page, and its exit status and words where the URL or the method
    is refused."""

    name: str
    command: Callable
    says: str
    no_url: tuple
    no_method: tuple | None  # None: it has the one method alone
    method: str = "DELETE"  # one that no rule allows
    targets: tuple = ("/open/page",)  # what must have reached the origin
    variables: Callable = field(default=lambda case: {})


_URLLIB = """
import sys, urllib.request, urllib.error
try:
    request = urllib.request.Request(sys.argv[2], method=sys.argv[1])
    print(urllib.request.urlopen(request).read().decode())
except urllib.error.HTTPError as error:
    sys.exit(f"{error}\\n{error.read().decode()}")
"""

_REQUESTS = """
import sys, requests
answer = requests.request(sys.argv[1], sys.argv[2])
print(answer.text)
answer.raise_for_status()
"""

_AGENT = """
const https = require('https'), {HttpsProxyAgent} = require('https-proxy-agent');
const [method, url] = process.argv.slice(1);
const agent = new HttpsProxyAgent(process.env.https_proxy);
"""
_NODE_HTTPS = """
https.request(url, {method, agent}, answer => {
  console.log(answer.statusCode, answer.statusMessage);
  answer.pipe(process.stdout);
  process.exitCode = answer.statusCode == 200 ? 0 : 2;
}).on('error', error => { console.log(error.message, error.code); process.exit(1); }).end();
"""
_NODE_24_HTTPS = """
const https = require('https'), agent = undefined;
const [method, url] = process.argv.slice(1);
"""
_FETCH = """
const [method, url] = process.argv.slice(1);
fetch(url, {method}).then(async answer => {
  console.log(answer.status, answer.statusText, await answer.text());
  process.exitCode = answer.ok ? 0 : 2;
}).catch(error => { console.log(error.message, error.cause); process.exit(1); });
"""
_UNDICI = """
const {setGlobalDispatcher, EnvHttpProxyAgent, fetch} = require('undici');
setGlobalDispatcher(new EnvHttpProxyAgent());
"""

_JAVA = """
public class Ask {
  public static void main(String[] a) throws Exception {
    var asked = (java.net.HttpURLConnection) new java.net.URL(a[1]).openConnection();
    asked.setRequestMethod(a[0]);
    System.out.println(asked.getResponseCode() + " " + asked.getResponseMessage());
    var error = asked.getErrorStream();
    if (error != null) System.out.print(new String(error.readAllBytes()));
    System.out.print(new String(asked.getInputStream().readAllBytes()));
  }
}
"""
_JAVA_CLIENT = """
import java.net.http.*;
public class Ask {
  public static void main(String[] a) throws Exception {
    var client = HttpClient.newBuilder().proxy(java.net.ProxySelector.getDefault()).build();
    var request = HttpRequest.newBuilder(java.net.URI.create(a[1]))
        .method(a[0], HttpRequest.BodyPublishers.noBody()).build();
    var answer = client.send(request, HttpResponse.BodyHandlers.ofString());
    System.out.println(answer.statusCode() + " " + answer.body());
    System.exit(answer.statusCode() == 200 ? 0 : 2);
  }
}
"""

_GIT = """
export GIT_AUTHOR_NAME=lab GIT_AUTHOR_EMAIL=l@example.org GIT_COMMITTER_NAME=lab
export GIT_COMMITTER_EMAIL=l@example.org GIT_TERMINAL_PROMPT=0
git clone -q $2 clone || exit
cat clone/README
[ $1 = GET ] && exit
cd clone
echo more >README
git commit -q -a -m more
git push -q origin HEAD:pushed
"""


def _python(script):
    return lambda case: ["/usr/bin/python3", "-c", script, case.method, case.url()]


def _node(script, program=None):
    def command(case):
        node = program and f"{case.modules}/{program}"
        return [node or "/usr/bin/node", "-e", script, case.method, case.url()]

    return command


def _node_path(case):
    return {"NODE_PATH": case.modules}


def _java(source):
    def command(case):
        with open(f"{case.home}/Ask.java", "w", encoding="ascii") as file:
            file.write(source)
        quick = ["-XX:TieredStopAtLevel=1", "-Xshare:auto"]
        return ["/usr/bin/java", *quick, f"{case.home}/Ask.java", case.method, case.url()]

    return command


def _pip(case):
    """An index that is open; its files are where the case has them."""
    index = "simple" if case.folder == "open" else "astray"
    return [
        *["/usr/bin/python3", "-m", "pip", "install", "-i", case.web.url(f"/open/{index}/")],
        *["--retries", "0", "--disable-pip-version-check", "--target", f"{case.home}/packages"],
        "labwheel",
    ]


def _npm(case):
    quiet = ["--no-audit", "--no-fund", "--fetch-retries", "0", "--registry", case.url("/npm/")]
    with open(f"{case.home}/.npmrc", "w", encoding="ascii") as file:
        file.write("cafile = /etc/ssl/certs/ca-certificates.crt\n")  # wins over Node's variable
        file.write(f"//{case.web.name}/open/npm/:_authToken=lab\n")
    if case.method == "GET":
        return ["/usr/bin/npm", "install", *quiet, "labpackage@1.0.0"]
    os.mkdir(f"{case.home}/package")
    with open(f"{case.home}/package/package.json", "w", encoding="ascii") as file:
        file.write('{"name": "other", "version": "1.0.0"}')
    return ["/usr/bin/npm", "publish", *quiet, f"{case.home}/package"]


CLIENTS = [
    Client(
        "curl",
        lambda case: ["/usr/bin/curl", "-sS", "-X", case.method, case.url()],
        PAGE,
        (0, f"Reason: {URL}."),
        (0, f"Reason: {METHOD}."),
    ),
    Client(
        "curl -f",
        lambda case: ["/usr/bin/curl", "-sSf", "-X", case.method, case.url()],
        PAGE,
        (22, "The requested URL returned error: 403"),
        (22, "The requested URL returned error: 403"),
    ),
    Client(
        "curl --http1.0",
        lambda case: ["/usr/bin/curl", "-sS", "--http1.0", "-X", case.method, case.url()],
        PAGE,
        (0, f"Reason: {URL}."),
        (0, f"Reason: {METHOD}."),
    ),
    Client(
        "wget",
        lambda case: [
            *["/usr/bin/wget", "-t", "1", "-O", "-", f"--method={case.method}", case.url()]
        ],
        PAGE,
        (8, f"ERROR 403: {NO_URL}."),
        (8, f"ERROR 403: {NO_METHOD}."),
    ),
    Client(
        "git",
        lambda case: ["/bin/sh", "-c", _GIT, "sh", case.method, case.url("/lab.git")],
        "the lab's repository",
        (128, f"remote: Reason: {URL}."),
        (1, "The requested URL returned error: 403"),
        method="push",
        targets=(
            "/open/lab.git/info/refs?service=git-upload-pack",
            "/open/lab.git/git-upload-pack",
        ),
    ),
    Client(
        "pip",
        _pip,
        "Successfully installed labwheel-1.0",
        (1, f"403 Client Error: {NO_URL} for url"),
        None,
        targets=("/open/simple/labwheel/", "/open/files/labwheel-1.0-py3-none-any.whl"),
    ),
    Client(
        "npm",
        _npm,
        "added 1 package",
        (1, f"403 {NO_URL}"),
        (1, f"403 {NO_METHOD}"),
        method="PUT",
        targets=("/open/npm/labpackage", "/open/npm/lab.tgz"),
    ),
    Client(
        "urllib",
        _python(_URLLIB),
        PAGE,
        (1, f"HTTP Error 403: {NO_URL}"),
        (1, f"HTTP Error 403: {NO_METHOD}"),
    ),
    Client(
        "requests",
        _python(_REQUESTS),
        PAGE,
        (1, f"403 Client Error: {NO_URL} for url"),
        (1, f"403 Client Error: {NO_METHOD} for url"),
    ),
    Client(
        "Node 20 https",
        _node(_AGENT + _NODE_HTTPS),
        f"200 OK\n{PAGE}",
        (2, f"403 {NO_URL}\n"),
        (2, f"403 {NO_METHOD}\n"),
        variables=_node_path,
    ),
    Client(
        "Node 20 undici",
        _node(_UNDICI + _FETCH),
        f"200 OK {PAGE}",
        (2, f"403 {NO_URL} "),
        (2, f"403 {NO_METHOD} "),
        variables=_node_path,
    ),
    Client(
        "Node 24 fetch",
        _node(_FETCH, f"{NODE_24}/bin/node"),
        f"200 OK {PAGE}",
        (2, f"403 {NO_URL} "),
        (2, f"403 {NO_METHOD} "),
    ),
    Client(
        "Node 24 https",
        _node(_NODE_24_HTTPS + _NODE_HTTPS, f"{NODE_24}/bin/node"),
        f"200 OK\n{PAGE}",
        (2, f"403 {NO_URL}\n"),
        (2, f"403 {NO_METHOD}\n"),
    ),
    Client(
        "Java HttpURLConnection",
        _java(_JAVA),
        f"200 OK\n{PAGE}",
        (1, f"403 {NO_URL}\n"),
        (1, f"403 {NO_METHOD}\n"),
    ),
    Client(
        "Java HttpClient",
        _java(_JAVA_CLIENT),
        f"200 {PAGE}",
        (2, f"Reason: {URL}."),
        (2, f"Reason: {METHOD}."),
    ),
]
