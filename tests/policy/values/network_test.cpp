// Network, of policy/values/ip_address.h.
#include <string>

#include <doctest/doctest.h>

#include "policy/values/ip_address.h"

namespace sallyport {
namespace {

Network network_of(std::string_view text) {
  std::string error;
  const auto network = Network::parse(text, &error);
  REQUIRE_MESSAGE(network.has_value(), error);
  return *network;
}

struct Membership {
  std::string_view network;
  std::string_view address;
  bool is_inside;
};

TEST_CASE("a network holds its first and last address and nothing beside them") {
  constexpr Membership kMemberships[] = {
      {"10.0.0.0/8", "10.0.0.0", true},
      {"10.0.0.0/8", "10.255.255.255", true},
      {"10.0.0.0/8", "9.255.255.255", false},
      {"10.0.0.0/8", "11.0.0.0", false},
      {"172.16.0.0/12", "172.31.255.255", true},
      {"172.16.0.0/12", "172.32.0.0", false},
      {"172.16.0.0/12", "172.15.255.255", false},
      {"10.1.2.128/25", "10.1.2.128", true},
      {"10.1.2.128/25", "10.1.2.255", true},
      {"10.1.2.128/25", "10.1.2.127", false},
      {"10.1.2.3", "10.1.2.3", true},
      {"10.1.2.3", "10.1.2.2", false},
      {"10.1.2.2/31", "10.1.2.3", true},
      {"10.1.2.2/31", "10.1.2.4", false},
      {"0.0.0.0/0", "255.255.255.255", true},
      {"0.0.0.0/0", "::", false},
      {"0.0.0.0/0", "::ffff:1.2.3.4", false},
      {"::/0", "1.2.3.4", false},
      {"::/0", "ffff::", true},
      {"::ffff:0:0/96", "1.2.3.4", false},
      {"fc00::/7", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true},
      {"fc00::/7", "fe00::", false},
      {"fc00::/7", "fbff::", false},
      {"2001:db8::/127", "2001:db8::1", true},
      {"2001:db8::/127", "2001:db8::2", false},
      {"::1", "::1", true},
      {"::1", "::", false},
  };
  for (const auto& [network, address, is_inside] : kMemberships) {
    CAPTURE(network);
    CAPTURE(address);
    CHECK(network_of(network).contains(*IpAddress::parse(address)) == is_inside);
  }
}

TEST_CASE("a network is written canonically") {
  CHECK(network_of("10.0.0.0/8").text() == "10.0.0.0/8");
  CHECK(network_of("10.0.0.1").text() == "10.0.0.1/32");
  CHECK(network_of("FC00:0::/7").text() == "fc00::/7");
  CHECK(network_of("::1").text() == "::1/128");
  CHECK(network_of("0.0.0.0/0").text() == "0.0.0.0/0");
}

TEST_CASE("a network covers its parts and itself, never more") {
  CHECK(network_of("10.0.0.0/8").covers(network_of("10.1.0.0/16")));
  CHECK(network_of("10.0.0.0/8").covers(network_of("10.0.0.0/8")));
  CHECK(network_of("10.0.0.0/8").covers(network_of("10.9.9.9")));
  CHECK_FALSE(network_of("10.0.0.0/8").covers(network_of("10.0.0.0/7")));
  CHECK_FALSE(network_of("10.1.0.0/16").covers(network_of("10.0.0.0/8")));
  CHECK_FALSE(network_of("10.0.0.0/8").covers(network_of("11.0.0.0/8")));
  CHECK_FALSE(network_of("0.0.0.0/0").covers(network_of("::/0")));
  CHECK_FALSE(network_of("::/0").covers(network_of("10.0.0.0/8")));
}

struct Refusal {
  std::string_view text;
  std::string_view error;  // what the message must hold
};

TEST_CASE("a network that is refused is told what would be right") {
  constexpr Refusal kRefusals[] = {
      {"10.1.0.0/8", "10.1.0.0/8 has host bits set; the network is 10.0.0.0/8"},
      {"10.0.0.1/31", "10.0.0.1/31 has host bits set; the network is 10.0.0.0/31"},
      {"1.2.3.4/0", "1.2.3.4/0 has host bits set; the network is 0.0.0.0/0"},
      {"fd00::1/8", "fd00::1/8 has host bits set; the network is fd00::/8"},
      {"FD12::/7", "FD12::/7 has host bits set; the network is fc00::/7"},
      {"10.0.0.0/33", "a number from 0 to 32"},
      {"10.0.0.0/", "a number from 0 to 32"},
      {"10.0.0.0/08", "a number from 0 to 32"},
      {"10.0.0.0/-1", "a number from 0 to 32"},
      {"10.0.0.0/+8", "a number from 0 to 32"},
      {"10.0.0.0/8 ", "a number from 0 to 32"},
      {"10.0.0.0/8/8", "a number from 0 to 32"},
      {"10.0.0.0/255.0.0.0", "a number from 0 to 32"},
      {"10.0.0.0/99999999999999999999999", "a number from 0 to 32"},
      {"fc00::/129", "a number from 0 to 128"},
      {"10/8", "such as 10.0.0.0/8"},
      {"10.0.0/8", "such as 10.0.0.0/8"},
      {"010.0.0.0/8", "such as 10.0.0.0/8"},
      {"[fc00::]/7", "without brackets"},
      {"fe80::1%eth0/64", "scope id"},
      {"example.org", "such as 10.0.0.0/8"},
      {"/8", "such as 10.0.0.0/8"},
      {"", "such as 10.0.0.0/8"},
  };
  for (const auto& [text, expected] : kRefusals) {
    CAPTURE(text);
    std::string error;
    CHECK_FALSE(Network::parse(text, &error).has_value());
    CAPTURE(error);
    CHECK(error.find(expected) != std::string::npos);
    CHECK_FALSE(Network::parse(text).has_value());
  }
}

}  // namespace
}  // namespace sallyport
