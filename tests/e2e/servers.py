"""The real servers of the lab: a test CA, dnsmasq, and nginx with git, a Python index, an npm
registry and AWS answers."""
import base64
import hashlib
import io
import json
import os
import subprocess
import tarfile
import zipfile

import lab as lab_module

# Every name that nginx answers to; the test CA's certificate holds them all.
AWS_NAMES = [
    "console.aws.amazon.com",
    "sts.us-east-1.amazonaws.com",
    "api.sagemaker.us-east-1.amazonaws.com",
    "logs.us-east-1.amazonaws.com",
]
NAMES = AWS_NAMES + [
    "git.example.org",
    "packages.example.org",
    "www.example.org",
    "in-hosts-file.example.org",
    "v6.example.org",
]
BLOCKED_NAMES = ["blocked.example.org", "evil.example.net"]  # they resolve to the decoy
BIG_BYTES = 1 << 20


def make_certificates(folder):
    """A P-256 CA and one leaf for all names."""
    names = ",".join(f"DNS:{name}" for name in NAMES + BLOCKED_NAMES)
    with open(f"{folder}/extensions", "w", encoding="ascii") as file:
        file.write(f"subjectAltName={names}\nbasicConstraints=CA:FALSE\n")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    for command in [
        [
            "req",
            "-x509",
            *key,
            "-days",
            "30",
            "-subj",
            "/CN=lab CA",
            "-keyout",
            "ca.key",
            "-out",
            "ca.pem",
        ],
        ["req", *key, "-subj", "/CN=origin", "-keyout", "origin.key", "-out", "origin.csr"],
        [
            "x509",
            "-req",
            "-in",
            "origin.csr",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-days",
            "30",
            "-extfile",
            "extensions",
            "-out",
            "origin.pem",
        ],
    ]:
        lab_module.run("/usr/bin/openssl", *command, cwd=folder)
    return folder


def start_dnsmasq(lab):
    """Knows the lab's names and refuses all others; returns the log that holds every query."""
    folder = lab.make_folder("dnsmasq")
    log = f"{folder}/log"
    open(log, "w", encoding="ascii").close()
    lines = [
        "port=5300",
        "listen-address=127.0.0.1",
        "bind-interfaces",
        "no-resolv",
        "no-hosts",
        "local-ttl=0",
        "user=root",
        "log-queries",
        f"log-facility={log}",
    ]
    lines += [
        f"host-record={name},{lab_module.WEB}"
        for name in NAMES
        if name not in ("v6.example.org", "in-hosts-file.example.org")
    ]
    lines += [f"host-record=v6.example.org,{lab_module.WEB_V6}"]
    lines += [f"host-record={name},{lab_module.DECOY}" for name in BLOCKED_NAMES]
    with open(f"{folder}/conf", "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")
    lab.start("/usr/sbin/dnsmasq", "-C", f"{folder}/conf", "-k", "--pid-file=")
    lab_module.wait_until(lambda: "started" in open(log, encoding="utf-8").read(), what="dnsmasq")
    return log


