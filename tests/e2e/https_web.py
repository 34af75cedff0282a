"""A web server of TLS with what everyday clients ask for, each thing under /open/ and again under
/closed/: a page, a Python index with its wheel, an npm registry, and a git repository by
`git http-backend`. It remembers each request that reached it."""
import base64
import hashlib
import json
import os
import subprocess

import lab as lab_module
import servers
from http_origin import answer
from interception import TlsHttpOrigin, sign_for

PAGE = "<html><body>the lab's page</body></html>\n"
_WHEEL = "labwheel-1.0-py3-none-any.whl"
_BACKEND = "/usr/lib/git-core/git-http-backend"


class HttpsWeb(TlsHttpOrigin):
    """A context manager, as every origin. `names`: more that lead to it."""

    def __init__(self, lab, names=()):
        self._git_folder = _make_repositories(lab)
        self._git_lines = lab.client_environment(
            GIT_PROJECT_ROOT=self._git_folder, GIT_HTTP_EXPORT_ALL="1"
        )
        certificate = sign_for(lab, ["*.example.org", *names])
        super().__init__(lab, self._answer, certificate=certificate)
        for name in names:
            lab.names.set(name, self.address)
        self._files = {
            f"/{folder}{path}": file
            for folder in ("open", "closed")
            for path, file in self._make_files(folder).items()
        }

    def url(self, path):
        return f"https://{self.name}{path}"

    def asked(self, start=0):
        """(method, target) of each request that reached it."""
        return [(each.method, each.target) for each in self.requests[start:]]

    def git(self, *arguments):
        """What git says of the open repository as it lies here."""
        where = f"{self._git_folder}/open/lab.git"
        return lab_module.run("git", "-c", "safe.directory=*", "-C", where, *arguments)

    def _make_files(self, folder):
        packed, tarball = servers.wheel(), servers.npm_tarball()
        digest = hashlib.sha256(packed).hexdigest()
        link = "<!DOCTYPE html><html><body><a href='/{}/files/{}#sha256={}'>{}</a></body></html>"
        integrity = "sha512-" + base64.b64encode(hashlib.sha512(tarball).digest()).decode()
        version = {
            "name": "labpackage",
            "version": "1.0.0",
            "dist": {"tarball": self.url(f"/{folder}/npm/lab.tgz"), "integrity": integrity},
        }
        packument = {
            "name": "labpackage",
            "dist-tags": {"latest": "1.0.0"},
            "versions": {"1.0.0": version},
        }
        return {
            "/page": ("text/html", PAGE.encode()),
            "/simple/labwheel/": ("text/html", link.format(folder, _WHEEL, digest, _WHEEL)),
            # An index that is open, of files that are not.
            "/astray/labwheel/": ("text/html", link.format("closed", _WHEEL, digest, _WHEEL)),
            f"/files/{_WHEEL}": ("application/zip", packed),
            "/npm/labpackage": ("application/json", json.dumps(packument)),
            "/npm/lab.tgz": ("application/octet-stream", tarball),
        }

    def _answer(self, request):
        path, _, query = request.target.partition("?")
        if "/lab.git/" in path:
            return self._git_answer(request, path, query)
        if path not in self._files:
            return answer("no such file", "404 Not Found")
        kind, data = self._files[path]
        whole = answer(data, fields=f"Content-Type: {kind}\r\n")
        return whole.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if request.method == "HEAD" else whole

    def _git_answer(self, request, path, query):
        """By CGI (RFC 3875)."""
        variables = {
            **self._git_lines,
            "REQUEST_METHOD": request.method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": request.get("Content-Type") or "",
            "CONTENT_LENGTH": str(len(request.body)),
            "HTTP_CONTENT_ENCODING": request.get("Content-Encoding") or "",
            "GIT_PROTOCOL": request.get("Git-Protocol") or "",
        }
        told = subprocess.run([_BACKEND], input=request.body, env=variables, capture_output=True)
        head, _, body = told.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        status = fields.pop("Status", "200 OK")
        fields.pop("Content-Length", None)
        return answer(body, status, "".join(f"{name}: {fields[name]}\r\n" for name in fields))


def _make_repositories(lab):
    folder = lab.make_folder("https-git")
    for name in ("open", "closed"):
        bare = f"{folder}/{name}/lab.git"
        lab_module.run("git", "init", "-q", "--bare", "-b", "main", bare)
        lab_module.run("git", "-C", bare, "config", "http.receivepack", "true")
        lab_module.run(
            *["git", "-C", bare, "fast-import", "--quiet"],
            input="commit refs/heads/main\ncommitter lab <lab@example.org> 1700000000 +0000\n"
            "data 5\nfirstM 644 inline README\ndata 21\nthe lab's repository\n",
        )
        lab_module.run("git", "-C", bare, "update-server-info")
        assert os.path.isdir(bare)
    return folder
