"""botocore's service models: where they lie, and the host that an endpoint rule set makes of a
region."""

import gzip
import json
import os
import re
import subprocess


class Tree:
    """Files below botocore/data, from a directory or from a git directory."""

    def __init__(self, path):
        self.git = None
        if os.path.isdir(os.path.join(path, ".git")):
            path = os.path.join(path, ".git")
        if os.path.exists(os.path.join(path, "HEAD")) and os.path.isdir(
            os.path.join(path, "objects")
        ):
            self.git = ["git", "--git-dir=" + path]
            out = subprocess.run(
                self.git + ["ls-tree", "-r", "-z", "HEAD", "botocore/data"],
                capture_output=True,
                check=True,
            ).stdout.decode()
            self.files = {
                p[len("botocore/data/") :]: meta.split()[2]
                for meta, _, p in (e.partition("\t") for e in out.split("\0") if e)
            }
            init = subprocess.run(
                self.git + ["show", "HEAD:botocore/__init__.py"], capture_output=True
            ).stdout.decode()
        else:
            self.files = {}
            for d, _, fs in os.walk(path):
                for f in fs:
                    full = os.path.join(d, f)
                    self.files[os.path.relpath(full, path).replace(os.sep, "/")] = full
            try:
                init = open(os.path.join(path, "..", "__init__.py"), encoding="utf-8").read()
            except OSError:
                init = ""
        m = re.search(r"__version__ = '([^']+)'", init)
        self.version = m.group(1) if m else "unknown"

    def load(self, name):
        for n in (name, name + ".gz"):
            if n in self.files:
                raw = (
                    subprocess.run(
                        self.git + ["cat-file", "blob", self.files[n]], capture_output=True
                    ).stdout
                    if self.git
                    else open(self.files[n], "rb").read()
                )
                if not raw:
                    return None
                return json.loads(gzip.decompress(raw) if n.endswith(".gz") else raw)
        return None

    def services(self):
        out = {}
        for f in self.files:
            p = f.split("/")
            if len(p) == 3 and p[2] in ("service-2.json", "service-2.json.gz"):
                out[p[0]] = max(out.get(p[0], ""), p[1])
        return sorted(out.items())


def endpoint(rules, partitions, region):
    """(URL, signing region) of a rule set without FIPS and dual-stack, or None where it asks for
    more than a region."""
    params = {"Region": region, "UseFIPS": False, "UseDualStack": False}
    for k, p in rules["parameters"].items():
        if k not in params and "default" in p:
            params[k] = p["default"]

    def partition(r):
        for p in partitions["partitions"]:
            if r in p["regions"] or re.match(p["regionRegex"], r):
                o = dict(p["outputs"])
                o["name"] = p["id"]
                o.update({k: v for k, v in p["regions"].get(r, {}).items() if k != "description"})
                return o

    def val(a, env):
        if isinstance(a, dict):
            if "ref" in a:
                return env.get(a["ref"])
            return call(a, env)
        if isinstance(a, str):
            return re.sub(r"\{([^{}]+)\}", lambda m: str(tmpl(m.group(1), env)), a)
        return a

    def tmpl(x, env):
        n, _, attr = x.partition("#")
        v = env.get(n)
        return get(v, attr) if attr else v

    def get(v, path):
        for part in re.findall(r"[^.\[\]]+|\[\d+\]", path):
            if v is None:
                return None
            if part[0] == "[":
                i = int(part[1:-1])
                v = v[i] if i < len(v) else None
            else:
                v = v.get(part)
        return v

    def call(f, env):
        fn, a = f["fn"], f["argv"]
        if fn == "isSet":
            return (
                env.get(a[0]["ref"]) is not None if "ref" in a[0] else call(a[0], env) is not None
            )
        x = [val(i, env) for i in a]
        if fn == "not":
            return not x[0]
        if fn in ("booleanEquals", "stringEquals"):
            return x[0] == x[1]
        if fn == "getAttr":
            return get(x[0], x[1])
        if fn == "aws.partition":
            return partition(x[0])
        if fn == "isValidHostLabel":
            return bool(
                re.fullmatch(
                    r"[A-Za-z0-9][A-Za-z0-9-]{0,62}"
                    if not x[1]
                    else r"[A-Za-z0-9][A-Za-z0-9.-]*",
                    x[0] or "",
                )
            )
        if fn == "coalesce":
            return next((i for i in x if i is not None), None)
        return None  # parseURL, parseArn, substring...: need request parameters, none given

    def walk(rs, env):
        for r in rs:
            e = dict(env)
            ok = True
            for c in r["conditions"]:
                v = call(c, e)
                if v is None or v is False:
                    ok = False
                    break
                if "assign" in c:
                    e[c["assign"]] = v
            if not ok:
                continue
            if r["type"] == "endpoint":
                ep = r["endpoint"]
                auth = (ep.get("properties", {}).get("authSchemes") or [{}])[0]
                return val(ep["url"], e), val(auth.get("signingRegion") or "", e)
            if r["type"] == "error":
                return None
            return walk(r["rules"], e)
        return None

    return walk(rules["rules"], params)


def literals(node, key, out):
    """Adds all constant texts under a key, at any depth."""
    if isinstance(node, dict):
        for k, v in node.items():
            if k == key and isinstance(v, str) and "{" not in v:
                out.add(v)
            else:
                literals(v, key, out)
    elif isinstance(node, list):
        for v in node:
            literals(v, key, out)
    return out
