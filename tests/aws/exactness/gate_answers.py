"""What the gate tells of requests: `sallyport test --requests` (DESIGN.md, Command line)."""

import base64
import collections
import json
import pathlib
import subprocess
import tempfile

# Everything is asked about what a request shows, so that bodies are read; and all of it may pass.
POLICY = """\
version: 1
interception: {ca_certificates: [ca.pem], ca_private_key: ca.key}
organization: {accounts: ["111122223333"]}
rules:
  - name: all
    hosts: ["*"]
    multi_tenant: accept
    aws:
      principal_accounts: any
      resource_accounts: any
      referenced_accounts: any
      buckets: any
      actions: ["*"]
      signatures: [sigv4, sigv4-query, sigv4a, sigv2, s3-post, s3express, bearer, basic, federation]
      unsigned: ["*"]
"""

# `aws`: service, region, operation, actions, principal_account: what is shown of each.
Answer = collections.namedtuple("Answer", "reason aws")


def line_of(number, built):
    return json.dumps({
        "id": number,
        "method": built.method,
        "url": built.url,
        "headers": built.fields,
        "body_base64": base64.b64encode(built.body).decode(),
    })


def answers_of(binary, requests):
    """The gate's answers, one a request, in the same order."""
    with tempfile.TemporaryDirectory() as folder:
        policy, lines = pathlib.Path(folder, "policy.yaml"), pathlib.Path(folder, "lines.jsonl")
        policy.write_text(POLICY, encoding="utf-8")
        lines.write_text(
            "".join(line_of(number, each) + "\n" for number, each in enumerate(requests)),
            encoding="utf-8",
        )
        run = subprocess.run(
            [binary, "test", "--config", policy, "--requests", lines],
            check=False, stdout=subprocess.PIPE, encoding="utf-8",
        )
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    if run.returncode or [each["id"] for each in answers] != list(range(len(requests))):
        raise RuntimeError("the gate did not answer all requests")
    return [Answer(each["reason"], each.get("aws", {})) for each in answers]
