// SEMANTICS.md section 2, networks, as decide() answers by them.
#include <doctest/doctest.h>

#include "tests/policy/decide_rows.h"

namespace sallyport {
namespace {

using Kind = FirstBytes::Kind;

AttemptBuilder a() { return connect("a.example.org:443"); }
RuleBuilder allow(const char* name) { return rule(name).hosts({"a.example.org"}); }
RuleBuilder deny() { return rule("never").deny().hosts({"*"}); }

constexpr const char* kForbidden = "block destination_forbidden by - after address";

}  // namespace

TEST_CASE("nothing left after the guard is destination_forbidden; else network_not_allowed") {
  const auto inside = [] { return allow("a").networks({"203.0.115.0/24"}); };
  check({
      {"one forbidden address", policy({allow("a")}), a().to({"127.0.0.1"}), kForbidden},
      {"all forbidden", policy({allow("a")}), a().to({"127.0.0.1", "10.1.2.3", "::1"}), kForbidden},
      {"a mixed answer: the good one is dialled", policy({allow("a")}),
       a().to({"127.0.0.1", kPublic}), "need first_bytes"},
      {"our own address", policy({allow("a")}), a().to_own(kPublic), kForbidden},
      {"forbidden, though a rule has networks", policy({inside()}), a().to({"127.0.0.1"}),
       kForbidden},
      {"passed by the guard, accepted by no rule", policy({inside()}), a().to({kPublic}),
       "block network_not_allowed by a after address"},
      {"one guarded, one outside", policy({inside()}), a().to({"127.0.0.1", kPublic}),
       "block network_not_allowed by a after address"},
      {"one outside, one inside", policy({inside()}), a().to({kPublic, kOtherPublic}),
       "need first_bytes"},
      {"where a nearer rule failed before, the guard is said all the same",
       policy({allow("a").ports(80), rule("all").hosts({"*"})}), a().to({"127.0.0.1"}), kForbidden},
      {"monitor mode never lifts the guard", policy({allow("a")}).mode(Mode::monitor),
       a().to({"127.0.0.1"}), kForbidden},
      {"it lifts network_not_allowed", policy({inside()}).mode(Mode::monitor), a().to({kPublic}),
       "need first_bytes would_block network_not_allowed by a after address"},
      {"of a tunnel that is judged again: also where the rule would fail by its first bytes",
       policy({inside()}), a().to({"127.0.0.1"}).dialled("127.0.0.1").first(Kind::other),
       kForbidden},
      {"nothing resolved is nothing left", policy({allow("a")}), a().to({}), kForbidden},
  });
}

TEST_CASE("the guard's ban on private ranges is lifted for the rule that has them, and no other") {
  const auto lifts = [] { return allow("lifts").networks({"10.0.0.0/8"}); };
  check({
      {"by itself", policy({lifts()}), a().to({kPrivate}), "need first_bytes"},
      {"then it allows", policy({lifts()}), a().to({kPrivate}).dialled(kPrivate).tls(),
       "allow by lifts after first_bytes"},
      {"not for another rule of the host", policy({lifts().methods({"PUT"}), allow("plain")}),
       exchange("GET", "https://a.example.org/").to({kPrivate}), kForbidden},
      {"a rule without networks is not true beside it", policy({allow("plain"), lifts()}),
       a().to({kPrivate}).tls(), "allow by lifts after first_bytes"},
      {"a private address outside", policy({lifts()}), a().to({"192.168.0.1"}), kForbidden},
      {"loopback never", policy({allow("l").networks({"127.0.0.0/8"})}), a().to({"127.0.0.1"}),
       kForbidden},
      {"link-local never", policy({allow("l").networks({"169.254.0.0/16"})}),
       a().to({"169.254.1.1"}), kForbidden},
      {"metadata never", policy({allow("l").networks({"169.254.169.254/32"})}),
       a().to({"169.254.169.254"}), kForbidden},
      {"destinations.allow_networks lift it for all",
       policy({allow("a")}).allow_networks({"10.0.0.0/8"}), a().to({kPrivate}), "need first_bytes"},
      {"a public answer beside a private one: the rule without networks", policy({allow("plain")}),
       a().to({kPrivate, kPublic}), "need first_bytes"},
      {"a monitor rule lifts nothing", policy({allow("m").networks({"10.0.0.0/8"}).monitor()}),
       a().to({kPrivate}), kForbidden},
  });
}

TEST_CASE("networks are judged on the address that is dialled alone") {
  const auto two = [] {
    return policy({allow("a").networks({"203.0.114.0/24"}).methods({"GET"}),
                   allow("b").networks({"203.0.115.0/24"}).methods({"PUT"})});
  };
  const auto request = [](const char* method) {
    return exchange(method, "https://a.example.org/").to({kPublic, kOtherPublic}).dialled(kPublic);
  };
  check(two(), {
                   {"the rule of that address", request("GET"), "allow by a after request"},
                   {"not the rule of another", request("PUT"),
                    "block method_not_allowed by a after request"},
               });
}

TEST_CASE("a condition behind networks that fails is said, not the network that passed") {
  const auto lifts = [] { return allow("a").networks({"10.0.0.0/8"}); };
  check({
      {"other bytes", policy({allow("a")}), a().to({kPublic}).dialled(kPublic).first(Kind::other),
       "block not_tls by a after first_bytes"},
      {"other bytes to a private address", policy({lifts()}),
       a().to({kPrivate}).dialled(kPrivate).first(Kind::other),
       "block not_tls by a after first_bytes"},
      {"beside a rule that does not accept it", policy({lifts(), allow("b").tls_optional()}),
       a().to({kPrivate}).dialled(kPrivate).first(Kind::other),
       "block not_tls by a after first_bytes"},
      {"no SNI", policy({lifts()}), a().to({kPrivate}).dialled(kPrivate).tls_without_sni(),
       "block sni_missing by a after first_bytes"},
      {"a method", policy({lifts().methods({"GET"})}),
       exchange("PUT", "https://a.example.org/").to({kPrivate}).dialled(kPrivate),
       "block method_not_allowed by a after request"},
  });
}

TEST_CASE("NAT64 is judged by the IPv4 address within") {
  constexpr const char* kPrivateNat64 = "64:ff9b::a01:203";
  constexpr const char* kPublicNat64 = "64:ff9b::cb00:7201";
  check({
      {"a private one is guarded", policy({allow("a")}), a().to({kPrivateNat64}), kForbidden},
      {"a public one passes", policy({allow("a")}), a().to({kPublicNat64}), "need first_bytes"},
      {"networks of IPv4 hold it", policy({allow("a").networks({"10.0.0.0/8"})}),
       a().to({kPrivateNat64}), "need first_bytes"},
      {"networks of its own prefix do not", policy({allow("a").networks({"64:ff9b::/96"})}),
       a().to({kPublicNat64}), "block network_not_allowed by a after address"},
      {"a deny's networks hold it", policy({allow("a"), deny().networks({"10.0.0.0/8"})}),
       a().to({kPrivateNat64}), "block denied_by_rule by never after address"},
      {"loopback within", policy({allow("a").networks({"127.0.0.0/8"})}),
       a().to({"64:ff9b::7f00:1"}), kForbidden},
  });
}

TEST_CASE("a deny's networks hold by any resolved address, and are said before the guard") {
  const auto both = [](Words networks) { return policy({allow("a"), deny().networks(networks)}); };
  check({
      {"before the address", both({"203.0.114.0/24"}), a(), "need address"},
      {"the only one", both({"203.0.114.0/24"}), a().to({kPublic}),
       "block denied_by_rule by never after address"},
      {"one of two, not the one to dial", both({"203.0.115.0/24"}), a().to({kPublic, kOtherPublic}),
       "block denied_by_rule by never after address"},
      {"also once another was dialled", both({"203.0.115.0/24"}),
       a().to({kPublic, kOtherPublic}).dialled(kPublic).tls(),
       "block denied_by_rule by never after first_bytes"},
      {"a guarded one", both({"127.0.0.0/8"}), a().to({"127.0.0.1"}),
       "block denied_by_rule by never after address"},
      {"a guarded one beside a good one", both({"10.0.0.0/8"}), a().to({kPublic, kPrivate}),
       "block denied_by_rule by never after address"},
      {"none", both({"10.0.0.0/8"}), a().to({kPublic}), "need first_bytes"},
      {"monitor lifts the deny, not the guard behind it", both({"127.0.0.0/8"}).mode(Mode::monitor),
       a().to({"127.0.0.1"}), kForbidden},
  });
}

TEST_CASE("an address that is assumed is inside an allow's networks and outside a deny's") {
  check({
      {"allow", policy({allow("a").networks({"10.0.0.0/8"})}), a().address_assumed(),
       "need first_bytes"},
      {"deny", policy({allow("a"), deny().networks({"0.0.0.0/0", "::/0"})}),
       a().address_assumed().tls(), "allow by a after first_bytes"},
  });
}

}  // namespace sallyport
