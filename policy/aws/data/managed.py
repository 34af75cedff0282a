"""Accounts and buckets that AWS itself runs, as C++ tables: the list `aws-managed` of policies.

Exact names alone: `{region}` becomes each region of ../region.cpp. Names with another placeholder
(`{any}`, `{account}`) are left out: anybody could own what they match.
"""

import os
import re

import yaml

from cpp_text import write

HERE = os.path.dirname(os.path.abspath(__file__))


def known_regions():
    with open(os.path.join(HERE, "..", "region.cpp"), encoding="utf-8") as file:
        table = file.read().split("kKnownRegions[] = {")[1].split("};")[0]
    return re.findall(r'\{"([a-z0-9-]+)",', table)


def expanded(pattern, regions):
    """The exact names that the pattern stands for."""
    if "{region}" not in pattern and "{region_nodash}" not in pattern:
        names = [pattern]
    else:
        names = [
            pattern.replace("{region}", region).replace("{region_nodash}", region.replace("-", ""))
            for region in regions
        ]
    return [name for name in names if "{" not in name]


def managed():
    """(accounts, buckets), sorted."""
    with open(os.path.join(HERE, "service-owned-resources.yaml"), encoding="utf-8") as file:
        data = yaml.safe_load(file)
    regions = known_regions()
    buckets = {
        name
        for entry in data["s3_buckets"]
        for pattern in entry["buckets"]
        for name in expanded(pattern, regions)
    }
    accounts = {a for of_region in data["sagemaker_ecr_registries"].values() for a in of_region}
    for account in accounts:
        if not re.fullmatch(r"[0-9]{12}", account):
            raise ValueError("no account: %r" % account)
    accounts.add("aws")  # of ARNs such as arn:aws:iam::aws:policy/ReadOnlyAccess
    return sorted(accounts), sorted(buckets)


def write_managed():
    accounts, buckets = managed()
    out = [
        '#include "policy/aws/managed/managed_tables.h"\n\nnamespace sallyport {\nnamespace {\n\n'
    ]
    for name, values in (("kAccounts", accounts), ("kBuckets", buckets)):
        out.append("constexpr std::string_view %s[] = {\n" % name)
        out += ['    "%s",\n' % value for value in values]
        out.append("};\n\n")
    out.append(
        "}  // namespace\n\n"
        "std::span<const std::string_view> generated_managed_accounts() { return kAccounts; }\n"
        "std::span<const std::string_view> generated_managed_buckets() { return kBuckets; }\n\n"
        "}  // namespace sallyport\n"
    )
    write("managed/aws_managed_generated.cpp", "".join(out))
