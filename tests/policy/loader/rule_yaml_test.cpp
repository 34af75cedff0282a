#include "policy/loader/rule_yaml.h"

#include <doctest/doctest.h>

#include "tests/policy/loader/load_text.h"

namespace sallyport {
namespace {

using namespace std::chrono_literals;
using namespace sallyport::test;

std::vector<Rule> rules_of(std::string_view rules, std::string_view more = "") {
  const LoadResult result = load_text(with_rules(rules, more));
  CHECK(errors_of(result).empty());
  REQUIRE(result.is_ok());
  return result.policy->snapshot->rules;
}

TEST_CASE("an allow without a key has https alone; a deny has any scheme") {
  const auto rules = rules_of(
      "  - {name: a, hosts: [a.example.org]}\n"
      "  - {name: d, effect: deny, hosts: [a.example.org]}\n");
  REQUIRE(rules.size() == 2);
  CHECK(rules[0].name == "a");
  CHECK(rules[0].is_allow());
  CHECK(rules[0].enforces());
  CHECK_FALSE(rules[0].clients);
  CHECK_FALSE(rules[0].until);
  CHECK(rules[0].ports.empty());
  REQUIRE(rules[0].schemes);
  CHECK(rules[0].schemes->https);
  CHECK_FALSE(rules[0].schemes->http);
  CHECK(rules[0].networks.empty());
  CHECK_FALSE(rules[0].tls_is_optional);
  CHECK_FALSE(rules[0].accepts_strangers);
  CHECK_FALSE(rules[1].is_allow());
  CHECK_FALSE(rules[1].schemes);
}

TEST_CASE("each key of a rule lands where it belongs") {
  const auto rules = rules_of(
      "  - name: a\n"
      "    effect: allow\n"
      "    mode: monitor\n"
      "    until: 2026-12-24T18:00:00Z\n"
      "    clients: [pipeline, lab]\n"
      "    hosts: [a.example.org]\n"
      "    ports: [443, 8000-8010, \"9000\"]\n"
      "    schemes: [https]\n"
      "    networks: [10.30.0.0/16]\n"
      "    tls: optional\n"
      "    multi_tenant: accept\n"
      "  - {name: d, effect: deny, mode: monitor, schemes: [http, https], hosts: "
      "[b.example.org]}\n",
      "clients:\n"
      "  - {name: lab, networks: [10.20.0.0/16]}\n"
      "  - {name: other, networks: [10.21.0.0/16]}\n"
      "  - {name: pipeline, networks: [10.22.0.0/16]}\n");
  REQUIRE(rules.size() == 2);
  const Rule& rule = rules[0];
  CHECK(rule.mode == Mode::monitor);
  CHECK(rule.until == std::chrono::sys_days(std::chrono::year(2026) / 12 / 24) + 18h);
  REQUIRE(rule.clients);
  CHECK(*rule.clients == std::vector<std::uint32_t>{0, 2});
  REQUIRE(rule.ports.size() == 3);
  CHECK(rule.ports[0].first == 443);
  CHECK(rule.ports[0].last == 443);
  CHECK(rule.ports[1].last == 8010);
  CHECK(rule.ports[2].first == 9000);
  REQUIRE(rule.networks.size() == 1);
  CHECK(rule.networks[0].text() == "10.30.0.0/16");
  CHECK(rule.tls_is_optional);
  CHECK(rule.accepts_strangers);
  CHECK(rules[1].mode == Mode::monitor);
  REQUIRE(rules[1].schemes);
  CHECK(rules[1].schemes->http);
  CHECK(rules[1].schemes->https);
}

TEST_CASE("a rule ends at its instant: from then on it is warned of") {
  const auto warnings = [](std::string_view until) {
    return load_text(with_rules("  - {name: a, hosts: [a.example.org], until: " +
                                std::string(until) + "}\n"))
        .warnings.size();
  };
  CHECK(warnings("2026-06-01T12:00:00.000001Z") == 0);
  CHECK(warnings("2026-06-01T12:00:00Z") == 1);
  CHECK(warnings("2026-06-01T14:00:00+02:00") == 1);
  CHECK(warnings("2026-06-01T12:00:00-01:00") == 0);
}

}  // namespace
}  // namespace sallyport
