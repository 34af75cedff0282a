#include "policy/guard.h"

#include <vector>

#include <doctest/doctest.h>

#include "tests/policy/decide_rows.h"

namespace sallyport {
namespace {

struct AddressRow {
  const char* address;
  bool passes;             ///< by itself
  bool passes_if_allowed;  ///< where destinations.allow_networks or a rule's networks hold it
};

const std::vector<AddressRow> kAddresses = {
    {"203.0.114.1", true, true},
    {"2600::1", true, true},
    {"64:ff9b::cb00:7201", true, true},  // NAT64 of 203.0.114.1
    {"10.1.2.3", false, true},
    {"172.16.0.1", false, true},
    {"192.168.0.1", false, true},
    {"100.64.0.1", false, true},
    {"198.18.0.1", false, true},
    {"fd12::1", false, true},
    {"64:ff9b::a01:203", false, true},  // NAT64 of 10.1.2.3
    {"127.0.0.1", false, false},
    {"::1", false, false},
    {"169.254.1.1", false, false},
    {"169.254.169.254", false, false},
    {"169.254.170.2", false, false},
    {"fd00:ec2::254", false, false},
    {"fe80::1", false, false},
    {"0.0.0.0", false, false},
    {"224.0.0.1", false, false},
    {"192.0.2.1", false, false},
    {"240.0.0.1", false, false},
    {"::ffff:10.1.2.3", false, false},
    {"2002:a01:203::1", false, false},
    {"64:ff9b::7f00:1", false, false},  // NAT64 of 127.0.0.1
    {"64:ff9b:1::a01:203", false, false},
};

constexpr Words kEverything = {"0.0.0.0/0", "::/0"};

}  // namespace

TEST_CASE(
    "the guard passes global addresses, and private ones that the policy names; never others") {
  const Snapshot plain = policy({rule("any").hosts({"*"})}).build();
  const Snapshot open = policy({rule("any").hosts({"*"})}).allow_networks(kEverything).build();
  for (const AddressRow& row : kAddresses) {
    CAPTURE(row.address);
    const ResolvedAddress address{address_of(row.address), false};
    CHECK(passes_guard(plain, address) == row.passes);
    CHECK(passes_guard(open, address) == row.passes_if_allowed);
  }
}

TEST_CASE("a rule without networks accepts what passes without any rule's lift") {
  const Snapshot snapshot =
      policy({rule("any").hosts({"*"}), rule("lifts").hosts({"*"}).networks(kEverything)}).build();
  for (const AddressRow& row : kAddresses) {
    CAPTURE(row.address);
    const ResolvedAddress address{address_of(row.address), false};
    CHECK(rule_accepts(snapshot, snapshot.rules[0], address) == row.passes);
    CHECK(rule_accepts(snapshot, snapshot.rules[1], address) == row.passes_if_allowed);
  }
}

TEST_CASE("the networks of a monitor allow restrict, and lift nothing") {
  const Snapshot snapshot =
      policy({rule("seen").hosts({"*"}).networks({"10.0.0.0/8", "203.0.114.0/24"}).monitor()})
          .build();
  const Rule& seen = snapshot.rules[0];
  CHECK_FALSE(rule_accepts(snapshot, seen, {address_of(kPrivate), false}));
  CHECK(rule_accepts(snapshot, seen, {address_of(kPublic), false}));
  CHECK_FALSE(rule_accepts(snapshot, seen, {address_of(kOtherPublic), false}));
}

TEST_CASE("an address of the gate itself is never dialled, whoever names it") {
  const Snapshot snapshot = policy({rule("lifts").hosts({"*"}).networks(kEverything)})
                                .allow_networks(kEverything)
                                .build();
  for (const char* own : {kPublic, kPrivate}) {
    CAPTURE(own);
    CHECK(passes_guard(snapshot, {address_of(own), false}));
    CHECK_FALSE(passes_guard(snapshot, {address_of(own), true}));
    CHECK_FALSE(rule_accepts(snapshot, snapshot.rules[0], {address_of(own), true}));
  }
}

TEST_CASE("a literal is refused at once, before any rule, and nothing lifts that") {
  const auto names_all = [] {
    return policy({rule("named")
                       .hosts({"10.1.2.3", "127.0.0.1", "203.0.114.1", "[fd12::1]"})
                       .networks(kEverything)});
  };
  check({
      {"loopback, named", names_all(), connect("127.0.0.1:443"),
       "block destination_forbidden by - after connect"},
      {"a private one: a rule's networks do not lift it", names_all(), connect("10.1.2.3:443"),
       "block destination_forbidden by - after connect"},
      {"IPv6 too", names_all(), connect("[fd12::1]:443"),
       "block destination_forbidden by - after connect"},
      {"where destinations.allow_networks hold it the guard passes it",
       names_all().allow_networks({"10.0.0.0/8"}), connect("10.1.2.3:443"), "need address"},
      {"a global one", names_all(), connect("203.0.114.1:443"), "need address"},
      {"a global one that is our own", names_all(), connect("203.0.114.1:443").own(),
       "block destination_forbidden by - after connect"},
      {"no rule names it: the guard is said first", policy({rule("a").hosts({"a.example.org"})}),
       connect("127.0.0.1:443"), "block destination_forbidden by - after connect"},
      {"a deny names it: the guard is said first", policy({rule("d").deny().hosts({"*"})}),
       connect("127.0.0.1:443"), "block destination_forbidden by - after connect"},
      {"monitor mode does not lift it", names_all().mode(Mode::monitor), connect("10.1.2.3:443"),
       "block destination_forbidden by - after connect"},
      {"nor does discovery",
       policy({rule("discover").hosts({"*"}).tls_optional().networks(kEverything).monitor()}),
       connect("127.0.0.1:443"), "block destination_forbidden by - after connect"},
      {"of an exchange", names_all(), exchange("GET", "http://127.0.0.1/"),
       "block destination_forbidden by - after request"},
  });
}

TEST_CASE("a literal that no rule names is address_literal, which monitor lifts") {
  check({
      {"no rule", policy({}), connect("203.0.114.1:443"),
       "block address_literal by - after connect"},
      {"a wildcard does not name it", policy({rule("all").hosts({"*"})}),
       connect("203.0.114.1:443"), "block address_literal by - after connect"},
      {"monitor mode", policy({}).mode(Mode::monitor), connect("203.0.114.1:443"),
       "need address would_block address_literal by - after connect"},
      {"discovery", policy({rule("discover").hosts({"*"}).tls_optional().monitor()}),
       connect("203.0.114.1:443"),
       "need address would_block address_literal by discover after connect"},
      {"an SNI that is there is a mismatch", policy({rule("named").hosts({"203.0.114.1"})}),
       connect("203.0.114.1:443").to({"203.0.114.1"}).sni("a.example.org"),
       "block sni_mismatch by - after first_bytes"},
  });
}

TEST_CASE("accepts_some: a rule by itself, of the addresses that may still be dialled") {
  const Snapshot snapshot =
      policy({rule("a").hosts({"a.example.org"}).networks({"203.0.115.0/24"})}).build();
  const auto a = [] { return connect("a.example.org:443"); };
  const Rule& only = snapshot.rules[0];
  CHECK(accepts_some(snapshot, only, a().to({kPublic, kOtherPublic}).facts(snapshot)));
  CHECK_FALSE(accepts_some(snapshot, only, a().to({kPublic}).facts(snapshot)));
  CHECK_FALSE(accepts_some(snapshot, only,
                           a().to({kPublic, kOtherPublic}).dialled(kPublic).facts(snapshot)));
  CHECK_FALSE(accepts_some(snapshot, only, a().facts(snapshot)));
}

}  // namespace sallyport
