#!/usr/bin/env python3
"""Writes the C++ tables of policy/aws/operation from the operation tables beside this script.
Deterministic: run it twice, get the same bytes. Python's standard library alone.

    python3 policy/aws/data/generate_operations.py

Reads operations_services.tsv, operations.tsv, operations_members.tsv; writes
../operation/operations_generated.cpp. The readers of the arrays, and what each field means, stand
in ../operation/operation_tables.h.
"""

import os
import re

from packed_text import TextPool, array, string_literal
from uri_trie import Trie, split_uri

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "..", "operation", "operations_generated.cpp")

PROTOCOLS = ["json1.0", "json1.1", "query", "ec2", "rest-json", "rest-xml", "smithy-rpc-v2-cbor"]
METHODS = ["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"]
KINDS = {"A": 1, "a": 2, "N": 4, "U": 8, "B": 16, "Q": 32, "I": 64,
         "W": 128, "P": 256, "H": 512, "R": 1024, "K": 2048}
PLACES = "uqhbf"
NO_INDEX = 0xFFFF
# The first values of OperationRow::iam, before those that are places in kIam.
IAM_DEFAULT, IAM_UNKNOWN, IAM_NONE, IAM_LISTED = 0, 1, 2, 3


def rows_of(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        return [line.split("\t") for line in file.read().splitlines() if line[:1] != "#"]


class Service:
    def __init__(self, cells):
        cells = cells + [""] * (12 - len(cells))
        self.name, self.signing_names = cells[0], cells[2].split(",")
        self.protocols, self.target_prefix = cells[4].split(","), cells[5]
        self.version, self.iam_prefix, self.host = cells[6], cells[7], cells[9]
        self.operations = []


class Operation:
    def __init__(self, cells):
        cells = cells + [""] * (9 - len(cells))
        self.name, self.method, self.uri = cells[:3]
        self.iam, self.members = cells[4], int(cells[5] or 0)
        self.needs, self.is_old = cells[7].split(), cells[8] != ""
        self.is_unsigned = cells[3] == "none"


def load():
    services = [Service(cells) for cells in rows_of("operations_services.tsv")[1:]]
    by_name = {service.name: service for service in services}
    service = None
    for cells in rows_of("operations.tsv"):
        if cells[0].startswith("="):
            service = by_name[cells[0][1:]]
        else:
            service.operations.append(Operation(cells))
    services.sort(key=lambda service: service.name)
    for service in services:
        service.operations.sort(key=lambda operation: (operation.name, operation.is_old))
    return services


class MemberSets:
    """The sets of operations_members.tsv, and those that operations_members_added.tsv makes."""

    def __init__(self, services):
        self.items = [[]]  # ids count from 1
        for number, (identifier, items) in enumerate(rows_of("operations_members.tsv"), 1):
            if int(identifier) != number:
                raise ValueError("a gap before the member set " + identifier)
            self.items.append(items.split(" "))
        added = {(row[0], row[1]): row[2].split(" ")
                 for row in rows_of("operations_members_added.tsv")}
        for service in services:
            for operation in service.operations:
                items = added.get((service.name, operation.name))
                if items and not operation.is_old:
                    operation.members = self.place_of(operation.members, items)

    def place_of(self, members, added):
        kinds = {}
        for item in self.items[members] + added:
            head, path = item.split(":", 1)
            if head[0] == "=":
                del kinds[path, head[-1]]
                head = head[1:]
            if head[:-1]:
                kinds.setdefault((path, head[-1]), []).extend(head[:-1])
        items = ["".join(dict.fromkeys(kinds[key])) + key[1] + ":" + key[0]
                 for key in sorted(kinds)]
        if not items:
            return 0
        if items not in self.items:
            self.items.append(items)
        return self.items.index(items)


class IamLists:
    """The columns `iam` that say more than the default action."""

    def __init__(self, pool):
        self.pool, self.place, self.rows, self.actions = pool, {}, [], []

    def of(self, column, default):
        if column in ("", "?", "!"):
            return {"": IAM_DEFAULT, "?": IAM_UNKNOWN, "!": IAM_NONE}[column]
        is_unknown = column.startswith("?")
        own, *further = column.lstrip("?").split("+")
        own = [] if is_unknown else re.split("[,|]", own) if own else [default]
        # `~` (conditional) counts too, and what `*` announces is read by s3_conditions.cpp.
        own = tuple(action.rstrip("~*") for action in own)
        further = tuple(action.rstrip("~*") for action in further)
        key = (own, further, is_unknown)
        if key not in self.place:
            self.place[key] = len(self.rows)
            self.rows.append((len(self.actions), len(own), len(further), int(is_unknown)))
            self.actions += [self.pool.ref(action) for action in own + further]
        return IAM_LISTED + self.place[key]


class Members:
    """All sets in one row of paths."""

    def __init__(self, pool, sets):
        self.first, self.paths, self.kinds = [0], [], []
        for items in sets.items[1:]:
            for item in items:
                head, path = item.split(":", 1)
                kinds = sum(KINDS[kind] for kind in head[:-1])
                self.paths.append(pool.ref(path))
                self.kinds.append(kinds | PLACES.index(head[-1]) << 13)
            self.first.append(len(self.paths))


class S3Rows:
    """The operations of S3 by method and kind of path, each with the set of its markers."""

    PLACES = ["literal", "q", "h"]  # S3Marker::Place
    # Of WriteGetObjectResponse the host tells; it is read by hand.
    KINDS = {"/": 0, "/{Bucket}": 1, "/{Bucket}/{Key+}": 2}  # S3Address::Kind

    def __init__(self, pool):
        self.pool, self.rows = pool, []

    @classmethod
    def markers_of(cls, operation):
        _, query = split_uri(operation.uri)
        needs = [need.split(":", 1) for need in operation.needs]
        markers = [(cls.PLACES.index("literal"), name, value or "") for name, value in query]
        return markers + [(cls.PLACES.index(place), name, "") for place, name in needs]

    def add_all(self, first, operations):
        kinds = [self.KINDS.get(split_uri(operation.uri)[0]) for operation in operations]
        told = [(first + i, o, kind) for i, (o, kind) in enumerate(zip(operations, kinds))]
        told = [(row, o, kind) for row, o, kind in told if kind is not None]
        self.markers = sorted({marker for _, o, _ in told for marker in self.markers_of(o)})
        if len(self.markers) > 64:
            raise ValueError("more markers than bits")
        for row, operation, kind in told:
            mask = sum(1 << self.markers.index(marker) for marker in self.markers_of(operation))
            key = (METHODS.index(operation.method), kind, operation.is_old)
            self.rows.append((*key, row, mask))
        self.rows.sort()

    def marker_rows(self):
        return ["{%d,%d}" % (self.pool.ref(m[1]), self.pool.ref(m[2])) for m in self.markers]

    def count(self, place):
        return sum(marker[0] == self.PLACES.index(place) for marker in self.markers)


def next_at_host(services):
    """Per service the next one of the same host, in a ring: endpoints.tsv is older than some."""
    rings = {}
    for place, service in enumerate(services):
        rings.setdefault(service.host or service.name, []).append(place)
    following = [0] * len(services)
    for ring in rings.values():
        for place, after in zip(ring, ring[1:] + ring[:1]):
            following[place] = after
    return following


def main():
    services = load()
    sets = MemberSets(services)
    pool = TextPool()
    pool.add_all(s.iam_prefix + ":" + o.name for s in services for o in s.operations)
    pool.add_all(item.split(":")[1] for items in sets.items for item in items)
    iam, members = IamLists(pool), Members(pool, sets)
    s3, trie = S3Rows(pool), Trie(pool, METHODS)
    operation_rows, service_rows, signing_names = [], [], []
    following = next_at_host(services)
    for place, service in enumerate(services):
        is_rest = service.name != "s3" and any(o.uri for o in service.operations)
        root = trie.new_root() if is_rest else NO_INDEX
        first = len(operation_rows)
        for operation in service.operations:
            default = service.iam_prefix + ":" + operation.name
            row = len(operation_rows)
            operation_rows.append(
                (
                    pool.ref(default),
                    iam.of(operation.iam, default),
                    operation.members | operation.is_unsigned << 14 | operation.is_old << 15,
                )
            )
            if root != NO_INDEX and operation.uri:
                trie.add(root, operation, row)
        if service.name == "s3":
            s3.add_all(first, service.operations)
            s3.service = place
        protocols = sum(1 << PROTOCOLS.index(protocol) for protocol in service.protocols)
        service_rows.append(
            "{%d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %d}"
            % (
                pool.ref(service.name),
                pool.ref(service.target_prefix),
                pool.ref(service.version),
                first,
                len(operation_rows),
                len(signing_names),
                len(service.signing_names),
                PROTOCOLS.index(service.protocols[0]),
                protocols,
                len(service.iam_prefix) + 1,
                root,
                following[place],
            )
        )
        signing_names += [pool.ref(name) for name in service.signing_names]
    write(pool, iam, members, s3, trie, operation_rows, service_rows, signing_names)


def write(pool, iam, members, s3, trie, operation_rows, service_rows, signing_names):
    trie.finish()
    parts = [
        "// Generated by policy/aws/data/generate_operations.py; do not edit.\n",
        "// clang-format off\n",
        '#include "policy/aws/operation/operation_tables.h"\n\n',
        "namespace sallyport::operation_tables {\nnamespace {\n\n",
        array("ServiceRow", "kServices", service_rows),
        array("OperationRow", "kOperations", ["{%d,%d,%d}" % row for row in operation_rows]),
        array("TextRef", "kSigningNames", signing_names),
        array("IamRow", "kIam", ["{%d,%d,%d,%d}" % row for row in iam.rows]),
        array("TextRef", "kIamActions", iam.actions),
        array("std::uint16_t", "kMemberSets", members.first),
        array("TextRef", "kMemberPaths", members.paths),
        array("std::uint16_t", "kMemberKinds", members.kinds),
        array("TrieNode", "kNodes", trie.node_rows()),
        array("RestRow", "kRestRows", trie.rest_rows()),
        array("TextRef", "kLabelNames", trie.label_names()),
        array("QueryMarker", "kQueryMarkers", trie.marker_rows()),
        array(
            "S3Row", "kS3Rows", ["{%dULL,%d,%d,%d,%d}" % (r[4], r[3], *r[:3]) for r in s3.rows]
        ),
        array("S3Marker", "kS3Markers", s3.marker_rows()),
        "// The pool is one literal, longer than -Wpedantic of clang likes.\n"
        '#pragma GCC diagnostic ignored "-Woverlength-strings"\n',
        string_literal("kText", pool.text()),
        "}  // namespace\n\n",
        "constinit const Tables kTables = {\n    kText, "
        "kServices, kOperations, kSigningNames, kIam, "
        "kIamActions,\n    kMemberSets, kMemberPaths, kMemberKinds, kNodes, kRestRows, "
        "kLabelNames,\n    kQueryMarkers, kS3Rows, kS3Markers, %d, %d, %d};\n\n"
        % (s3.count("literal"), s3.count("literal") + s3.count("q"), s3.service),
        "}  // namespace sallyport::operation_tables\n",
    ]
    with open(OUT, "w", encoding="utf-8") as file:
        file.write("".join(parts))


if __name__ == "__main__":
    main()
