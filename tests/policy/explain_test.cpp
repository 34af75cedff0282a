#include "policy/explain.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/policy/decide_rows.h"

namespace sallyport {
namespace {

using Kind = FirstBytes::Kind;

/// `name: matched`, `name: CONDITION REASON`, `name: waits FACT`; one rule a line.
std::string said(const PolicyBuilder& policy, const AttemptBuilder& attempt) {
  const Snapshot snapshot = policy.build();
  std::string lines;
  for (const Considered& each : explain(snapshot, attempt.facts(snapshot))) {
    lines += std::string(snapshot.rule_name(each.rule)) + ": ";
    switch (each.outcome) {
      case Considered::Outcome::matched:
        lines += "matched";
        break;
      case Considered::Outcome::failed:
        lines += std::string(text(each.condition)) + " " + std::string(text(each.reason));
        break;
      case Considered::Outcome::waits_for:
        lines += "waits " + std::string(text(each.fact));
        break;
    }
    lines += "\n";
  }
  return lines;
}

AttemptBuilder a() { return connect("a.example.org:443"); }

}  // namespace

TEST_CASE("explain names every rule in file order: matched, what it failed on, or waits for") {
  const auto rules = [] {
    return policy({rule("other").hosts({"b.example.org"}), rule("exact").hosts({"a.example.org"}),
                   rule("excepted").hosts({"*.example.org"}).except_hosts({"a.example.org"}),
                   rule("read").hosts({"*"}).methods({"GET"}),
                   rule("never").deny().hosts({"*"}).ports(80),
                   rule("seen").hosts({"*"}).tls_optional().monitor()});
  };
  CHECK(said(rules(), a()) ==
        "other: hosts host_not_allowed\n"
        "exact: waits first_bytes\n"
        "excepted: hosts host_not_allowed\n"
        "read: waits first_bytes\n"
        "never: ports port_not_allowed\n"
        "seen: matched\n");
  CHECK(said(rules(), a().to({kPublic}).tls()) ==
        "other: hosts host_not_allowed\n"
        "exact: matched\n"
        "excepted: hosts host_not_allowed\n"
        "read: waits request\n"
        "never: ports port_not_allowed\n"
        "seen: matched\n");
  CHECK(said(rules(), a().to({kPublic}).first(Kind::other)) ==
        "other: hosts host_not_allowed\n"
        "exact: tls not_tls\n"
        "excepted: hosts host_not_allowed\n"
        "read: tls not_tls\n"
        "never: ports port_not_allowed\n"
        "seen: matched\n");
}

TEST_CASE("explain judges networks on the address that is dialled") {
  const auto rules = [] {
    return policy({rule("one").hosts({"*"}).networks({"203.0.114.0/24"}),
                   rule("two").hosts({"*"}).networks({"203.0.115.0/24"})});
  };
  CHECK(said(rules(), a()) == "one: waits address\ntwo: waits address\n");
  CHECK(said(rules(), a().to({kPublic, kOtherPublic}).tls()) ==
        "one: matched\ntwo: networks network_not_allowed\n");
  CHECK(said(rules(), a().address_assumed().tls()) == "one: matched\ntwo: matched\n");
  CHECK(said(rules(), a().to({"127.0.0.1"})) ==
        "one: networks network_not_allowed\ntwo: networks network_not_allowed\n");
}

TEST_CASE("explain judges by the address that is dialled for who lets the attempt pass") {
  const auto rules = [] {
    return policy({rule("lifts").hosts({"*"}).networks({"10.0.0.0/8"})}).mode(Mode::monitor);
  };
  const auto both = [] { return a().to({kPrivate, kPublic}).tls(); };
  CHECK(said(rules(), both()) == "lifts: matched\n");
  const Verdict lifted{Reason::port_not_allowed, 0, Stage::connect};
  CHECK(said(rules(), both().lifted(lifted)) == "lifts: networks network_not_allowed\n");
}

TEST_CASE("explain says nothing where there are no rules") { CHECK(said(policy({}), a()).empty()); }

TEST_CASE("a host that an unfilled label of a set would match is told so, with the key to fill") {
  Snapshot snapshot = policy({rule("a").hosts({"a.example.org"})}).build();
  snapshot.left_out = {{pattern_of("*.studio.example.org"), "studio_domains"},
                       {pattern_of("*.notebook.example.org"), "notebooks"}};
  const auto key_for = [&](std::string_view host) {
    return unfilled_key(snapshot, *Host::parse(host));
  };
  CHECK(key_for("d-1.studio.example.org") == "studio_domains");
  CHECK(key_for("x.notebook.example.org") == "notebooks");
  CHECK(key_for("a.example.org").empty());
  CHECK(key_for("203.0.114.1").empty());
}

}  // namespace sallyport
