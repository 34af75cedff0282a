#!/usr/bin/env python3
"""Writes address_range_vectors.h: the first and last address of every special range, and the ones
just outside, with the class that the destination guard must give them. Independent of the C++
table: the ranges below are the rows of the two IANA special-purpose registries (2026-07) with
their column "Globally Reachable" (T, F, or - for none and N/A), and what the guard adds; the
longest prefix that holds an address decides.

    python3 address_range_vectors.py > address_range_vectors.h
"""
import ipaddress
import sys

IANA = """
0.0.0.0/8           F forbidden     this-network
0.0.0.0/32          F forbidden     unspecified
10.0.0.0/8          F private_range private
100.64.0.0/10       F private_range shared
127.0.0.0/8         F forbidden     loopback
169.254.0.0/16      F forbidden     link-local
172.16.0.0/12       F private_range private
192.0.0.0/24        F forbidden     protocol-assignment
192.0.0.0/29        F forbidden     protocol-assignment
192.0.0.8/32        F forbidden     protocol-assignment
192.0.0.9/32        T global        global
192.0.0.10/32       T global        global
192.0.0.170/32      F forbidden     protocol-assignment
192.0.0.171/32      F forbidden     protocol-assignment
192.0.2.0/24        F forbidden     documentation
192.31.196.0/24     T global        global
192.52.193.0/24     T global        global
192.88.99.0/24      - forbidden     6to4-relay
192.88.99.2/32      F forbidden     6to4-relay
192.168.0.0/16      F private_range private
192.175.48.0/24     T global        global
198.18.0.0/15       F private_range benchmarking
198.51.100.0/24     F forbidden     documentation
203.0.113.0/24      F forbidden     documentation
240.0.0.0/4         F forbidden     reserved
255.255.255.255/32  F forbidden     broadcast
::1/128             F forbidden     loopback
::/128              F forbidden     unspecified
::ffff:0:0/96       F forbidden     ipv4-mapped
64:ff9b::/96        T nat64         -
64:ff9b:1::/48      F forbidden     nat64-local
100::/64            F forbidden     discard-only
100:0:0:1::/64      F forbidden     dummy
2001::/23           F forbidden     protocol-assignment
2001::/32           - forbidden     teredo
2001:1::1/128       T global        global
2001:1::2/128       T global        global
2001:1::3/128       T global        global
2001:2::/48         F forbidden     benchmarking
2001:3::/32         T global        global
2001:4:112::/48     T global        global
2001:10::/28        - forbidden     orchid
2001:20::/28        T forbidden     orchid
2001:30::/28        T forbidden     drone-id
2001:db8::/32       F forbidden     documentation
2002::/16           - forbidden     6to4
2620:4f:8000::/48   T global        global
3fff::/20           F forbidden     documentation
5f00::/16           F forbidden     srv6-sid
fc00::/7            F private_range private
fe80::/10           F forbidden     link-local
"""

# Not in the registries: multicast (RFC 5771, RFC 4291), the deprecated ways to embed IPv4 and
# site-local (RFC 4291, RFC 7915, RFC 3879), unallocated IPv6, and AWS's own addresses.
ADDED = """
0.0.0.0/0           . global        global
169.254.169.254/32  . forbidden     metadata
169.254.170.2/32    . forbidden     container-credentials
169.254.170.23/32   . forbidden     container-credentials
169.254.169.253/32  . forbidden     link-local
169.254.169.123/32  . forbidden     link-local
224.0.0.0/4         . forbidden     multicast
::/0                . forbidden     reserved
2000::/3            . global        global
::/96               . forbidden     ipv4-compatible
::ffff:0:0:0/96     . forbidden     ipv4-translated
fd00:ec2::/32       . forbidden     metadata
fd00:ec2::254/128   . forbidden     metadata
fd00:ec2::23/128    . forbidden     container-credentials
fec0::/10           . forbidden     site-local
ff00::/8            . forbidden     multicast
"""

# Globally reachable by the registry and refused all the same: no address of theirs locates a host.
REFUSED_THOUGH_REACHABLE = {"2001:20::/28", "2001:30::/28"}


def rows():
    for line in (IANA + ADDED).split("\n"):
        if line:
            block, reachable, address_class, name = line.split()
            if reachable in "F-":
                assert address_class != "global", block
            if reachable == "T" and block not in REFUSED_THOUGH_REACHABLE:
                assert address_class in ("global", "nat64"), block
            yield ipaddress.ip_network(block), address_class, name


ROWS = list(rows())


def classify(address):
    holding = [row for row in ROWS if address.version == row[0].version and address in row[0]]
    _, address_class, name = max(holding, key=lambda row: row[0].prefixlen)
    if address_class == "nat64":
        return classify(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return address_class, name


def probes():
    for network, _, _ in ROWS:
        kind = type(network.network_address)
        first, last = int(network[0]), int(network[-1])
        yield kind(first)
        yield kind(last)
        if first > 0:
            yield kind(first - 1)
        if last < 2**network.max_prefixlen - 1:
            yield kind(last + 1)


def main():
    print("// Written by address_range_vectors.py; see there what it was computed from.")
    print("#pragma once\n")
    print("#include <string_view>\n")
    print('#include "policy/values/ip_address.h"\n')
    print("namespace sallyport {\n")
    print("struct AddressRangeVector {")
    print("  std::string_view address;")
    print("  AddressClass address_class;")
    print("  std::string_view name;")
    print("};\n")
    print("inline constexpr AddressRangeVector kAddressRangeVectors[] = {")
    ordered = sorted(set(probes()), key=lambda address: (address.version, int(address)))
    for address in ordered:
        address_class, name = classify(address)
        print(f'    {{"{address}", AddressClass::{address_class}, "{name}"}},')
    print("};\n")
    print("}  // namespace sallyport")
    print(f"{len(ordered)} addresses", file=sys.stderr)


if __name__ == "__main__":
    main()
