#include "policy/monitor.h"

#include <vector>

#include <doctest/doctest.h>

#include "tests/policy/decide_rows.h"

namespace sallyport {
namespace {

using Kind = FirstBytes::Kind;

AttemptBuilder a() { return connect("a.example.org:443"); }
AttemptBuilder b() { return connect("b.example.org:443"); }
AttemptBuilder ssh() { return connect("b.example.org:22"); }
RuleBuilder allow_a() { return rule("a").hosts({"a.example.org"}); }

/// The one that DESIGN proposes.
RuleBuilder discover() {
  return rule("discover")
      .hosts({"*"})
      .schemes({Scheme::https, Scheme::http})
      .ports(1, 65535)
      .tls_optional()
      .monitor();
}
PolicyBuilder discovering(RuleBuilder deny) { return policy({allow_a(), discover(), deny}); }
RuleBuilder deny_all() { return rule("never").deny().hosts({"*"}); }

const Verdict kLifted{Reason::host_not_allowed, kNoRule, Stage::connect};
constexpr const char* kDiscovered = "allow would_block host_not_allowed by discover after connect";

}  // namespace

TEST_CASE("monitor mode lets pass what the rules block, as would_block with reason and rule") {
  const auto monitored = [](RuleBuilder rule) { return policy({rule}).mode(Mode::monitor); };
  check({
      {"no rule for the host", monitored(allow_a()), b(),
       "need address would_block host_not_allowed by - after connect"},
      {"a port", monitored(allow_a()), connect("a.example.org:22"),
       "need address would_block port_not_allowed by a after connect"},
      {"a deny", monitored(deny_all()), a(),
       "need address would_block denied_by_rule by never after connect"},
      {"first bytes", monitored(allow_a()), a().to({kPublic}).first(Kind::other),
       "allow would_block not_tls by a after first_bytes"},
      {"no SNI", monitored(allow_a()), a().to({kPublic}).tls_without_sni(),
       "allow would_block sni_missing by a after first_bytes"},
      {"a request", monitored(allow_a().methods({"GET"})),
       exchange("PUT", "https://a.example.org/").to({kPublic}),
       "allow would_block method_not_allowed by a after request"},
      {"what the rules allow is allowed", monitored(allow_a()), a().to({kPublic}).tls(),
       "allow by a after first_bytes"},
      {"what the rules want to read is read", monitored(allow_a().methods({"GET"})),
       a().to({kPublic}).tls(), "need request"},
      {"the client's mode wins",
       policy({allow_a()}).mode(Mode::monitor).client("ours", "10.20.0.0/16", Mode::enforce),
       b().from("10.20.0.1"), "block host_not_allowed by - after connect"},
      {"also where it monitors", policy({allow_a()}).client("ours", "10.20.0.0/16", Mode::monitor),
       b().from("10.20.0.1"), "need address would_block host_not_allowed by - after connect"},
  });
}

TEST_CASE("what monitor mode lets pass still gets address and first bytes, and is then unread") {
  check(
      policy({allow_a().methods({"GET"}), rule("get").hosts({"*"}).methods({"GET"}).monitor()})
          .mode(Mode::monitor),
      {
          {"at the connect", b(), "need address would_block host_not_allowed by - after connect"},
          {"with its address", b().to({kPublic}).lifted(kLifted),
           "need first_bytes would_block host_not_allowed by - after connect"},
          {"TLS: no request is asked for", b().to({kPublic}).tls().lifted(kLifted),
           "allow would_block host_not_allowed by - after connect"},
          {"HTTP: relayed unread", b().to({kPublic}).first(Kind::http).lifted(kLifted),
           "allow would_block host_not_allowed by - after connect"},
          {"the guard blocks it", b().to({"127.0.0.1"}).lifted(kLifted),
           "block destination_forbidden by - after address"},
          {"a private address too", b().to({kPrivate}).lifted(kLifted),
           "block destination_forbidden by - after address"},
          {"a mixed answer passes by the good one", b().to({"127.0.0.1", kPublic}).lifted(kLifted),
           "need first_bytes would_block host_not_allowed by - after connect"},
          {"another name in the hello", b().to({kPublic}).sni("c.example.org").lifted(kLifted),
           "block sni_mismatch by - after first_bytes"},
      });
}

TEST_CASE("would_block keeps the first verdict's reason, rule and after") {
  const Verdict first{Reason::port_not_allowed, 0, Stage::connect};
  check(policy({allow_a()}).mode(Mode::monitor),
        {{"though the rule would fail by its first bytes by now",
          connect("a.example.org:22").to({kPublic}).first(Kind::http).lifted(first),
          "allow would_block port_not_allowed by a after connect"}});
}

TEST_CASE("a rule's networks do not lift the guard for what monitor lets pass") {
  check(
      {{"of the rule that fails", policy({allow_a().networks({"10.0.0.0/8"})}).mode(Mode::monitor),
        a().to({kPrivate}).dialled(kPrivate).first(Kind::other),
        "block destination_forbidden by - after address"}});
}

TEST_CASE("discovery: a host of no enforcing allow passes under a monitor allow's name") {
  const auto rules = [] { return policy({allow_a(), discover()}); };
  check({
      {"at the connect", rules(), b(),
       "need address would_block host_not_allowed by discover after connect"},
      {"its address", rules(), b().to({kPublic}).lifted(kLifted),
       "need first_bytes would_block host_not_allowed by discover after connect"},
      {"TLS", rules(), b().to({kPublic}).tls().lifted(kLifted), kDiscovered},
      {"TLS without a name", rules(), b().to({kPublic}).tls_without_sni().lifted(kLifted),
       kDiscovered},
      {"HTTP, unread", rules(), b().to({kPublic}).first(Kind::http).lifted(kLifted), kDiscovered},
      {"any protocol", rules(), ssh().to({kPublic}).first(Kind::silence).lifted(kLifted),
       kDiscovered},
      {"an exchange", rules(), exchange("GET", "http://b.example.org/").to({kPublic}),
       "allow would_block host_not_allowed by discover after request"},
      {"the guard holds", rules(), b().to({"127.0.0.1"}).lifted(kLifted),
       "block destination_forbidden by - after address"},
      {"contradictions hold", rules(), b().to({kPublic}).sni("c.example.org").lifted(kLifted),
       "block sni_mismatch by - after first_bytes"},
      {"a literal", rules(), connect("203.0.114.1:443"),
       "need address would_block address_literal by discover after connect"},
      {"where an enforcing allow's hosts match, its verdict stands", rules(),
       connect("a.example.org:22"), "block port_not_allowed by a after connect"},
      {"excepted hosts match too",
       policy({rule("w").hosts({"*.example.org"}).except_hosts({"b.example.org"}), discover()}),
       b(), "block host_not_allowed by w after connect"},
      {"a client's mode: enforce does not forbid it",
       rules().client("ours", "10.20.0.0/16", Mode::enforce), b().from("10.20.0.1"),
       "need address would_block host_not_allowed by discover after connect"},
      {"monitor mode comes first, and names no rule", rules().mode(Mode::monitor), b(),
       "need address would_block host_not_allowed by - after connect"},
  });
}

TEST_CASE("discovery by a monitor allow that is true, and by no other") {
  const auto rules = [](RuleBuilder monitor) { return policy({allow_a(), monitor}); };
  const auto seen = [] { return rule("seen").hosts({"b.example.org"}).monitor(); };
  check({
      {"its port", rules(seen()), ssh(), "block host_not_allowed by - after connect"},
      {"its client", rules(seen().clients({})), b(), "block host_not_allowed by - after connect"},
      {"its end", rules(seen().until(at(5))), b().when(at(5)),
       "block host_not_allowed by - after connect"},
      {"its first bytes", rules(seen()), b().to({kPublic}).first(Kind::other).lifted(kLifted),
       "block host_not_allowed by - after first_bytes"},
      {"its networks", rules(seen().networks({"203.0.115.0/24"})),
       b().to({kPublic}).lifted(kLifted), "block host_not_allowed by - after address"},
      {"of an exchange", rules(discover().networks({"203.0.115.0/24"})),
       exchange("GET", "http://b.example.org/").to({kPublic}).lifted(kLifted),
       "block host_not_allowed by - after address"},
      {"its networks lift nothing", rules(seen().networks({"10.0.0.0/8"})),
       b().to({kPrivate}).lifted(kLifted), "block destination_forbidden by - after address"},
      {"it causes no interception: its request conditions stay unknown",
       rules(seen().methods({"GET"})), b().to({kPublic}).tls().lifted(kLifted),
       "block host_not_allowed by - after first_bytes"},
      {"one that is true", rules(seen()), b().to({kPublic}).tls().lifted(kLifted),
       "allow would_block host_not_allowed by seen after connect"},
      {"the first that is true, not the first that is unknown",
       policy({seen().methods({"GET"}), discover()}), b().to({kPublic}).tls().lifted(kLifted),
       kDiscovered},
  });
}

TEST_CASE("discovery where an enforcing deny is true or unknown") {
  check({
      {"true", discovering(deny_all()), b(), "block denied_by_rule by never after connect"},
      {"false", discovering(deny_all().ports(80)), b(),
       "need address would_block host_not_allowed by discover after connect"},
      {"unknown before the address: asked again", discovering(deny_all().networks({"10.0.0.0/8"})),
       b(), "need address would_block host_not_allowed by discover after connect"},
      {"then true", discovering(deny_all().networks({"203.0.114.0/24"})),
       b().to({kPublic}).lifted(kLifted), "block denied_by_rule by never after address"},
      {"then false", discovering(deny_all().networks({"10.0.0.0/8"})),
       b().to({kPublic}).lifted(kLifted),
       "need first_bytes would_block host_not_allowed by discover after connect"},
      {"unknown before the first bytes: asked again",
       discovering(deny_all().schemes({Scheme::http})), b().to({kPublic}).lifted(kLifted),
       "need first_bytes would_block host_not_allowed by discover after connect"},
      {"then true", discovering(deny_all().schemes({Scheme::http})),
       b().to({kPublic}).first(Kind::http).lifted(kLifted),
       "block denied_by_rule by never after first_bytes"},
      {"then false", discovering(deny_all().schemes({Scheme::http})),
       b().to({kPublic}).tls().lifted(kLifted), kDiscovered},
      {"still unknown there: denied", discovering(deny_all().methods({"PUT"})),
       b().to({kPublic}).tls().lifted(kLifted), "block denied_by_rule by never after first_bytes"},
      {"of HTTP too: nothing is read for it", discovering(deny_all().methods({"PUT"})),
       b().to({kPublic}).first(Kind::http).lifted(kLifted),
       "block denied_by_rule by never after first_bytes"},
      {"an exchange has its request: true", discovering(deny_all().methods({"PUT"})),
       exchange("PUT", "http://b.example.org/"), "block denied_by_rule by never after request"},
      {"an exchange has its request: false", discovering(deny_all().methods({"PUT"})),
       exchange("GET", "http://b.example.org/").to({kPublic}),
       "allow would_block host_not_allowed by discover after request"},
      {"an exchange whose body would tell: nothing is read for it",
       discovering(deny_all().aws(ConditionKind::actions, {"x"})),
       exchange("POST", "http://b.example.org/")
           .to({kPublic})
           .lifted(kLifted)
           .shows({.actions = in_body()}),
       "block denied_by_rule by never after address"},
  });
}

TEST_CASE("a monitor deny that is true records would_block where the enforcing rules allow") {
  const auto with = [](RuleBuilder deny) { return policy({allow_a(), deny.monitor()}); };
  const auto tls = [] { return a().to({kPublic}).tls(); };
  constexpr const char* kRecorded = "allow would_block denied_by_rule by never after first_bytes";
  check({
      {"true", with(deny_all()), tls(), kRecorded},
      {"false", with(deny_all().ports(80)), tls(), "allow by a after first_bytes"},
      {"unknown: its request is not read for it", with(deny_all().methods({"PUT"})), tls(),
       "allow by a after first_bytes"},
      {"by an address", with(deny_all().networks({"203.0.114.0/24"})), tls(), kRecorded},
      {"of a request that is read anyway",
       policy({allow_a().methods({"PUT"}), deny_all().methods({"PUT"}).monitor()}),
       exchange("PUT", "https://a.example.org/").to({kPublic}),
       "allow would_block denied_by_rule by never after request"},
      {"it neither blocks nor asks", with(deny_all()), a(), "need address"},
      {"the first of two",
       policy({allow_a(), deny_all().monitor(), rule("later").deny().hosts({"*"}).monitor()}),
       tls(), kRecorded},
      {"it says nothing of what is blocked", with(deny_all()), connect("a.example.org:80"),
       "block port_not_allowed by a after connect"},
  });
}

TEST_CASE("monitor rules allow nothing, deny nothing and read nothing that enforcing rules judge") {
  const auto tls = [] { return a().to({kPublic}).tls(); };
  check({
      {"a monitor allow beside an enforcing one", policy({discover(), allow_a()}), tls(),
       "allow by a after first_bytes"},
      {"with request conditions",
       policy({rule("m").hosts({"*"}).methods({"GET"}).monitor(), allow_a()}), tls(),
       "allow by a after first_bytes"},
      {"it is no nearest miss", policy({rule("m").hosts({"a.example.org"}).ports(80).monitor()}),
       tls(), "block host_not_allowed by - after first_bytes"},
  });
}

}  // namespace sallyport
