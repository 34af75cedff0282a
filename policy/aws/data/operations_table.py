#!/usr/bin/env python3
"""Writes operations_services.tsv, operations.tsv and operations_members.tsv from botocore's service
models. Deterministic; Python's standard library alone.

    operations_table.py --models DIR [--also DIR] [--actions FILE] [--out DIR]

--models   a botocore data directory (botocore/data of any installation), or a git directory of
           github.com/boto/botocore, of which HEAD is read; the newest API version of each service
--also     older models, of which only what the newer ones lack is added, marked `old`: retired
           services and operations, changed URIs, other signing names; older clients send these
--actions  a list of IAM actions, one `prefix:Action` a line (all-actions.txt of
           github.com/TryTryAgain/aws-iam-actions-list): which default actions exist. Without it
           every default is written `?`
"""

import argparse
import collections
import os
import re

from iam_actions import IAM_PREFIX, Iam
from resource_members import Walker
from service_models import Tree, endpoint, literals

HERE = os.path.dirname(os.path.abspath(__file__))
REGION = "us-west-2"
AUTH = {
    "aws.auth#sigv4": "v4",
    "aws.auth#sigv4a": "v4a",
    "smithy.api#httpBearerAuth": "bearer",
    "smithy.api#noAuth": "none",
}
SERVICE_COLUMNS = (
    "service endpoint_prefix signing_names scope protocols target_prefix api_version iam_prefix "
    "auth host operations old"
)
OPERATION_COLUMNS = "#operation method uri auth iam members host_prefix needs old"


def operation_auth(operation):
    kind, schemes = operation.get("authtype"), operation.get("auth") or []
    if kind == "none" or schemes == ["smithy.api#noAuth"]:
        return "none"
    if kind == "v4-unsigned-body" or operation.get("unsignedPayload"):
        return "v4-unsigned-body"
    if kind == "bearer" or schemes == ["smithy.api#httpBearerAuth"]:
        return "bearer"
    return kind or ",".join(scheme.split("#")[-1] for scheme in schemes)


def service_auth(metadata):
    signature = metadata["signatureVersion"]
    plain = {"s3": "v4", "s3v4": "v4"}.get(signature, signature)
    return ",".join([AUTH.get(name, name) for name in metadata.get("auth", [])] or [plain])


def shape_of_uri(operation):
    """Method and template without the labels' names: what a server can tell apart."""
    uri = re.sub(r"\{[^}+]+(\+?)\}", r"{\1}", operation["http"]["requestUri"])
    return operation["http"]["method"], uri.replace("/?", "?").rstrip("/")


def first_protocol(model):
    return (model["metadata"].get("protocols") or [model["metadata"]["protocol"]])[0]


