#!/usr/bin/env python3
"""How exactly the gate reads requests to AWS: every operation that the installed botocore knows is
built and signed by botocore's own clients, never sent, and decided by the gate.

usage: exactness.py BINARY [--full] [--list]

--full   fills every member, else those that are required; --list names what is not right.
Debian's python3 has botocore 1.29 (python3-botocore); any other python3 that has one will do.

Printed per protocol, for operation, signing region and principal account each: all, those told,
those right of these. Then what cannot be told, and why; what cannot be built counts there. Exit
status 1 if of one of the three fewer than 97 % are told or one is told wrong, or if fewer scopes
than that are taken to fit their hosts.

operation  service and name; right, too: one of several with the same IAM actions, or with more,
           each of which must be allowed; and a retired name whose request is another one's today.
region     that of the credential's scope, as botocore signed it (global services: not that asked
           for); where a request has no scope, the one that botocore would have signed for.
account    of the access key id that botocore signed with; where it signed with none, the gate must
           tell none, and that counts as told.
"""

import argparse
import collections
import sys
import warnings

import botocore

import built_requests
import gate_answers
from known_operations import KnownOperations

TOLD_PERCENT_MIN = 97
QUESTIONS = ("operation", "region", "account")
NOT_TOLD, RIGHT, WRONG = "not told", "right", "wrong"


def of_operation(built, aws, known):
    """(verdict, what to say of it)."""
    service, name, actions = aws.get("service"), aws.get("operation"), set(aws.get("actions", []))
    if not name:
        return NOT_TOLD, "host of no table" if not aws else "operation unknown"
    # Without a scope the service is the host's, which may be known by another of its names.
    names = {built.service} if built.has_scope else known.signing_names[built.model]
    is_newer = known.is_newer_name(built.model, name, built.operation)
    wanted = known.actions.get((built.model, name if is_newer else built.operation), set())
    # Versions, bypasses and the like decide by which actions of S3's (s3_operations.tsv).
    if service not in names or built.model != "s3" and not wanted <= actions:
        return WRONG, f"told {service} {name} {sorted(actions)}"
    if name == built.operation:
        has_more = bool(actions - wanted) and built.model != "s3"
        return RIGHT, "several actions" if has_more else ""
    if is_newer:
        return RIGHT, "newer name"
    return (RIGHT, "several actions") if len(actions) > 1 else (WRONG, f"told {name}")


def of_region(built, aws):
    told = aws.get("region", "")
    if not told:
        return NOT_TOLD, "no scope" if aws else "host of no table"
    return (RIGHT, "") if told == built.region else (WRONG, f"told {told}, not {built.region}")


def of_account(built, aws):
    told = aws.get("principal_account", "")
    if told != built.account and told:
        return WRONG, f"told {told}, not {built.account or 'none'}"
    if not aws:
        return NOT_TOLD, "host of no table"
    if told != built.account:
        return NOT_TOLD, "AWS takes it unsigned"
    return RIGHT, "" if told else "none in it"


class Table:
    def __init__(self):
        self.counts = collections.defaultdict(collections.Counter)
        self.remarks = collections.Counter()
        self.untold = collections.defaultdict(set)

    def add(self, protocol, name, question, verdict, remark=""):
        for row in (protocol, "all"):
            self.counts[row, question][verdict] += 1
        if verdict == NOT_TOLD:
            self.untold[f"{question}: {remark}"].add(name)
        elif verdict == RIGHT and remark:
            self.remarks[f"{question}: {remark}"] += 1

    def add_failure(self, protocol, service, operation, error):
        for question in QUESTIONS:
            self.add(protocol, f"{service}.{operation}", question, NOT_TOLD,
                     f"not built, {type(error).__name__}")

    def write(self):
        titles = "".join(f"  {each:>11} told (%)          right" for each in QUESTIONS)
        print(f"{'protocol':<10}{titles}")
        protocols = sorted({row for row, _ in self.counts} - {"all"})
        for row in [*protocols, "all"]:
            print(f"{row:<10}" + "".join(self.cell(row, each) for each in QUESTIONS))
        for remark, count in sorted(self.remarks.items()):
            print(f"of the right: {remark}: {count}")
        for remark, names in sorted(self.untold.items()):
            print(f"not told: {remark}: {len(names)}: {' '.join(sorted(names))}")

    def cell(self, row, question):
        counts = self.counts[row, question]
        told, total = counts[RIGHT] + counts[WRONG], sum(counts.values())
        return f"  {told:>6}/{total:<6} ({100 * told / total:6.2f}) {counts[RIGHT]:>6}/{told:<6}"

    def is_exact(self):
        for question in QUESTIONS:
            counts = self.counts["all", question]
            told, total = counts[RIGHT] + counts[WRONG], sum(counts.values())
            if not told or counts[WRONG] or 100 * told < TOLD_PERCENT_MIN * total:
                return False
        return True


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("binary")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")

    known, table = KnownOperations(), Table()
    requests = list(built_requests.all_built(options.full, table.add_failure))
    misfits = 0
    for built, answer in zip(requests, gate_answers.answers_of(options.binary, requests)):
        request = f"{built.model}.{built.operation} {built.method} {built.url}"
        if answer.reason == "credential_scope_mismatch":
            misfits += 1
            print(f"scope {built.service}/{built.region} does not fit: {request}")
        results = (of_operation(built, answer.aws, known), of_region(built, answer.aws),
                   of_account(built, answer.aws))
        for question, (verdict, remark) in zip(QUESTIONS, results):
            table.add(built.protocol, request.split()[0], question, verdict, remark)
            if verdict == WRONG or options.list and (verdict, remark) != (RIGHT, ""):
                print(f"{verdict}: {question}: {remark}: {request}")
    signed = {(built.region, built.account) for built in requests}
    print(f"botocore {botocore.__version__}: {len(requests)} requests built, for "
          f"{len({region for region, _ in signed})} regions, by "
          f"{len({account for _, account in signed} - {''})} accounts; {misfits} scopes do not fit")
    table.write()
    fitting = 100 * (len(requests) - misfits) >= TOLD_PERCENT_MIN * len(requests)
    return 0 if table.is_exact() and fitting else 1


if __name__ == "__main__":
    sys.exit(main())
