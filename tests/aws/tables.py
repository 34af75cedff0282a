#!/usr/bin/env python3
"""What becomes of requests to AWS: the rows of tests/data/aws/*.yaml, each one decided by the gate.

usage: tables.py BINARY [FILE...]    prints what differs; the last line is `N passed, N failed`

A file has `policy:` and `rows:`. Each row becomes a line of `sallyport test --requests` (DESIGN.md,
Command line; bodies go there as bytes). Its keys:

  name     what the row shows
  request  "PUT https://bucket.s3.us-east-1.amazonaws.com/key"; CONNECT takes host:port
  by       who signs, in which form (signers.py): ours (the default), foreign-query, none, or a list
  scope    SERVICE/REGION of the credential, where it is not the host's
  token    whose session token is sent; the key id is then that of a session
  headers  a list of field lines
  target   X-Amz-Target, with JSON
  json     the body: a mapping, or its text
  form     the body of the Query protocol: a mapping, or its text
  xml      the body of S3 and its like
  cbor     the body of Smithy's RPC: a mapping
  post     the fields of a form that is posted to S3; a file follows them
  body     the body, as it is, without a Content-Type
  pad      how many spaces stand behind the body
  allow    the rule that must let it pass; or
  block    the reason for which it must be blocked
  rule, after, aws                                as in a tests file, where they tell something
  sni, client, time, address, first_bytes         as in a tests file

`<ours>`, `<foreign>`, `<old>` ... in request, headers and body stand for their key ids,
`<ours-scope>` for the credential with its scope, `<ours-scope-encoded>` as it stands in a query;
other ids, and those in a policy, are written PREFIX~TAIL.
"""

import base64
import gzip
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.parse

import yaml

import signers

DATA = pathlib.Path(__file__).resolve().parents[1] / "data" / "aws"
PASSED_ON = ("sni", "client", "time", "address", "first_bytes")
EXPECTED = ("rule", "after", "aws")
KEYS = {"name", "request", "by", "scope", "token", "headers", "target", "json", "form", "xml",
        "cbor", "post", "body", "pad", "allow", "block", *EXPECTED, *PASSED_ON}
BOUNDARY = "sallyport"


class Request:
    """One that is put together; `fields` are those of a form that a browser posts."""

    def __init__(self, row):
        self.method, _, self.url = row["request"].partition(" ")
        self.headers = []
        self.body = None
        self.fields = {}

    @property
    def host(self):
        return re.split(r"[/?#:]", self.url.partition("://")[2] or self.url)[0]

    def add_query(self, words):
        text = urllib.parse.urlencode(words)
        self.url += ("&" if "?" in self.url else "?") + text

    def add_body(self, content_type, text):
        if content_type and not any(line.lower().startswith("content-type:")
                                    for line in self.headers):
            self.headers.append(f"Content-Type: {content_type}")
        if "Content-Encoding: gzip" in self.headers:
            text = gzip.compress(text.encode(), mtime=0).decode("latin-1")
        self.body = text


class Words:
    """Puts key ids for the words that stand for them."""

    def __init__(self, scope):
        self.words = {"<old>": signers.key_id("old")}
        for who in signers.ACCOUNTS:
            self.words[f"<{who}>"] = signers.key_id(who)
        service, _, region = scope.partition("/")
        for word, key in list(self.words.items()):
            credential = f"{key}/{signers.DATE}/{region}/{service}/aws4_request"
            self.words[f"{word[:-1]}-scope>"] = credential
            self.words[f"{word[:-1]}-scope-encoded>"] = urllib.parse.quote(credential, safe="")

    def fill(self, text):
        for word, value in self.words.items():
            text = text.replace(word, value)
        return re.sub(r"\b(A[A-Z]{3})~", r"\1", text)


def text_of(value, write):
    return value if isinstance(value, str) else write(value)


def add_body(request, row):
    if "json" in row:
        request.add_body("application/x-amz-json-1.1" if "target" in row else "application/json",
                         text_of(row["json"], json.dumps))
    elif "form" in row:
        request.add_body("application/x-www-form-urlencoded",
                         text_of(row["form"], urllib.parse.urlencode))
    elif "xml" in row:
        request.add_body("application/xml", row["xml"])
    elif "cbor" in row:
        request.headers.append("smithy-protocol: rpc-v2-cbor")
        request.add_body("application/cbor", cbor(row["cbor"]).decode("latin-1"))
    elif "body" in row:
        request.add_body(None, row["body"])
    elif "target" in row:
        request.add_body("application/x-amz-json-1.1", "{}")


def cbor(value):
    """RFC 8949, of what the rows hold: maps, lists, text and whole numbers."""
    def head(major, number):
        if number < 24:
            return bytes([major << 5 | number])
        return bytes([major << 5 | 25]) + number.to_bytes(2, "big")

    if isinstance(value, dict):
        return head(5, len(value)) + b"".join(cbor(key) + cbor(each)
                                              for key, each in value.items())
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    return head(0, value)


