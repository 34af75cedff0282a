#include "policy/nearest_miss.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "policy/dial_choice.h"
#include "tests/policy/decide_rows.h"

namespace sallyport {
namespace {

using Kind = FirstBytes::Kind;
using enum ConditionKind;

RuleBuilder named(const char* name) { return rule(name).hosts({"a.example.org"}); }
AttemptBuilder a() { return connect("a.example.org:443"); }

AwsFacts all_shown() {
  return {.principal_accounts = shown({"1"}),
          .regions = shown({"1"}),
          .services = shown({"1"}),
          .actions = shown({"1"}),
          .resource_accounts = shown({"1"}),
          .referenced_accounts = shown({"1"}),
          .buckets = shown({"1"}),
          .resources = shown({"1"})};
}

/// An https exchange on the host, from a client that has no name.
AttemptBuilder put() {
  return exchange("PUT", "https://a.example.org/x").to({kPublic}).shows(all_shown());
}

std::string rule_of(const Snapshot& snapshot, const Facts& facts) {
  const DialChoice choice = choose_address(snapshot, facts, ChosenFor::enforcing_rules);
  return std::string(snapshot.rule_name(nearest_miss(snapshot, facts, choice).rule));
}

}  // namespace

TEST_CASE("the nearest miss is the rule whose first false condition comes latest") {
  // Each rule fails exactly one condition of this request; together they are the order of
  // section 4.
  const std::vector<RuleBuilder> order = {
      named("hosts").except_hosts({"a.example.org"}),
      named("clients").clients({"ours"}),
      named("until").until(at(5)),
      named("ports").ports(80),
      named("schemes").schemes({Scheme::http}),
      named("networks").networks({"203.0.115.0/24"}),
      named("methods").methods({"GET"}),
      named("urls").urls({"https://a.example.org/y"}),
      named("principal").aws(principal_accounts, {"2"}),
      named("regions").aws(regions, {"2"}),
      named("services").aws(services, {"2"}),
      named("actions").aws(actions, {"2"}),
      named("resource").aws(resource_accounts, {"2"}),
      named("referenced").aws(referenced_accounts, {"2"}),
      named("buckets").aws(buckets, {"2"}),
      named("resources").aws(resources, {"2"}),
  };
  const char* const reasons[] = {"host_not_allowed",
                                 "client_not_allowed",
                                 "rule_expired",
                                 "port_not_allowed",
                                 "scheme_not_allowed",
                                 "network_not_allowed",
                                 "method_not_allowed",
                                 "url_not_allowed",
                                 "principal_account_not_allowed",
                                 "region_not_allowed",
                                 "service_not_allowed",
                                 "action_not_allowed",
                                 "resource_account_not_allowed",
                                 "resource_account_not_allowed",
                                 "resource_not_allowed",
                                 "resource_not_allowed"};
  const auto facts_for = [](const Snapshot& snapshot) { return put().when(at(5)).facts(snapshot); };
  for (std::size_t later = 0; later < order.size(); ++later) {
    PolicyBuilder builder = policy({}).client("ours", "10.20.0.0/16");
    builder.with(order[later]);
    const Snapshot alone = builder.build();
    const DialChoice choice = choose_address(alone, facts_for(alone), ChosenFor::enforcing_rules);
    CHECK(text(nearest_miss(alone, facts_for(alone), choice).reason) == reasons[later]);
    for (std::size_t earlier = 0; earlier < later; ++earlier) {
      for (const bool is_first : {true, false}) {
        PolicyBuilder pair = policy({}).client("ours", "10.20.0.0/16");
        pair.with(order[is_first ? later : earlier]).with(order[is_first ? earlier : later]);
        const Snapshot snapshot = pair.build();
        CHECK(rule_of(snapshot, facts_for(snapshot)) == alone.rules[0].name);
      }
    }
  }
}

TEST_CASE("tls stands between networks and methods") {
  const auto other = [] { return a().to({kPublic}).first(Kind::other); };
  check({
      {"behind networks", policy({named("networks").networks({"203.0.115.0/24"}), named("tls")}),
       other(), "block not_tls by tls after first_bytes"},
      {"before methods", policy({named("tls"), named("methods").tls_optional().methods({"GET"})}),
       other(), "block not_tls by methods after first_bytes"},
  });
}

TEST_CASE("of the rules that match, those that name the host most precisely") {
  // From the least precise; each of them fails by its port alone, which is as far as all get.
  const std::vector<std::pair<const char*, const char*>> order = {
      {"any", "*"},          {"regex", "re:a\\..*"},      {"labels", "a.*.org"},
      {"wildcard", "*.org"}, {"longer", "*.example.org"}, {"exact", "a.example.org"},
  };
  for (std::size_t precise = 1; precise < order.size(); ++precise) {
    for (std::size_t coarse = 0; coarse < precise; ++coarse) {
      const auto [precise_name, precise_host] = order[precise];
      const auto [coarse_name, coarse_host] = order[coarse];
      CAPTURE(precise_name);
      CAPTURE(coarse_name);
      // The coarse one gets further; precision counts first.
      const Snapshot snapshot = policy({rule(coarse_name).hosts({coarse_host}).methods({"GET"}),
                                        rule(precise_name).hosts({precise_host}).ports(80)})
                                    .build();
      CHECK(rule_of(snapshot, put().facts(snapshot)) == precise_name);
    }
  }
}

TEST_CASE("of a rule's patterns the most precise counts; ties go by file order") {
  check({
      {"by its most precise pattern",
       policy({rule("w").hosts({"*.example.org"}).ports(80),
               rule("both").hosts({"*", "a.example.org"}).ports(80)}),
       a(), "block port_not_allowed by both after connect"},
      {"a tie", policy({named("first").ports(80), named("second").ports(80)}), a(),
       "block port_not_allowed by first after connect"},
      {"a tie in an excepted host",
       policy({rule("first").hosts({"*.example.org"}).except_hosts({"a.example.org"}),
               rule("second").hosts({"*.example.org"}).except_hosts({"a.example.org"})}),
       a(), "block host_not_allowed by first after connect"},
  });
}

TEST_CASE("absent and unknown conditions count as passed") {
  check({
      {"unknown networks before a method",
       policy({named("p").ports(80),
               named("u").networks({"10.0.0.0/8"}).urls({"https://b.example.org/"})}),
       a(), "block url_not_allowed by u after connect"},
      {"what waits for its body",
       policy(
           {named("m").methods({"GET"}), named("body").aws(actions, {"1"}).aws(resources, {"2"})}),
       exchange("PUT", "https://a.example.org/x")
           .to({kPublic})
           .shows({.actions = in_body(), .resources = shown({"1"})}),
       "block resource_not_allowed by body after request"},
  });
}

TEST_CASE("body_not_judgeable stands at the condition that waits for the body") {
  const auto unjudged = [] {
    return exchange("PUT", "https://a.example.org/x")
        .dialled(kPublic)
        .shows({.actions = in_body(), .resources = shown({"1"})})
        .body_is_known();
  };
  check({
      {"alone", policy({named("body").aws(actions, {"1"})}), unjudged(),
       "block body_not_judgeable by body after body"},
      {"a later one is nearer",
       policy({named("body").aws(actions, {"1"}), named("later").aws(resources, {"2"})}),
       unjudged(), "block resource_not_allowed by later after body"},
      {"an earlier one is not",
       policy({named("early").methods({"GET"}), named("body").aws(actions, {"1"})}), unjudged(),
       "block body_not_judgeable by body after body"},
  });
}

TEST_CASE("a scheme that is none of the rule's is said, not the port that it lacks") {
  check({
      {"HTTP on an https rule with absent ports", policy({named("a")}),
       a().to({kPublic}).first(Kind::http), "block scheme_not_allowed by a after first_bytes"},
      {"a http exchange on it", policy({named("a")}), exchange("GET", "http://a.example.org/"),
       "block scheme_not_allowed by a after request"},
      {"written ports come first", policy({named("a").ports(8443)}),
       exchange("GET", "http://a.example.org/"), "block port_not_allowed by a after request"},
  });
}

TEST_CASE("where no rule's hosts match there is no rule; denies are no misses") {
  check({
      {"a name", policy({named("a")}), connect("b.example.org:443"),
       "block host_not_allowed by - after connect"},
      {"a literal", policy({named("a")}), connect("203.0.114.1:443"),
       "block address_literal by - after connect"},
      {"a literal that a rule names", policy({rule("l").hosts({"203.0.114.1"})}),
       connect("203.0.114.1:80"), "block port_not_allowed by l after connect"},
      {"a deny that is false", policy({rule("d").deny().hosts({"*"}).ports(80)}), a(),
       "block host_not_allowed by - after connect"},
  });
}

}  // namespace sallyport