class Service:
    """One service: its newest model, else the older one, and what the older one adds."""

    def __init__(self, name, newer, older):
        self.name, (self.new, new_tree, new_version) = name, newer
        self.old, old_tree, old_version = older
        self.is_gone = self.new is None
        self.model = self.old if self.is_gone else self.new
        self.tree, self.version = (
            (old_tree, old_version) if self.is_gone else (new_tree, new_version)
        )
        self.metadata = self.model["metadata"]
        self.protocols = self.all_protocols()
        self.is_rest = self.protocols[0].startswith("rest-")

    def adds_older(self):
        return self.old is not None and not self.is_gone

    def all_protocols(self):
        protocols = list(self.metadata.get("protocols") or [self.metadata["protocol"]])
        if self.metadata.get("awsQueryCompatible") is not None and "query" not in protocols:
            protocols.append("query")  # older clients still send the query form
        if self.adds_older() and self.old["metadata"]["protocol"] not in protocols:
            protocols.append(self.old["metadata"]["protocol"])
        return protocols

    def place(self, partitions):
        """Reads the rule set: host, scope, the endpoint's own path, signing names."""
        rules = self.tree.load(f"{self.name}/{self.version}/endpoint-rule-set-1.json")
        signing = self.metadata.get("signingName", self.metadata["endpointPrefix"])
        more = literals(rules, "signingName", set()) if rules else set()
        if self.old:
            metadata = self.old["metadata"]
            more.add(metadata.get("signingName", metadata["endpointPrefix"]))
        self.signing_names = [signing] + sorted(more - {signing})
        self.iam_prefix = IAM_PREFIX.get(signing, signing)
        self.host, self.base, self.scope = "", "", "unknown"
        found = (
            endpoint(rules, partitions, REGION) if rules and partitions["partitions"] else None
        )
        if found:
            host, _, base = re.sub(r"^https?://", "", found[0]).partition("/")
            self.host, self.base = host.replace(REGION, "{r}"), base and "/" + base
            is_regional = "{r}" in self.host and found[1] in ("", REGION)
            self.scope = "regional" if is_regional else "global:" + (found[1] or "us-east-1")
        if self.metadata.get("globalEndpoint") and not self.host:
            self.host, self.scope = self.metadata["globalEndpoint"], "global:us-east-1"

    def operations(self):
        """(name, operation, model, age), sorted."""
        age = "old" if self.is_gone else ""
        found = [(name, o, self.model, age) for name, o in self.model["operations"].items()]
        for name, o in self.old["operations"].items() if self.adds_older() else ():
            own = self.model["operations"].get(name)
            has_same_protocol = self.old["metadata"]["protocol"] == self.protocols[0]
            is_moved = self.is_rest and has_same_protocol and own is not None
            if own is None or is_moved and shape_of_uri(o) != shape_of_uri(own):
                found.append((name, o, self.old, "old"))
        return sorted(found, key=lambda one: (one[0], one[3]))

    def row(self, operations):
        version = self.metadata.get("jsonVersion", "")
        protocols = [f"json{version}" if p == "json" else p for p in self.protocols]
        cells = [self.name, self.metadata["endpointPrefix"], ",".join(self.signing_names)]
        cells += [self.scope, ",".join(protocols), self.metadata.get("targetPrefix", "")]
        cells += [self.metadata["apiVersion"], self.iam_prefix, service_auth(self.metadata)]
        cells += [self.host, str(operations), "old" if self.is_gone else ""]
        return "\t".join(cells).rstrip("\t")


class Members:
    """The members of a service's operations, and the numbered sets of all."""

    sets = {}

    def __init__(self, service):
        self.service, self.walkers = service, {}
        old_speaks_query = service.old and service.old["metadata"]["protocol"] == "query"
        self.old_form = None  # the older model may still have the form's names
        if service.adds_older() and old_speaks_query and service.protocols[0] != "query":
            self.old_form = Walker(service.old, "query")

    def walkers_of(self, model):
        if id(model) not in self.walkers:
            primary = first_protocol(model)
            has_form = "query" in self.service.protocols and primary != "query"
            style = {"smithy-rpc-v2-cbor": "json"}.get(primary, primary)
            form = Walker(model, "query") if has_form else None
            self.walkers[id(model)] = Walker(model, style), form
        return self.walkers[id(model)]

    def set_of(self, name, operation, model):
        walker, form = self.walkers_of(model)
        found = walker.operation(operation)
        if form:
            in_form = form.operation(operation)
            if self.old_form and name in self.service.old["operations"]:
                in_form |= self.old_form.operation(self.service.old["operations"][name])
            own = {(kinds, path) for kinds, _, path in found}
            found |= {
                (kinds, "f", path) for kinds, _, path in in_form if (kinds, path) not in own
            }
        if not found:
            return ""
        items = sorted(found, key=lambda item: (item[2], item[1], item[0]))
        line = " ".join(f"{kinds}{where}:{path}" for kinds, where, path in items)
        return str(self.sets.setdefault(line, len(self.sets) + 1))


