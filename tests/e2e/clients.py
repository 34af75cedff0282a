"""How each everyday client is pointed at a proxy, and the words it has for a refused CONNECT and
for a TLS alert.

Found by running them (each version of Debian 12). `url` holds the host that is asked for; blocked
cases put another in.
"""
import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import Callable

REFUSED = "Blocked by sallyport: host_not_allowed"
# Access keys are put together here, so that no scanner takes this file for a leak.
ACCESS_KEY = {
    "AWS_ACCESS_KEY_ID": "AKIA" + "IOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "lab" * 12,
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_STS_REGIONAL_ENDPOINTS": "regional",
    "AWS_MAX_ATTEMPTS": "1",
}


@dataclass
class Case:
    """What a client is run with."""

    lab: object
    proxy: str  # http://127.0.0.1:PORT
    host: str  # who is asked for
    home: str

    @property
    def ca(self):
        return self.lab.ca


@dataclass
class Client:
    """A command; which host it asks for when allowed; what it says when that worked, and when it is
    blocked."""

    name: str
    command: Callable
    allowed_host: str
    says_allowed: str
    exit_refused: int
    says_refused: str
    exit_alert: int
    says_alert: str
    blocked_host: str = "blocked.example.org"
    variables: Callable = lambda case: {}
    prepare: Callable = lambda case: None

    def run(self, lab, proxy, host):
        """Runs it in a fresh home; all that it said is in `stdout`."""
        case = Case(lab, proxy, host, lab.make_folder(f"home-{self.name}"))
        self.prepare(case)
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


def _https_proxy(case):
    return {"https_proxy": case.proxy, "HTTPS_PROXY": case.proxy}


def _aws(case):
    return {**_https_proxy(case), **ACCESS_KEY, "AWS_CA_BUNDLE": case.ca}


def _npm_command(case):
    return [
        "/usr/bin/npm",
        "install",
        "--no-audit",
        "--no-fund",
        "--fetch-retries",
        "0",
        "--https-proxy",
        case.proxy,
        "--registry",
        f"https://{case.host}/npm/",
        "--cafile",
        case.ca,
        "labpackage@1.0.0",
    ]


def _aws_command(case):
    service = {
        "sts.us-east-1.amazonaws.com": ["sts", "get-caller-identity"],
        "logs.us-east-1.amazonaws.com": ["logs", "describe-log-groups"],
    }[case.host]
    return ["/usr/bin/aws", *service, "--output", "json"]


_BOTO3 = """
import sys, boto3, botocore.config
service = {"api.sagemaker.us-east-1.amazonaws.com": ("sagemaker", "list_endpoints"),
           "logs.us-east-1.amazonaws.com": ("logs", "describe_log_groups")}[sys.argv[1]]
client = boto3.client(service[0], config=botocore.config.Config(retries={"max_attempts": 0}))
print(getattr(client, service[1])()["Endpoints"])
"""

_UNDICI = """
const {request, ProxyAgent} = require('undici');
request(process.argv[1], {dispatcher: new ProxyAgent(process.env.https_proxy)})
  .then(async answer => console.log(answer.statusCode, await answer.body.text()))
  .catch(error => { console.log(error.message, error.code, error.cause); process.exit(1); });
"""

_PROXY_AGENT = """
const https = require('https'), {HttpsProxyAgent} = require('https-proxy-agent');
https.get(process.argv[1], {agent: new HttpsProxyAgent(process.env.https_proxy)}, answer => {
  console.log(answer.statusCode, answer.statusMessage);
  answer.pipe(process.stdout);
  process.exitCode = answer.statusCode == 200 ? 0 : 2;
}).on('error', error => { console.log(error.message, error.code); process.exit(1); });
"""


def _node(script):
    return lambda case: ["/usr/bin/node", "-e", script, f"https://{case.host}/"]


def _node_variables(case):
    assert case.lab.node_modules, "the npm packages could not be fetched"
    return {
        "https_proxy": case.proxy,
        "NODE_EXTRA_CA_CERTS": case.ca,
        "NODE_PATH": f"{case.lab.node_modules}/node_modules",
    }


def _trust_ca_in_nss(case):
    store = f"{case.home}/.pki/nssdb"
    os.makedirs(store)
    for arguments in [["-N", "--empty-password"], ["-A", "-t", "C,,", "-n", "lab", "-i", case.ca]]:
        subprocess.run(
            ["/usr/bin/certutil", "-d", f"sql:{store}", *arguments], check=True, capture_output=True
        )


def _chromium_command(case):
    return [
        "/usr/bin/chromium",
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={case.home}/profile",
        f"--proxy-server={case.proxy}",
        "--timeout=20000",
        "--dump-dom",
        f"https://{case.host}/",
    ]