def multipart(fields):
    """The fields in their order, then the file."""
    parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'
             for name, value in fields.items()]
    parts.append('Content-Disposition: form-data; name="file"; filename="notes.txt"\r\n'
                 "Content-Type: text/plain\r\n\r\nsome notes")
    lines = "".join(f"--{BOUNDARY}\r\n{part}\r\n" for part in parts)
    return f"{lines}--{BOUNDARY}--\r\n"


def expand(row):
    """A row as a line of `--requests`."""
    if unknown := set(row) - KEYS:
        raise ValueError(f"{row.get('name')}: unknown keys {sorted(unknown)}")
    if ("allow" in row) == ("block" in row):
        raise ValueError(f"{row['name']}: expects neither or both of `allow` and `block`")
    request = Request(row)
    request.headers += row.get("headers", [])
    if "target" in row:
        request.headers.append(f"X-Amz-Target: {row['target']}")
    add_body(request, row)
    scope = row.get("scope", signers.scope_of(request.host))
    by = row.get("by", "none" if request.method == "CONNECT" else "ours")
    for each in by if isinstance(by, list) else [by]:
        signers.sign(request, each, scope, row.get("token"))
    if "post" in row:
        request.add_body(f"multipart/form-data; boundary={BOUNDARY}",
                         multipart({**row["post"], **request.fields}))
    if "pad" in row:
        request.body += " " * row["pad"]
    words = Words(scope)
    line = {key: row[key] for key in PASSED_ON if key in row}
    line.update(id=row["name"], method=request.method, url=words.fill(request.url))
    line["headers"] = [[part.strip(" ") for part in words.fill(field).split(":", 1)]
                       for field in request.headers]
    if request.body is not None:
        is_binary = "cbor" in row or "Content-Encoding: gzip" in request.headers
        encoding = "latin-1" if is_binary else "utf-8"
        line["body_base64"] = base64.b64encode(words.fill(request.body).encode(encoding)).decode()
    return line


def sorted_text(value):
    return sorted(value) if isinstance(value, list) else [value]


def differences(row, answer):
    """What of the gate's answer is not as the row has it: (what, expected, got)."""
    expected = {"decision": "allow", "reason": "allowed", "rule": row.get("allow")}
    if "block" in row:
        expected = {"decision": "block", "reason": row["block"]}
    expected.update({key: row[key] for key in ("rule", "after") if key in row})
    for key, value in expected.items():
        if (answer.get(key) or "") != value:
            yield key, value, answer.get(key)
    shown = answer.get("aws", {})
    for key, value in row.get("aws", {}).items():
        if sorted_text(shown.get(key, [])) != sorted_text(value):
            yield f"aws.{key}", value, shown.get(key)


def decide(binary, policy, rows):
    """The gate's answers, one a row. The policy names no file that `test` reads."""
    with tempfile.TemporaryDirectory() as folder:
        config, requests = pathlib.Path(folder, policy.name), pathlib.Path(folder, "rows.jsonl")
        config.write_text(policy.read_text(encoding="utf-8").replace("~", ""), encoding="utf-8")
        requests.write_text("".join(json.dumps(expand(row)) + "\n" for row in rows),
                            encoding="utf-8")
        run = subprocess.run([binary, "test", "--config", config, "--requests", requests],
                             check=False, stdout=subprocess.PIPE, encoding="utf-8")
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    if run.returncode or [answer["id"] for answer in answers] != [row["name"] for row in rows]:
        raise RuntimeError(f"{policy}: the gate did not decide all rows")
    return answers


def judge(binary, file):
    """Prints what differs in a file of rows; (passed, failed)."""
    table = yaml.safe_load(file.read_text(encoding="utf-8"))
    rows = table["rows"]
    names = [row["name"] for row in rows]
    if len(set(names)) < len(names):
        raise ValueError(f"{file.name}: names must differ")
    failed = 0
    for row, answer in zip(rows, decide(binary, file.parent / table["policy"], rows)):
        wrong = list(differences(row, answer))
        failed += bool(wrong)
        for what, expected, got in wrong:
            print(f"{file.name}: {row['name']}: {what}: expected {expected!r}, got {got!r}")
    return len(rows) - failed, failed


def row_files():
    return [file for file in sorted(DATA.glob("*.yaml")) if "\nrows:" in file.read_text()]


def main(arguments):
    if not arguments:
        print(__doc__.split("\n\n")[1], file=sys.stderr)
        return 2
    binary, *names = arguments
    passed = failed = 0
    for file in [pathlib.Path(name).resolve() for name in names] or row_files():
        counts = judge(binary, file)
        passed += counts[0]
        failed += counts[1]
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