def wheel():
    """The smallest wheel that pip installs."""
    files = {
        "labwheel.py": "answer = 42\n",
        "labwheel-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: labwheel\nVersion: 1.0\n",
        "labwheel-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: lab\n"
        "Root-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files["labwheel-1.0.dist-info/RECORD"] = (
        "".join(f"{name},,\n" for name in files) + "labwheel-1.0.dist-info/RECORD,,\n"
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return packed.getvalue()


def npm_tarball():
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        text = json.dumps({"name": "labpackage", "version": "1.0.0"}).encode()
        entry = tarfile.TarInfo("package/package.json")
        entry.size = len(text)
        archive.addfile(entry, io.BytesIO(text))
    return packed.getvalue()


def _write_files(root):
    tarball = npm_tarball()
    version = {
        "name": "labpackage",
        "version": "1.0.0",
        "dist": {
            "tarball": "https://packages.example.org/npm/labpackage/-/labpackage-1.0.0.tgz",
            "integrity": "sha512-" + base64.b64encode(hashlib.sha512(tarball).digest()).decode(),
        },
    }
    packument = {
        "name": "labpackage",
        "dist-tags": {"latest": "1.0.0"},
        "versions": {"1.0.0": version},
    }
    packed_wheel = wheel()
    wheel_hash = hashlib.sha256(packed_wheel).hexdigest()
    link = f'<a href="/files/labwheel-1.0-py3-none-any.whl#sha256={wheel_hash}">labwheel</a>'
    files = {
        "index.html": b"<html><body>the lab's origin</body></html>\n",
        "big": b"0123456789abcdef" * (BIG_BYTES // 16),
        "simple/labwheel/index.html": f"<!DOCTYPE html><html><body>{link}</body></html>".encode(),
        "files/labwheel-1.0-py3-none-any.whl": packed_wheel,
        "npm/labpackage/index.json": json.dumps(packument).encode(),
        "npm/labpackage/-/labpackage-1.0.0.tgz": tarball,
    }
    for name, data in files.items():
        path = f"{root}/{name}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)


def _make_repository(lab, root):
    work = lab.make_folder("git-work")
    environment = lab.client_environment(
        GIT_AUTHOR_NAME="lab",
        GIT_AUTHOR_EMAIL="lab@example.org",
        GIT_COMMITTER_NAME="lab",
        GIT_COMMITTER_EMAIL="lab@example.org",
    )
    lab_module.run("/usr/bin/git", "init", "-q", "-b", "main", work, env=environment)
    with open(f"{work}/README", "w", encoding="ascii") as file:
        file.write("the lab's repository\n")
    lab_module.run("/usr/bin/git", "-C", work, "add", "README", env=environment)
    lab_module.run("/usr/bin/git", "-C", work, "commit", "-q", "-m", "first", env=environment)
    lab_module.run(
        "/usr/bin/git", "clone", "-q", "--bare", work, f"{root}/repository.git", env=environment
    )
    lab_module.run("chown", "-R", "www-data:www-data", f"{root}/repository.git")


_STS = (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
    "<GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/lab</Arn>"
    "<UserId>lab</UserId><Account>111122223333</Account>"
    "</GetCallerIdentityResult></GetCallerIdentityResponse>"
)

_NGINX = """
user www-data;
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log {folder}/access.log;
  include /etc/nginx/mime.types;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  ssl_certificate {certificates}/origin.pem;
  ssl_certificate_key {certificates}/origin.key;
  server {{
    listen {web}:443 ssl http2 default_server;
    listen {benchmarking}:443 ssl http2 default_server;
    listen [{web_v6}]:443 ssl http2 default_server;
    root {folder}/root;
    location / {{ index index.html; }}
    location = /npm/labpackage {{
      default_type application/json;
      try_files /npm/labpackage/index.json =404;
    }}
    location ~ ^/git(/.*)$ {{
      include /etc/nginx/fastcgi_params;
      fastcgi_param SCRIPT_FILENAME /usr/lib/git-core/git-http-backend;
      fastcgi_param GIT_PROJECT_ROOT {folder}/git;
      fastcgi_param GIT_HTTP_EXPORT_ALL 1;
      fastcgi_param PATH_INFO $1;
      fastcgi_pass unix:{folder}/git.sock;
    }}
  }}
  server {{
    listen {web}:443 ssl http2;
    server_name sts.us-east-1.amazonaws.com;
    location / {{ default_type text/xml; return 200 '{sts}'; }}
  }}
  server {{
    listen {web}:443 ssl http2;
    server_name api.sagemaker.us-east-1.amazonaws.com;
    location / {{ default_type application/x-amz-json-1.1; return 200 '{{"Endpoints": []}}'; }}
  }}
}}
"""


# A change of user clears the signal at the parent's death; it is set again.
AS_WWW_DATA = [
    "/usr/bin/setpriv",
    "--reuid",
    "www-data",
    "--regid",
    "www-data",
    "--clear-groups",
    "--pdeathsig",
    "TERM",
]


def start_web(lab):
    """nginx on WEB, WEB_V6 and BENCHMARKING, port 443."""
    folder = lab.make_folder("web")
    os.mkdir(f"{folder}/root")
    os.mkdir(f"{folder}/git")
    _write_files(f"{folder}/root")
    _make_repository(lab, f"{folder}/git")
    lab.start(
        "/usr/bin/spawn-fcgi",
        "-n",
        "-s",
        f"{folder}/git.sock",
        "-M",
        "0666",
        "--",
        *AS_WWW_DATA,
        "/usr/sbin/fcgiwrap",
    )
    with open(f"{folder}/conf", "w", encoding="ascii") as file:
        file.write(
            _NGINX.format(
                folder=folder,
                certificates=lab.certificates,
                web=lab_module.WEB,
                web_v6=lab_module.WEB_V6,
                benchmarking=lab_module.BENCHMARKING,
                sts=_STS,
            )
        )
    lab.start("/usr/sbin/nginx", "-e", f"{folder}/error.log", "-c", f"{folder}/conf")
    lab_module.wait_until(lambda: _answers(lab), what="nginx")


def _answers(lab):
    asked = subprocess.run(
        [
            "/usr/bin/curl",
            "-s",
            "--cacert",
            lab.ca,
            "--resolve",
            f"www.example.org:443:{lab_module.WEB}",
            "https://www.example.org/",
        ],
        env={"PATH": lab_module.CLEAN_PATH},
        capture_output=True,
        check=False,
    )
    return asked.returncode == 0
