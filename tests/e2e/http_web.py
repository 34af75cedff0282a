"""A web server of plain HTTP with what everyday clients ask for: pages, ranges, uploads, a signed
apt repository, a Python index and an npm registry whose files lie on another host, and git by
`git http-backend`. nginx, on an address of its own, port 80; it logs each request line as it came.
"""
import base64
import hashlib
import json
import os
import subprocess
import textwrap

import lab as lab_module
import servers

# What it is asked for by; the policy of the tests allows these.
WEB, FILES, GIT = "plain.example.org", "files-plain.example.org", "git-plain.example.org"
BLOCKED = "evil.example.net"
PAGE = b"<html><body>the lab's origin of plain HTTP</body></html>\n"
BIG = hashlib.shake_256(b"big").digest(1 << 20)
DEBS = ["labdeb-a", "labdeb-b", "labdeb-c"]

_NGINX = """
user www-data;
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  log_format heads '$host "$request" $status "$http_content_encoding" '
                   '"$http_transfer_encoding" "$http_via" $connection';
  access_log {folder}/access.log heads;
  include /etc/nginx/mime.types;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  client_max_body_size 0;
  keepalive_timeout 5s;
  server {{
    listen {address}:80 default_server;
    root {folder}/root;
    location = /posted {{ return 200 "posted $content_length bytes of $content_type\\n"; }}
    location /upload/ {{ dav_methods PUT DELETE; create_full_put_path on; }}
    location = /npm/labpackage {{ try_files /npm/labpackage.json =404; }}
    location = /npm/@lab/pkg {{ try_files /npm/scoped.json =404; }}
    location = /api {{ default_type application/json; return 200 '{{"kind":"APIVersions"}}'; }}
    location ~ ^/git(/.*)$ {{
      include /etc/nginx/fastcgi_params;
      fastcgi_param SCRIPT_FILENAME /usr/lib/git-core/git-http-backend;
      fastcgi_param GIT_PROJECT_ROOT {folder}/git;
      fastcgi_param GIT_HTTP_EXPORT_ALL 1;
      fastcgi_param PATH_INFO $1;
      fastcgi_pass unix:{folder}/git.sock;
    }}
  }}
}}
"""


