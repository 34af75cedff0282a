#include "policy/loader/rule_hosts_yaml.h"

#include <doctest/doctest.h>

#include "policy/explain.h"
#include "tests/policy/loader/load_text.h"

namespace sallyport {
namespace {

using namespace sallyport::test;

LoadResult load_rules(std::string_view rules, std::string_view more = "") {
  LoadResult result = load_text(with_rules(rules, more));
  CHECK(errors_of(result).empty());
  REQUIRE(result.is_ok());
  return result;
}

RuleMatches matches(const LoadResult& result, std::string_view host) {
  RuleMatches found;
  result.policy->snapshot->matcher.match(Host::parse(host).value(), found);
  return found;
}

TEST_CASE("wildcards take A-labels and literals on the side that blocks, and in discovery") {
  struct Row {
    std::string_view rule;
    bool is_named, is_excepted;  ///< of an A-label and of a literal
  };
  const Row rows[] = {
      {"{name: a, hosts: [\"*\"], multi_tenant: accept}", false, false},
      {"{name: a, hosts: [\"*\"], mode: monitor}", true, false},
      {"{name: a, hosts: [\"*\"], effect: deny}", true, false},
      {"{name: a, hosts: [\"*\"], effect: deny, mode: monitor}", true, false},
      {"{name: a, mode: monitor, hosts: [\"*\"], except_hosts: [\"re:.*\"]}", true, true},
      {"{name: a, effect: deny, hosts: [\"*\"], except_hosts: [\"re:.*\"]}", true, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.rule);
    const LoadResult result = load_rules("  - " + std::string(row.rule) + "\n");
    for (const std::string_view host : {"xn--caf-dma.example.org", "192.0.2.1", "[2001:db8::1]"}) {
      CAPTURE(host);
      const auto found = matches(result, host);
      CHECK(found.size() == (row.is_named ? 1 : 0));
      if (!found.empty()) CHECK(found[0].is_excepted == row.is_excepted);
    }
  }
}

TEST_CASE("an A-label or a literal that a rule writes out is its host") {
  const LoadResult result =
      load_rules("  - {name: a, hosts: [xn--caf-dma.example.org, 192.0.2.1, \"[2001:DB8::1]\"]}\n");
  CHECK(matches(result, "xn--caf-dma.example.org").size() == 1);
  CHECK(matches(result, "192.0.2.1").size() == 1);
  CHECK(matches(result, "[2001:db8::1]").size() == 1);
}

TEST_CASE("a built-in set is filled for its place") {
  constexpr std::string_view kOurs = "d-abcdefghijkl.studio.us-east-1.sagemaker.aws";
  constexpr std::string_view kTheirs = "d-zzzzzzzzzzzz.studio.us-east-1.sagemaker.aws";
  constexpr std::string_view kElsewhere = "d-abcdefghijkl.studio.eu-west-1.sagemaker.aws";
  constexpr std::string_view kOrganization =
      "organization: {studio_domains: [d-abcdefghijkl], regions: [us-east-1]}\n";
  struct Row {
    std::string_view rule;
    bool ours, theirs, elsewhere;  ///< matched and not excepted
  };
  const Row rows[] = {
      {"{name: a, hosts: [\"@sagemaker-studio\"]}", true, false, false},
      {"{name: a, hosts: [\"@sagemaker-studio\"], multi_tenant: accept}", true, false, false},
      {"{name: a, hosts: [\"*.sagemaker.aws\"], except_hosts: [\"@sagemaker-studio\"]}", true,
       false, true},
      {"{name: a, effect: deny, hosts: [\"@sagemaker-studio\"]}", true, true, true},
      {"{name: a, effect: deny, hosts: [\"*.aws\"], except_hosts: [\"@sagemaker-studio\"]}", false,
       true, true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.rule);
    const LoadResult result = load_rules("  - " + std::string(row.rule) + "\n", kOrganization);
    const auto is_named = [&](std::string_view host) {
      const auto found = matches(result, host);
      return found.size() == 1 && !found[0].is_excepted;
    };
    CHECK(is_named(kOurs) == row.ours);
    CHECK(is_named(kTheirs) == row.theirs);
    CHECK(is_named(kElsewhere) == row.elsewhere);
  }
}

TEST_CASE("what a set leaves out is noted, and a host that it would match names the key") {
  const LoadResult result = load_rules("  - {name: a, hosts: [\"@sagemaker-studio\"]}\n",
                                       "organization: {studio_domains: [d-abcdefghijkl]}\n");
  const Snapshot& snapshot = *result.policy->snapshot;
  const auto key = [&](std::string_view host) {
    return unfilled_key(snapshot, Host::parse(host).value());
  };
  CHECK(key("mine.notebook.us-east-1.sagemaker.aws") == "notebooks");
  CHECK(key("docs.example.org").empty());
  std::string notes;
  for (const std::string& note : result.policy->notes) notes += note + "\n";
  CHECK(notes.find("rule 'a': @sagemaker-studio leaves out ") != std::string::npos);
  CHECK(notes.find("by notebooks)") != std::string::npos);
  CHECK(notes.find("(no key of `organization` fills them)") != std::string::npos);
}

TEST_CASE("the rule as written keeps items, places and kinds for other checks") {
  const LoadResult result = load_rules(
      "  - {name: a, hosts: [a.example.org, \"@own\", \"@sts\"], except_hosts: [b.example.org]}\n",
      "host_sets: {own: {hosts: [c.example.org, d.example.org]}}\n");
  const RuleSource& source = result.rules.at(0);
  CHECK(source.rule == 0);
  REQUIRE(source.hosts.size() == 3);
  CHECK(source.hosts[0].text == "a.example.org");
  CHECK(source.hosts[0].mark == Mark{4, 23});
  CHECK_FALSE(source.hosts[0].is_set);
  CHECK(source.hosts[0].patterns.size() == 1);
  CHECK(source.hosts[1].is_set);
  CHECK_FALSE(source.hosts[1].is_builtin_set);
  CHECK(source.hosts[1].patterns.size() == 2);
  CHECK(source.hosts[2].is_builtin_set);
  CHECK(source.hosts[2].patterns.size() > 2);
  REQUIRE(source.except_hosts.size() == 1);
  CHECK(source.except_hosts[0].text == "b.example.org");
}

}  // namespace
}  // namespace sallyport
