#include <cstdio>
#include <string>

#include <doctest/doctest.h>

#include "policy/values/ip_address.h"
#include "tests/policy/values/address_range_vectors.h"

namespace sallyport {
namespace {

IpAddress address_of(std::string_view text) {
  const auto address = IpAddress::parse(text);
  REQUIRE_MESSAGE(address.has_value(), text);
  return *address;
}

int number_of(AddressClass address_class) { return static_cast<int>(address_class); }

TEST_CASE("every special range is known at its first and last address and just outside") {
  for (const auto& [text, address_class, name] : kAddressRangeVectors) {
    CAPTURE(text);
    const AddressRange range = classify(address_of(text));
    CHECK(number_of(range.address_class) == number_of(address_class));
    CHECK(range.name == name);
  }
}

TEST_CASE("ordinary addresses are global") {
  for (const std::string_view text :
       {"1.1.1.1", "8.8.8.8", "52.95.110.1", "99.78.208.1", "172.15.0.1", "172.32.0.1", "192.0.1.1",
        "2600:1f18::1", "2a05:d000::1", "2606:4700:4700::1111", "2620:4f::1"}) {
    CAPTURE(text);
    CHECK(number_of(classify(address_of(text)).address_class) == number_of(AddressClass::global));
    CHECK(classify(address_of(text)).name == "global");
  }
}

struct Embedding {
  std::string_view name;  // of the range; empty: judged by the IPv4 address within
  std::string (*text)(const std::array<unsigned, 4>& octets);
};

// `prefix` followed by the octets as two groups.
std::string groups(std::string_view prefix, const std::array<unsigned, 4>& octets,
                   unsigned flip = 0) {
  char text[16];
  std::snprintf(text, sizeof text, "%02x%02x:%02x%02x", octets[0] ^ flip, octets[1] ^ flip,
                octets[2] ^ flip, octets[3] ^ flip);
  return std::string(prefix) + text;
}

constexpr Embedding kEmbeddings[] = {
    {"ipv4-mapped", [](const auto& octets) { return groups("::ffff:", octets); }},
    {"ipv4-compatible", [](const auto& octets) { return groups("0:0:0:0:0:0:", octets); }},
    {"ipv4-translated", [](const auto& octets) { return groups("::ffff:0:", octets); }},
    {"", [](const auto& octets) { return groups("64:ff9b::", octets); }},
    {"nat64-local", [](const auto& octets) { return groups("64:ff9b:1::", octets); }},
    {"6to4", [](const auto& octets) { return groups("2002:", octets) + "::1"; }},
    {"teredo",
     [](const auto& octets) { return groups("2001:0:4136:e378:8000:63bf:", octets, 0xff); }},
};

struct Inner {
  std::array<unsigned, 4> octets;
  AddressClass address_class;
  std::string_view name;
};

constexpr Inner kInners[] = {
    {{127, 0, 0, 1}, AddressClass::forbidden, "loopback"},
    {{169, 254, 169, 254}, AddressClass::forbidden, "metadata"},
    {{169, 254, 170, 2}, AddressClass::forbidden, "container-credentials"},
    {{169, 254, 170, 23}, AddressClass::forbidden, "container-credentials"},
    {{169, 254, 169, 253}, AddressClass::forbidden, "link-local"},
    {{10, 0, 0, 1}, AddressClass::private_range, "private"},
    {{172, 16, 0, 1}, AddressClass::private_range, "private"},
    {{192, 168, 1, 1}, AddressClass::private_range, "private"},
    {{100, 64, 0, 1}, AddressClass::private_range, "shared"},
    {{224, 0, 0, 1}, AddressClass::forbidden, "multicast"},
    {{255, 255, 255, 255}, AddressClass::forbidden, "broadcast"},
    {{52, 95, 110, 1}, AddressClass::global, "global"},
};

TEST_CASE("IPv4 inside IPv6 is refused whole, but for NAT64, which is judged by the IPv4 within") {
  for (const Embedding& embedding : kEmbeddings) {
    for (const Inner& inner : kInners) {
      const std::string text = embedding.text(inner.octets);
      CAPTURE(text);
      const bool is_judged_within = embedding.name.empty();
      const AddressRange range = classify(address_of(text));
      CHECK(range.name == (is_judged_within ? inner.name : embedding.name));
      CHECK(number_of(range.address_class) ==
            number_of(is_judged_within ? inner.address_class : AddressClass::forbidden));
    }
  }
}

TEST_CASE("a network is forbidden as a whole only where none of its addresses may be dialled") {
  struct Row {
    std::string_view network;
    std::string_view name;
  };
  const Row rows[] = {
      {"127.0.0.0/8", "loopback"},
      {"127.1.2.3", "loopback"},
      {"126.0.0.0/7", ""},
      {"169.254.0.0/16", "link-local"},
      {"169.254.169.254", "metadata"},
      {"10.0.0.0/8", ""},
      {"0.0.0.0/0", ""},
      {"192.0.0.0/24", ""},  // anycast within
      {"192.0.0.128/25", "protocol-assignment"},
      {"52.94.77.0/24", ""},
      {"::/0", ""},
      {"2002::/16", "6to4"},
      {"2001::/32", "teredo"},
      {"2001::/23", ""},
      {"2001:db8::/48", "documentation"},
      {"2000::/3", ""},
      {"2600::/12", ""},
      {"::ffff:0:0/96", "ipv4-mapped"},
      {"fd00:ec2::/32", "metadata"},
      {"fd00::/8", ""},
      {"fc00::/6", ""},
      {"4000::/3", "reserved"},
      {"fe80::/10", "link-local"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.network);
    CHECK(forbidden_range(Network::parse(row.network).value()) == row.name);
  }
}

TEST_CASE("loopback, metadata and container credentials belong in NO_PROXY, nothing else does") {
  for (const std::string_view text :
       {"127.0.0.1", "127.255.255.255", "::1", "169.254.169.254", "169.254.170.2", "169.254.170.23",
        "168.63.129.16", "100.100.100.200", "64:ff9b::168.63.129.16", "fd00:ec2::254",
        "fd00:ec2::23", "64:ff9b::169.254.169.254", "fd20:ce::254", "fd00:c1::a9fe:a9fe",
        "fd00:42::42"}) {
    CAPTURE(text);
    CHECK(belongs_in_no_proxy(address_of(text)));
  }
  for (const std::string_view text :
       {"0.0.0.0", "10.0.0.1", "169.254.169.253", "169.254.1.1", "fe80::1", "::", "1.1.1.1",
        "fd00:ec3::254", "64:ff9b::1.1.1.1"}) {
    CAPTURE(text);
    CHECK_FALSE(belongs_in_no_proxy(address_of(text)));
  }
}

}  // namespace
}  // namespace sallyport