class HttpWeb:
    """The running server; `root` is what it serves, `uploads` what was put."""

    def __init__(self, lab):
        self.lab = lab
        _, self.address = lab.next_origin()
        for name in (WEB, FILES, GIT):
            lab.names.set(name, self.address)
        self.folder = lab.make_folder("http-web")
        self.root, self.uploads = f"{self.folder}/root", f"{self.folder}/root/upload"
        for name in ("root/upload", "git"):
            os.makedirs(f"{self.folder}/{name}")
        lab_module.run("chown", "www-data:www-data", self.uploads)
        self.write("index.html", PAGE)
        self.write("big", BIG)
        self._write_index()
        self._write_registry()
        self.apt_key = self._write_debs()
        self._make_repository()
        self._start()

    def write(self, name, data):
        path = f"{self.root}/{name}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)

    def requests(self):
        """The lines of the log: host, "request line", status, "content-encoding", ..."""
        with open(f"{self.folder}/access.log", encoding="utf-8") as file:
            return file.read().splitlines()

    def uploaded(self, name):
        with open(f"{self.uploads}/{name}", "rb") as file:
            return file.read()

    def _write_index(self):
        wheel, name = servers.wheel(), "labwheel-1.0-py3-none-any.whl"
        digest = hashlib.sha256(wheel).hexdigest()
        for folder, host in [("simple", FILES), ("simple-of-blocked-files", BLOCKED)]:
            link = f'<a href="http://{host}/files/{name}#sha256={digest}">{name}</a>'
            page = f"<!DOCTYPE html><html><body>{link}</body></html>"
            self.write(f"{folder}/labwheel/index.html", page.encode())
        self.write(f"files/{name}", wheel)

    def _write_registry(self):
        tarball = servers.npm_tarball()
        integrity = "sha512-" + base64.b64encode(hashlib.sha512(tarball).digest()).decode()
        for name, file in [("labpackage", "labpackage"), ("@lab/pkg", "scoped")]:
            version = {
                "name": name,
                "version": "1.0.0",
                "dist": {"tarball": f"http://{FILES}/npm/{file}.tgz", "integrity": integrity},
            }
            packument = {
                "name": name,
                "dist-tags": {"latest": "1.0.0"},
                "versions": {"1.0.0": version},
            }
            self.write(f"npm/{file}.json", json.dumps(packument).encode())
            self.write(f"npm/{file}.tgz", tarball)

    def _write_debs(self):
        """A flat repository with an InRelease; the path of the key that signed it."""
        folder, home = f"{self.root}/deb", self.lab.make_folder("gnupg")
        os.makedirs(folder)
        for name in DEBS:
            tree = self.lab.make_folder(name)
            os.makedirs(f"{tree}/DEBIAN")
            with open(f"{tree}/DEBIAN/control", "w", encoding="ascii") as file:
                file.write(
                    f"Package: {name}\nVersion: 1.0~1+lab\nArchitecture: all\n"
                    "Maintainer: lab <lab@example.org>\nDescription: lab\n"
                )
            with open(f"{tree}/payload", "wb") as file:
                file.write(hashlib.shake_256(name.encode()).digest(200_000))
            lab_module.run("dpkg-deb", "-Znone", "-b", tree, f"{folder}/{name}_1.0~1+lab_all.deb")
        packages = lab_module.run("dpkg-scanpackages", ".", cwd=folder).encode()
        self.write("deb/Packages", packages)
        digest = hashlib.sha256(packages).hexdigest()
        date = "Thu, 26 Nov 2026 00:00:00 UTC"
        release = f"Date: {date}\nSHA256:\n {digest} {len(packages)} Packages\n"
        self.write("deb/Release", release.encode())
        gpg = ["gpg", "--homedir", home, "--batch", "--yes", "--passphrase", ""]
        lab_module.run(*gpg, "--quick-gen-key", "lab@example.org", "ed25519", "sign", "never")
        lab_module.run(*gpg, "-o", f"{folder}/InRelease", "--clearsign", f"{folder}/Release")
        key = f"{self.folder}/lab.gpg"
        lab_module.run(*gpg, "-o", key, "--export", "lab@example.org")
        lab_module.run("gpgconf", "--homedir", home, "--kill", "all")
        return key

    def _make_repository(self):
        """Bare, with 40 branches: a fetch of all is large enough to be compressed."""
        bare = f"{self.folder}/git/repository.git"
        lab_module.run("git", "init", "-q", "--bare", "-b", "main", bare)
        lab_module.run("git", "-C", bare, "config", "http.receivepack", "true")
        stream = ""
        for number in range(40):
            name = "main" if number == 0 else f"b{number}"
            stream += textwrap.dedent(
                f"""\
                commit refs/heads/{name}
                committer lab <lab@example.org> {1_700_000_000 + number} +0000
                data 1
                x
                M 644 inline README
                data 3
                {number:03}
                """
            )
        lab_module.run("git", "-C", bare, "fast-import", "--quiet", input=stream)
        lab_module.run("chown", "-R", "www-data:www-data", bare)

    def git(self, *arguments):
        """What git says of the repository as it lies on the server."""
        bare = f"{self.folder}/git/repository.git"
        return lab_module.run("git", "-c", "safe.directory=*", "-C", bare, *arguments)

    def _start(self):
        self.lab.start(
            "/usr/bin/spawn-fcgi",
            "-n",
            "-s",
            f"{self.folder}/git.sock",
            "-M",
            "0666",
            "--",
            *servers.AS_WWW_DATA,
            "/usr/sbin/fcgiwrap",
        )
        with open(f"{self.folder}/conf", "w", encoding="ascii") as file:
            file.write(_NGINX.format(folder=self.folder, address=self.address))
        self.lab.start(
            "/usr/sbin/nginx", "-e", f"{self.folder}/error.log", "-c", f"{self.folder}/conf"
        )
        url = f"http://{self.address}/"
        asks = ["curl", "-sf", url]
        environment = {"PATH": lab_module.CLEAN_PATH}
        lab_module.wait_until(
            lambda: subprocess.run(asks, env=environment, capture_output=True).returncode == 0,
            what="nginx",
        )