def needs_of(operation, model):
    """The required query and header names, which tell operations of one URI apart."""
    top = model["shapes"].get(operation.get("input", {}).get("shape", ""), {})
    needs = []
    for name in top.get("required", []):
        member = top["members"][name]
        wire = member.get("locationName", name)
        if member.get("location") == "querystring":
            needs.append("q:" + wire)
        if member.get("location") == "header":
            needs.append("h:" + wire.lower())
    return " ".join(sorted(needs))


def operation_rows(service, iam):
    members = Members(service)
    shapes = collections.Counter()
    if service.is_rest:
        shapes.update(shape_of_uri(o) for o in service.model["operations"].values())
    for name, operation, model, age in service.operations():
        is_rest = first_protocol(model).startswith("rest-")
        is_shared = is_rest and shapes[shape_of_uri(operation)] > 1
        if is_shared and not age and operation.get("deprecated"):
            age = "alias"  # S3 only: a newer operation has the very same request
        method, auth = operation["http"]["method"], operation_auth(operation)
        cells = [name]
        cells += [method, service.base + operation["http"]["requestUri"]] if is_rest else ["", ""]
        words = operation.get("documentation", "")
        column = iam.of(
            service.name, service.metadata, service.iam_prefix, name, method, auth, words
        )
        cells += [auth, column, members.set_of(name, operation, model)]
        cells.append(operation.get("endpoint", {}).get("hostPrefix", ""))
        has_needs = is_shared or is_rest and service.name == "s3"
        cells += [needs_of(operation, model) if has_needs else "", age]
        yield "\t".join(cells).rstrip("\t")


def services_of(newer, older):
    new_versions, old_versions = dict(newer.services()), dict(older.services() if older else ())
    for name in sorted(set(new_versions) | set(old_versions)):
        found = []
        for tree, versions in ((newer, new_versions), (older, old_versions)):
            version = versions.get(name)
            model = version and tree.load(f"{name}/{version}/service-2.json")
            found.append((model or None, tree, version))
        if found[0][0] or found[1][0]:
            yield Service(name, *found)


def write(folder, name, head, lines):
    with open(os.path.join(folder, name), "w", encoding="utf-8", newline="\n") as file:
        file.write("\n".join(head + lines) + "\n")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", required=True)
    parser.add_argument("--also")
    parser.add_argument("--actions")
    parser.add_argument("--out", default=HERE)
    options = parser.parse_args()

    newer, older = Tree(options.models), Tree(options.also) if options.also else None
    partitions = newer.load("partitions.json") or {"partitions": []}
    iam = Iam(HERE, options.actions)
    service_rows, rows = [], []
    for service in services_of(newer, older):
        service.place(partitions)
        own = list(operation_rows(service, iam))
        service_rows.append(service.row(len(own)))
        rows += ["=" + service.name] + own

    source = f"# Source: botocore {newer.version} service models (Apache-2.0)"
    if older:
        source += f"; rows marked old: botocore {older.version}"
    by = "Generated by tools/operations_table.py"
    services_head = [f"{source}. {by}; columns in README.md", SERVICE_COLUMNS.replace(" ", "\t")]
    write(options.out, "operations_services.tsv", services_head, service_rows)
    opens = 'A line "=service" opens a service; trailing empty columns are left out'
    head = [
        f"{source}; iam column: README.md. {by}. {opens}",
        OPERATION_COLUMNS.replace(" ", "\t"),
    ]
    write(options.out, "operations.tsv", head, rows)
    item = 'id TAB items, an item is KINDS WHERE ":" PATH; columns in README.md'
    sets = [f"{number}\t{line}" for line, number in Members.sets.items()]
    write(options.out, "operations_members.tsv", [f"{source}. {by}. {item}"], sets)
    print(f"{len(service_rows)} services, {len(rows) - len(service_rows)} operations")


if __name__ == "__main__":
    main()
