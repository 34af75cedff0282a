#include "policy/loader/pattern_budget.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "tests/policy/loader/load_text.h"

namespace sallyport {
namespace {

using namespace sallyport::test;

/// `count` lines, each with its number for every `#`.
std::string lines(std::string_view line, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    for (const char c : line) text += c == '#' ? std::to_string(i) : std::string(1, c);
    text += '\n';
  }
  return text;
}

/// Some error says `what`.
bool is_refused(const LoadResult& result, std::string_view what) {
  return std::any_of(result.errors.begin(), result.errors.end(), [what](const Diagnostic& each) {
    return each.message.find(what) != std::string::npos;
  });
}

TEST_CASE("what a policy may hold is counted down, and what is too much is told once") {
  Diagnostics diagnostics("p.yaml");
  PatternBudget budget(diagnostics);
  CHECK(budget.take_patterns(kPolicyPatternsMax, {2, 3}));
  CHECK(budget.take_pairs(kPatternPairsMax, {2, 3}));
  CHECK_FALSE(budget.is_exceeded());
  CHECK_FALSE(budget.take_patterns(1, {4, 5}));
  CHECK_FALSE(budget.take_patterns(1, {6, 7}));
  CHECK_FALSE(budget.take_pairs(1, {8, 9}));
  CHECK(budget.is_exceeded());
  REQUIRE(diagnostics.errors().size() == 2);
  CHECK(
      diagnostics.errors()[0].text().starts_with("p.yaml:4:5: the rules and sets of this policy "
                                                 "hold more than 2500000 host patterns"));
  CHECK(diagnostics.errors()[1].text().starts_with("p.yaml:8:9: too many exceptions"));
}

TEST_CASE("a set is counted in each rule that names it, with the names that fill it") {
  const auto policy = [](std::size_t rules) {
    return with_rules(lines("  - {name: r#, multi_tenant: accept, hosts: [\"@aws-api\"]}", rules),
                      "organization:\n  regions:\n" + lines("    - us-west-#", 200));
  };
  CHECK(load_text(policy(2)).is_ok());
  const LoadResult result = load_text(policy(60));
  CHECK(is_refused(result, "more than 2500000 host patterns"));
  CHECK(result.errors.size() == 1);
  CHECK_FALSE(result.rules.back().is_whole);
}

TEST_CASE("expressions are bounded all together, not only each by itself") {
  const std::string many = lines("      - \"re:(a#|b){200}(c|d){100}[.]example[.]org\"", 2'000);
  const LoadResult result =
      load_text(with_rules("  - name: r\n    multi_tenant: accept\n    hosts:\n" + many));
  CHECK(is_refused(result, "`re:` expressions of this policy are too large all together"));
}

TEST_CASE("many exact exceptions from many names are taken out, many wildcards are refused") {
  const auto policy = [](std::string_view held, std::string_view except) {
    return with_rules("  - {name: r, hosts: [\"@s\"]}\n",
                      "host_sets:\n  s:\n    hosts:\n      - kept.example.org\n" +
                          lines(held, 5'000) + "    except:\n" + lines(except, 5'000));
  };
  const LoadResult exact = load_text(policy("      - h#.example.org", "      - h#.example.org"));
  CHECK(errors_of(exact).empty());
  REQUIRE(exact.is_ok());
  CHECK(exact.rules[0].hosts[0].patterns.size() == 1);
  CHECK(is_refused(load_text(policy("      - \"*.h#.example.org\"", "      - x.h#.example.org")),
                   "too many exceptions"));
}

TEST_CASE("lists of `organization` are bounded, since each value stands in many patterns") {
  const std::string accounts =
      "organization:\n  sign_in_aliases:\n" + lines("    - alias#", 10'001);
  CHECK(is_refused(load_text(with_a_rule(accounts)), "has more than 10000 values"));
  const std::string regions = "organization:\n  regions:\n" + lines("    - us-west-#", 201);
  CHECK(is_refused(load_text(with_a_rule(regions)), "has more than 200 values"));
}

TEST_CASE("many rules, clients and sets cost no more than their number") {
  constexpr std::size_t kCount = 5'000;
  const std::string policy =
      "version: 1\nclients:\n" + lines("  - {name: c#, networks: [10.0.0.0/8]}", kCount) +
      "host_sets:\n" + lines("  set#: {hosts: [s#.example.org]}", kCount) + "rules:\n" +
      lines("  - {name: r#, clients: [c17], hosts: [h.example.org, \"@set#\"]}", kCount);
  const LoadResult result = load_text(policy);
  CHECK(joined(errors_of(result)).substr(0, 200) == "");
  CHECK(result.rules.size() == kCount);
}

}  // namespace
}  // namespace sallyport