CLIENTS = [
    Client(
        "curl",
        lambda case: [
            "/usr/bin/curl",
            "-sS",
            "-x",
            case.proxy,
            "--cacert",
            case.ca,
            f"https://{case.host}/",
        ],
        "www.example.org",
        "the lab's origin",
        56,
        "CONNECT tunnel failed, response 403",
        35,
        "tlsv1 alert access denied",
    ),
    Client(
        "wget",
        lambda case: [
            "/usr/bin/wget",
            "-t",
            "1",
            "-T",
            "20",
            "-O",
            "-",
            f"--ca-certificate={case.ca}",
            f"https://{case.host}/",
        ],
        "www.example.org",
        "the lab's origin",
        4,
        f"Proxy tunneling failed: {REFUSED}",
        4,
        "received alert [49]: Access was denied",
        variables=_https_proxy,
    ),
    Client(
        "git",
        lambda case: [
            "/usr/bin/git",
            "-c",
            f"http.proxy={case.proxy}",
            "-c",
            f"http.sslCAInfo={case.ca}",
            "clone",
            f"https://{case.host}/git/repository.git",
            "clone",
        ],
        "git.example.org",
        "Cloning into 'clone'",
        128,
        "CONNECT tunnel failed, response 403",
        128,
        "Access was denied",
        variables=lambda case: {"GIT_TERMINAL_PROMPT": "0"},
    ),
    Client(
        "pip",
        lambda case: [
            "/usr/bin/python3",
            "-m",
            "pip",
            "install",
            "--proxy",
            case.proxy,
            "-i",
            f"https://{case.host}/simple/",
            "--cert",
            case.ca,
            "--retries",
            "0",
            "--disable-pip-version-check",
            "--target",
            f"{case.home}/packages",
            "labwheel",
        ],
        "packages.example.org",
        "Successfully installed labwheel-1.0",
        1,
        "No matching distribution found",
        1,
        "ACCESS_DENIED",
    ),
    Client(
        "npm",
        _npm_command,
        "packages.example.org",
        "added 1 package",
        1,
        f"403 {REFUSED}",
        1,
        "ERR_SSL_TLSV1_ALERT_ACCESS_DENIED",
    ),
    Client(
        "aws",
        _aws_command,
        "sts.us-east-1.amazonaws.com",
        "arn:aws:iam::111122223333:user/lab",
        255,
        "Failed to connect to proxy URL",
        255,
        "SSL validation failed",
        blocked_host="logs.us-east-1.amazonaws.com",
        variables=_aws,
    ),
    Client(
        "boto3",
        lambda case: ["/usr/bin/python3", "-c", _BOTO3, case.host],
        "api.sagemaker.us-east-1.amazonaws.com",
        "[]",
        1,
        "Failed to connect to proxy URL",
        1,
        "access denied",
        blocked_host="logs.us-east-1.amazonaws.com",
        variables=_aws,
    ),
    Client(
        "undici",
        _node(_UNDICI),
        "www.example.org",
        "200 <html><body>the lab's origin",
        1,
        "Proxy response (403)",
        1,
        "ERR_SSL_TLSV1_ALERT_ACCESS_DENIED",
        variables=_node_variables,
    ),
    Client(
        "https-proxy-agent",
        _node(_PROXY_AGENT),
        "www.example.org",
        "the lab's origin",
        2,
        f"403 {REFUSED}",
        1,
        "alert number 49",
        variables=_node_variables,
    ),
    Client(
        "openssl",
        lambda case: [
            "/usr/bin/openssl",
            "s_client",
            "-proxy",
            case.proxy.removeprefix("http://"),
            "-connect",
            f"{case.host}:443",
            "-servername",
            case.host,
            "-CAfile",
            case.ca,
            "-verify_return_error",
        ],
        "www.example.org",
        "Verify return code: 0 (ok)",
        1,
        f"HTTP CONNECT failed, reason= 403 {REFUSED}",
        1,
        "SSL alert number 49",
    ),
    Client(
        "chromium",
        _chromium_command,
        "console.aws.amazon.com",
        "the lab's origin",
        0,
        "ERR_TUNNEL_CONNECTION_FAILED",
        0,
        "ERR_SSL_PROTOCOL_ERROR",
        prepare=_trust_ca_in_nss,
    ),
]


def missing_programs():
    """The programs of the table that this machine lacks."""
    return [
        path
        for path in (
            "/usr/bin/curl",
            "/usr/bin/wget",
            "/usr/bin/git",
            "/usr/bin/npm",
            "/usr/bin/node",
            "/usr/bin/aws",
            "/usr/bin/openssl",
            "/usr/bin/chromium",
            "/usr/bin/certutil",
        )
        if not shutil.which(path)
    ]
