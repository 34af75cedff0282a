#!/usr/bin/env python3
"""How exactly the gate tells the operations of AWS: every operation that the installed botocore
knows is built and signed by botocore itself, never sent, and read by the probe.

usage: exactness.py PROBE [--full] [--list]

--full   fills every member, else those that are required; --list names what is not right.
Debian's python3 has botocore 1.29 (python3-botocore); any other python3 that has one will do.

Printed per protocol: the operations, those told, those right. Right: the operation is among the
candidates, alone or with others of the same IAM actions, or botocore's name for it is retired and
another one has the same request. Exit status 1 if fewer than 97 % are told, or one is told wrong.
"""

import argparse
import collections
import pathlib
import re
import subprocess
import sys
import warnings

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.loaders
import botocore.model
import botocore.serialize
import botocore.session

from dummies import dummy

REGION = "us-west-2"
TOLD_PERCENT_MIN = 97
OPERATIONS = pathlib.Path(__file__).resolve().parents[3] / "policy/aws/data/operations.tsv"
# Made up; put together here so that nothing that scans for secrets finds one.
CREDENTIALS = botocore.credentials.Credentials("AKIA" + "RZPUZDIKAAAAAAAA", "x" * 40)

Asked = collections.namedtuple("Asked", "protocol service operation line")
Answer = collections.namedtuple("Answer", "state names actions region account")


def endpoint_of(model, loader, session):
    """The endpoint of a service, and with it the path that some have."""
    try:
        from botocore.endpoint_provider import EndpointProvider

        rules = loader.load_service_model(model.service_name, "endpoint-rule-set-1")
        provider = EndpointProvider(rules, loader.load_data("partitions"))
        return provider.resolve_endpoint(Region=REGION, UseFIPS=False, UseDualStack=False).url
    except Exception:  # the rules ask for an account or a bucket, or there are none
        resolver = session.get_component("endpoint_resolver")
        found = resolver.construct_endpoint(model.endpoint_prefix, REGION)
        name = model.endpoint_prefix + "." + REGION + ".amazonaws.com"
        return "https://" + (found["hostname"] if found else name)


def url_of(model, operation, loader, session):
    if model.service_name == "s3" and operation.name == "ListDirectoryBuckets":
        return "https://s3express-control.%s.amazonaws.com" % REGION
    if model.service_name == "s3" and operation.name == "WriteGetObjectResponse":
        return "https://s3-object-lambda.%s.amazonaws.com" % REGION
    return endpoint_of(model, loader, session)


def sign(request, model, operation):
    if operation.auth_type == "none":
        return
    is_s3 = model.signing_name == "s3"
    signer = botocore.auth.S3SigV4Auth if is_s3 else botocore.auth.SigV4Auth
    signer(CREDENTIALS, model.signing_name, REGION).add_auth(request)


def asked_of(model, operation, is_full, loader, session):
    shape = operation.input_shape
    parameters = dummy(shape, is_full) if shape else {}
    protocol = getattr(model, "resolved_protocol", None) or model.metadata["protocol"]
    serializer = botocore.serialize.create_serializer(protocol, include_validation=False)
    request = serializer.serialize_to_request(parameters, operation)
    botocore.awsrequest.prepare_request_dict(
        request, endpoint_url=url_of(model, operation, loader, session)
    )
    request = botocore.awsrequest.create_request_object(request)
    sign(request, model, operation)
    request = request.prepare()
    fields = []
    for name, value in request.headers.items():
        value = value.decode() if isinstance(value, bytes) else str(value)
        fields.append("%s: %s" % (name, re.sub(r"[\t\n\x1f]", " ", value)))
    body = request.body or b""
    body = body.read() if hasattr(body, "read") else body
    body = body.encode() if isinstance(body, str) else bytes(body)
    signing_name = "" if operation.auth_type == "none" else model.signing_name
    cells = [request.method, request.url, signing_name, "\x1f".join(fields), body.hex()]
    return Asked(protocol, model.service_name, operation.name, "\t".join(cells))


def all_asked(is_full, counts):
    loader, session = botocore.loaders.Loader(), botocore.session.Session()
    for name in loader.list_available_services("service-2"):
        model = botocore.model.ServiceModel(loader.load_service_model(name, "service-2"), name)
        for operation_name in model.operation_names:
            operation = model.operation_model(operation_name)
            try:
                yield asked_of(model, operation, is_full, loader, session)
            except Exception as error:  # botocore cannot build it from made-up values
                counts["not built: " + type(error).__name__] += 1


def answers_of(probe, asked):
    text = "".join(one.line + "\n" for one in asked)
    run = subprocess.run([probe], input=text, capture_output=True, text=True, check=True)
    for line in run.stdout.splitlines():
        state, names, actions, region, account = line.split("\t")
        yield Answer(state, names.split(), set(actions.split()), region, account)


def retired_names():
    """Names of operations whose requests are another operation's today, by the tables."""
    names, service = set(), ""
    for line in OPERATIONS.read_text(encoding="utf-8").splitlines():
        cells = line.split("\t")
        if line.startswith("="):
            service = line[1:]
        elif len(cells) == 9:  # the column `old`
            names.add("%s.%s" % (service, cells[0]))
    return names


def verdict(one, answer, retired):
    wanted = "%s.%s" % (one.service, one.operation)
    if answer.state != "told":
        return "not told"
    if answer.names == [wanted]:
        return "right"
    if wanted in answer.names:
        return "several, one action" if len(answer.actions) <= 1 else "several"
    is_renamed = wanted in retired and answer.names[0].startswith(one.service + ".")
    return "newer name" if is_renamed else "wrong"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("probe")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")

    counts = collections.Counter()
    retired = retired_names()
    asked = list(all_asked(options.full, counts))
    verdicts = collections.defaultdict(collections.Counter)
    for one, answer in zip(asked, answers_of(options.probe, asked), strict=True):
        result = verdict(one, answer, retired)
        verdicts[one.protocol][result] += 1
        if options.list and result != "right":
            print(result, one.service, one.operation, answer.names, *one.line.split("\t")[:2])
    print("botocore", botocore.__version__, dict(counts))
    total = collections.Counter()
    for protocol, results in sorted(verdicts.items()):
        print("%-20s %6d  %s" % (protocol, sum(results.values()), dict(results)))
        total += results
    told = sum(total.values()) - total["not told"]
    percent = 100 * told / sum(total.values())
    print("all %d, told %d (%.2f %%), %s" % (sum(total.values()), told, percent, dict(total)))
    return 1 if percent < TOLD_PERCENT_MIN or total["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
