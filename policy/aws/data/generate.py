#!/usr/bin/env python3
"""Writes the C++ tables of policy/aws from the data beside this script. Deterministic: run it
twice, get the same bytes.

    python3 policy/aws/data/generate.py            (needs python3-yaml)

Reads domains.yaml, supplements.yaml, endpoints.tsv, host_prefixes.tsv, operations_services.tsv,
psl_aws_tenant_suffixes.txt, service-owned-resources.yaml; writes ../builtin_sets_generated.cpp,
../endpoints_generated.cpp, ../tenancy_generated.cpp, ../managed/aws_managed_generated.cpp.
"""
import os
import re

import yaml

from cpp_text import hash_slots, pattern_line, write
from managed import write_managed
from names import (
    ALL,
    API_SETS,
    BIT,
    GLOBAL_REGION,
    KINDS,
    KINDS_OF_X,
    PARTITIONS,
    SIGN_IN_SETS,
    STUDIO_SETS,
    TENANTS,
)

HERE = os.path.dirname(os.path.abspath(__file__))


def load(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        return file.read()


DOMAINS = yaml.safe_load(load("domains.yaml"))
SUPPLEMENTS = yaml.safe_load(load("supplements.yaml"))


def partition_suffixes():
    """Per partition: the suffix of partition aws -> its own, the longest first."""
    tables = {}
    for name in PARTITIONS:
        facts = DOMAINS["partitions"][name]
        # YAML 1.1 reads the key `on` as true.
        table = {"amazonaws.com": facts["dns"], "api.aws": facts["dual"], "on.aws": facts[True]}
        if "studio" in facts:
            table["sagemaker.aws"] = facts["studio"]
        if "console" in facts:
            table["console.aws.amazon.com"] = facts["console"][0]
        plain_sign_in = [s for s in facts["signin"] if "{r}" not in s]
        if plain_sign_in:
            table["signin.aws.amazon.com"] = plain_sign_in[0]
        tables[name] = dict(sorted(table.items(), key=lambda item: -len(item[0])))
    return tables


SUFFIXES = partition_suffixes()


def twin(text, partition):
    """The name of partition aws as another partition has it, or None where it has no such
    suffix."""
    for suffix in SUFFIXES["aws"]:
        if text == suffix or text.endswith("." + suffix):
            own = SUFFIXES[partition].get(suffix)
            return own and text[: len(text) - len(suffix)] + own
    return None


def canonical(text):
    """domains.yaml's grammar -> ours: `<kind>`, `{r}`, `*`, literal text; a kind is a
    TenantKind's name."""
    labels = text.split(".")
    out = []
    for i, label in enumerate(labels):
        following = labels[i + 1] if i + 1 < len(labels) else ""
        label = label.replace("vpce-*", "vpce-<vpc_endpoint>")
        label = re.sub(
            "<([^>]+)>",
            lambda m: "<%s>"
            % (
                m[1]
                if m[1] == "vpc_endpoint"
                else KINDS_OF_X[following]
                if m[1] == "x"
                else KINDS[m[1]]
            ),
            label,
        )
        if "*" in label and label != "*":
            raise ValueError("part of a label: " + text)
        out.append(label)
    return ".".join(out)


def add(patterns, text, tenant, partitions, deny_only):
    """One text stands once in a set; its partitions are joined."""
    if text in patterns:
        partitions |= patterns[text][1]
    patterns[text] = (tenant, partitions, deny_only)


def set_patterns(name):
    """{text: (tenant, partitions, deny_only)} of one set, twins of the other partitions
    included."""
    patterns = {}
    entries = DOMAINS["sets"][name] + SUPPLEMENTS["sets"].get(name, [])
    for entry in entries:
        if "path_prefix" in entry:
            continue
        text, tenant = canonical(entry["p"]), TENANTS[entry.get("tenant")]
        deny_only = entry.get("allow") is False
        has_region = "{r}" in text
        of_partition = text.endswith(("console.aws.amazon.com", "signin.aws.amazon.com"))
        if ".us-gov-" in text:
            own = BIT["aws-us-gov"]
        elif text.endswith(".com.cn"):
            own = BIT["aws-cn"]
        elif has_region:
            own = BIT["aws"] | BIT["aws-us-gov"]
            if twin(text, "aws-us-gov") not in (text, None):
                own = BIT["aws"]
        else:
            own = ALL
        add(patterns, text, tenant, own, deny_only)
        # A name without region exists once, but for the consoles and sign-in pages of the
        # partitions.
        if deny_only and not has_region or not (has_region or of_partition):
            continue
        for partition in PARTITIONS[1:]:
            other = twin(text, partition)
            if other and other != text:
                add(patterns, other, tenant, BIT[partition], deny_only)
    if name == "aws-sign-in":
        for partition in PARTITIONS[1:]:
            for text in DOMAINS["partitions"][partition]["signin"]:
                add(patterns, text, "path", BIT[partition], False)
    if name == "s3":
        for text in (
            "<bucket>.s3-accelerate.amazonaws.eu",
            "<bucket>.s3-accelerate.dualstack.amazonaws.eu",
        ):
            add(patterns, text, "label", BIT["aws-eusc"], False)
    return patterns


class Endpoint:
    def __init__(self):
        self.signing_names, self.models, self.partitions = [], set(), 0
        self.fips, self.dual, self.signing_regions = False, False, set()

    def signing_region(self):
        """Nothing where partitions share the name and sign for different regions."""
        return list(self.signing_regions)[0] if len(self.signing_regions) == 1 else ""

    def key(self):
        return tuple(sorted(self.signing_names)), tuple(sorted(self.models))


def host_prefixes():
    prefixes = {}
    for line in load("host_prefixes.tsv").splitlines():
        if line and not line.startswith("#") and line != "service\thost_prefix":
            service, prefix = line.split("\t")
            prefixes.setdefault(service, [""]).append(prefix)
    return prefixes


def endpoints_of_operations(rows):
    """From operations_services.tsv, of services that are newer than endpoints.tsv, or so old that
    it has lost them."""
    known = {row[0] for row in rows}
    found = []
    for line in load("operations_services.tsv").splitlines()[2:]:
        cells = line.split("\t")
        service, signing_names, scope, host = cells[0], cells[2].split(","), cells[3], cells[9]
        if service not in known and host not in {row[3] for row in rows}:
            signs = scope.partition("global:")[2]
            entry = {"p": host, "service": signing_names[0], "models": [service], "signs": signs}
            found.append(entry | {"dual": host.endswith(".api.aws")})
    return found


def endpoints():
    """{text: Endpoint} of endpoints.tsv in every form, and of supplements.yaml."""
    table, prefixes = {}, host_prefixes()

    def put(text, service, models, partitions, fips, dual, region):
        row = table.setdefault(text, Endpoint())
        if service not in row.signing_names:  # two at maps.geo, places.geo, routes.geo
            row.signing_names.append(service)
        row.models |= set(models)
        row.partitions |= partitions
        row.fips |= fips
        row.dual |= dual
        row.signing_regions.add(region)

    lines = [
        line.split("\t") for line in load("endpoints.tsv").splitlines() if not line.startswith("#")
    ]
    columns = {
        "aws": ["aws"],
        "aws_fips": ["aws", "aws-us-gov"],
        "aws_dual": ["aws", "aws-us-gov"],
        "aws_fips_dual": ["aws", "aws-us-gov"],
        "cn": ["aws-cn"],
        "gov": ["aws-us-gov"],
        "eusc": ["aws-eusc"],
    }
    for row in lines[1:]:
        row = dict(zip(lines[0], row))
        for column, partitions in columns.items():
            host = row[column].split("/")[0]
            if not host:
                continue
            if "{r}" not in host:
                partitions = partitions[:1]
            mask = sum(BIT[p] for p in partitions)
            fips, dual = "fips" in column, "dual" in column
            region = ""
            if "{r}" not in host and row.get("note", "").startswith("signs:"):
                region = GLOBAL_REGION[partitions[0]]
            forms = [(host, mask)]
            if (fips or dual) and "{r}" in host:  # the table resolves these in partition aws alone
                forms += [(twin(host, p), BIT[p]) for p in ("aws-cn", "aws-eusc") if twin(host, p)]
            for prefix in prefixes.get(row["service"], [""]):
                for text, bits in forms:
                    put(
                        prefix + text,
                        row["signing_name"],
                        [row["service"]],
                        bits,
                        fips,
                        dual,
                        region,
                    )
    for entry in SUPPLEMENTS["endpoints"] + endpoints_of_operations(lines[1:]):
        text = canonical(entry["p"])
        has_region = "{r}" in text
        bits = BIT["aws"] | (BIT["aws-us-gov"] if has_region else 0)
        for form, mask in [(text, bits)] + [
            (twin(text, p), BIT[p]) for p in ("aws-cn", "aws-eusc") if has_region
        ]:
            if form:
                put(
                    form,
                    entry["service"],
                    entry["models"],
                    mask,
                    entry.get("fips", False),
                    entry.get("dual", False),
                    entry.get("signs", ""),
                )
    # A name with a fixed region is found first, so it also stands for the services that have it
    # in every region.
    for text, row in table.items():
        for region in GLOBAL_REGION.values():
            other = table.get(text.replace(".%s." % region, ".{r}."))
            if other not in (None, row):
                row.models |= other.models
                row.signing_names += [
                    name for name in other.signing_names if name not in row.signing_names
                ]
    return table


def write_sets(sets):
    out = ['#include "policy/aws/generated_tables.h"\n\nnamespace sallyport {\nnamespace {\n\n']
    kinds = {
        **{n: "api" for n in API_SETS},
        **{n: "studio" for n in STUDIO_SETS},
        **{n: "sign_in" for n in SIGN_IN_SETS},
    }
    names = [n for n in DOMAINS["sets"] if n in kinds]
    for i, name in enumerate(names):
        out.append("// @%s\nconstexpr BuiltinPattern kSet%d[] = {\n" % (name, i))
        out += [pattern_line(text, *facts) for text, facts in sets[name].items()]
        out.append("};\n\n")
    out.append("constexpr BuiltinSet kSets[] = {\n")
    for i, name in enumerate(names):
        out.append('    {"%s", SetKind::%s, kSet%d},\n' % (name, kinds[name], i))
    out.append(
        "};\n\n}  // namespace\n\n"
        "std::span<const BuiltinSet> generated_sets() { return kSets; }\n\n"
        "}  // namespace sallyport\n"
    )
    write("builtin_sets_generated.cpp", "".join(out))


def write_endpoints(sets, table):
    """@aws-api, sorted by text; beside each pattern the endpoint that it is; and the way from
    text to place."""
    tenants = {text: facts[0] for patterns in sets.values() for text, facts in patterns.items()}
    for text in table:
        tenants.setdefault(text, "label" if "<" in text else "none")
    patterns = {text: (tenants[text], row.partitions, False) for text, row in table.items()}
    for name in API_SETS:
        if name != "s3-website":
            for text, facts in sets[name].items():
                if text not in patterns:
                    patterns[text] = facts
    services = sorted({row.key() for row in table.values()})
    place = {key: i for i, key in enumerate(services)}
    out = ['#include "policy/aws/generated_tables.h"\n\nnamespace sallyport {\nnamespace {\n\n']
    out.append("constexpr BuiltinPattern kPatterns[] = {\n")
    order = sorted(patterns)
    out += [pattern_line(text, *patterns[text]) for text in order]
    out.append(
        "};\n\n// The endpoint that the pattern of the same place is: service, FIPS, dual-stack, "
        "signing region.\n"
        "constexpr EndpointRow kRows[] = {\n"
    )
    for text in order:
        row = table.get(text)
        if row is None:
            out.append('    {kNoService, false, false, ""},\n')
            continue
        out.append(
            '    {%d, %s, %s, "%s"},\n'
            % (place[row.key()], str(row.fips).lower(), str(row.dual).lower(), row.signing_region())
        )
    out.append("};\n\nconstexpr std::uint16_t kSlots[] = {\n")
    slots = hash_slots(order)
    out += ["    %s,\n" % ", ".join(map(str, slots[i : i + 16])) for i in range(0, len(slots), 16)]
    out.append("};\n\n")
    for i, key in enumerate(services):
        for kind, values in zip(("SigningNames", "Models"), key):
            text = ", ".join('"%s"' % value for value in values)
            out.append("constexpr std::string_view k%s%d[] = {%s};\n" % (kind, i, text))
    out.append("\nconstexpr ServiceRow kServices[] = {\n")
    out += ["    {kSigningNames%d, kModels%d},\n" % (i, i) for i in range(len(services))]
    out.append(
        "};\n\n}  // namespace\n\n"
        "std::span<const BuiltinPattern> generated_api_patterns() { return kPatterns; }\n"
        "std::span<const EndpointRow> generated_endpoint_rows() { return kRows; }\n"
        "std::span<const std::uint16_t> generated_endpoint_slots() { return kSlots; }\n"
        "std::span<const ServiceRow> generated_services() { return kServices; }\n\n"
        "}  // namespace sallyport\n"
    )
    write("endpoints_generated.cpp", "".join(out))


def tenant_suffixes():
    rows = {}
    for line in load("psl_aws_tenant_suffixes.txt").splitlines():
        if line and not line.startswith("#"):
            rows[line.split("\t")[0]] = "names below it belong to any customer (public suffix list)"
    for entry in SUPPLEMENTS["tenant_suffixes"]:
        for text in [entry["s"]] + [twin(entry["s"], p) for p in PARTITIONS[1:]]:
            if text:
                rows.setdefault(text, "below it are the %s of any customer" % entry["what"])
    for text in DOMAINS["never_wildcard"]:
        rows.setdefault(text, "names below it belong to any customer")
    return rows


def front_ends():
    rows = {}
    for entry in SUPPLEMENTS["front_ends"]:
        for text in [entry["s"]] + [twin(entry["s"], p) for p in PARTITIONS[1:]]:
            if text:
                rows.setdefault(text, entry["what"])
    return rows


def write_tenancy():
    out = ['#include "policy/aws/generated_tables.h"\n\nnamespace sallyport {\nnamespace {\n\n']
    for name, rows in (("kTenantSuffixes", tenant_suffixes()), ("kFrontEnds", front_ends())):
        out.append("constexpr SuffixRow %s[] = {\n" % name)
        out += ['    {"%s", "%s"},\n' % (text, rows[text]) for text in sorted(rows)]
        out.append("};\n\n")
    out.append(
        "}  // namespace\n\n"
        "std::span<const SuffixRow> generated_tenant_suffixes() { return kTenantSuffixes; }\n"
        "std::span<const SuffixRow> generated_front_ends() { return kFrontEnds; }\n\n"
        "}  // namespace sallyport\n"
    )
    write("tenancy_generated.cpp", "".join(out))


def main():
    sets = {name: set_patterns(name) for name in API_SETS + STUDIO_SETS + SIGN_IN_SETS}
    write_sets(sets)
    write_endpoints(sets, endpoints())
    write_tenancy()
    write_managed()


if __name__ == "__main__":
    main()
