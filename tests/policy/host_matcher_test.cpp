#include "policy/host_matcher.h"

#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "policy/aws/builtin_sets.h"
#include "policy/aws/fill.h"
#include "tests/policy/aws/organization_fixture.h"

namespace sallyport {
namespace {

using Part = HostMatcher::Part;

HostPattern pattern_of(std::string_view text) {
  std::string error;
  auto pattern = HostPattern::parse(text, error);
  REQUIRE_MESSAGE(pattern, text << ": " << error);
  return *pattern;
}

Host host_of(std::string_view text) {
  const auto host = Host::parse(text);
  REQUIRE_MESSAGE(host, text);
  return *host;
}

/// One pattern at its place.
struct Placed {
  HostPattern pattern;
  RuleIndex rule = 0;
  Part part = Part::hosts;
  bool wild_takes_a_labels = false;
};

HostMatcher matcher_of(const std::vector<Placed>& all) {
  HostMatcher matcher;
  for (const Placed& each : all) {
    matcher.add(each.pattern, each.rule, each.part, each.wild_takes_a_labels);
  }
  return matcher;
}

/// The slow, obvious answer: every pattern is asked.
RuleMatches ask_each(const std::vector<Placed>& all, const Host& host) {
  std::map<RuleIndex, RuleMatch> named;
  std::map<RuleIndex, bool> excepted;
  for (const Placed& each : all) {
    if (!each.pattern.matches(host, each.wild_takes_a_labels)) continue;
    if (each.part == Part::except_hosts) {
      excepted[each.rule] = true;
      continue;
    }
    RuleMatch& match = named[each.rule];
    match.rule = each.rule;
    match.precision = std::max(match.precision, each.pattern.precision());
  }
  RuleMatches matches;
  for (auto& [rule, match] : named) {
    match.is_excepted = excepted.contains(rule);
    matches.push_back(match);
  }
  return matches;
}

bool same(const RuleMatches& a, const RuleMatches& b) {
  return std::equal(
      a.begin(), a.end(), b.begin(), b.end(), [](const RuleMatch& x, const RuleMatch& y) {
        return x.rule == y.rule && x.precision == y.precision && x.is_excepted == y.is_excepted;
      });
}

RuleMatches ask(const HostMatcher& matcher, const Host& host) {
  RuleMatches matches;
  matcher.match(host, matches);
  return matches;
}

/// Names of few, short labels, so that random patterns and hosts meet often.
class Names {
 public:
  explicit Names(std::uint32_t seed) : random_(seed) {}

  std::size_t below(std::size_t bound) { return random_() % bound; }

  std::string label() {
    static constexpr const char* kLabels[] = {"a",     "b",     "c",   "aa",  "s3",
                                              "xn--a", "xn--b", "a-b", "d_e", "www"};
    return kLabels[below(std::size(kLabels))];
  }

  std::string name(std::size_t labels) {
    std::string text = label();
    for (std::size_t i = 1; i < labels; ++i) text += "." + label();
    return text;
  }

  std::string host() {
    switch (below(20)) {
      case 0:
        return "192.0.2." + std::to_string(below(4));
      case 1:
        return "[2001:db8::" + std::to_string(below(4)) + "]";
      default:
        return name(1 + below(5));
    }
  }

  std::string pattern() {
    switch (below(16)) {
      case 0:
        return below(4) == 0 ? "*" : name(2);
      case 1:
        return "re:(" + label() + "\\.)+" + label();
      case 2:
        return "192.0.2." + std::to_string(below(4));
      case 3:
        return "[2001:db8::" + std::to_string(below(4)) + "]";
      case 4:
      case 5:
      case 6:
        return "*." + name(1 + below(3));
      case 7:
      case 8:
        return label() + ".*." + name(1 + below(2));
      case 9:
        return "*.*." + label();
      case 10:
        return "*." + label() + ".*." + label();
      default:
        return name(1 + below(5));
    }
  }

 private:
  std::mt19937 random_;
};

std::vector<Placed> random_rules(Names& names, std::size_t patterns) {
  std::vector<Placed> all;
  for (std::size_t i = 0; i < patterns; ++i) {
    const auto rule = static_cast<RuleIndex>(names.below(1 + patterns / 2));
    all.push_back({pattern_of(names.pattern()), rule,
                   names.below(5) == 0 ? Part::except_hosts : Part::hosts, names.below(2) == 0});
  }
  return all;
}

// THREATS.md T12; SALLYPORT_FULL in the environment makes it a million.
TEST_CASE("the fast match is the slow one, over 100,000 random rules and hosts") {
  struct Row {
    std::size_t patterns;
    int lists;
    int hosts_of_each;
  };
  const Row rows[] = {
      {1, 2000, 10}, {10, 1000, 40}, {100, 100, 380}, {1000, 10, 160}, {10'000, 1, 400}};
  Names names(20'260'819);
  int cases = 0;
  int matched = 0;
  int mismatches = 0;
  const int times = std::getenv("SALLYPORT_FULL") == nullptr ? 1 : 10;
  for (const Row& row : rows) {
    for (int list = 0; list < row.lists * times; ++list) {
      const auto rules = random_rules(names, row.patterns);
      const HostMatcher matcher = matcher_of(rules);
      for (int i = 0; i < row.hosts_of_each; ++i) {
        const Host host = host_of(names.host());
        const auto found = ask(matcher, host);
        ++cases;
        if (!found.empty()) ++matched;
        if (!same(found, ask_each(rules, host))) {
          ++mismatches;
          MESSAGE("mismatch on " << std::string(host.text()));
        }
      }
    }
  }
  CHECK(cases == times * 100'000);
  CHECK(matched > cases / 4);
  CHECK(mismatches == 0);
}

TEST_CASE("rules come in file order, each once, with the most precise pattern") {
  const HostMatcher matcher = matcher_of({
      {pattern_of("*.example.org"), 7},
      {pattern_of("a.example.org"), 7},
      {pattern_of("*"), 7},
      {pattern_of("*.org"), 2},
      {pattern_of("a.*.org"), 5},
      {pattern_of("re:a\\..*"), 1},
      {pattern_of("b.example.org"), 3},
  });
  const auto found = ask(matcher, host_of("a.example.org"));
  REQUIRE(found.size() == 4);
  CHECK(found[0].rule == 1);
  CHECK(found[0].precision == pattern_of("re:a").precision());
  CHECK(found[1].rule == 2);
  CHECK(found[1].precision == pattern_of("*.org").precision());
  CHECK(found[2].rule == 5);
  CHECK(found[2].precision == pattern_of("a.*.org").precision());
  CHECK(found[3].rule == 7);
  CHECK(found[3].precision == pattern_of("a.example.org").precision());
}

TEST_CASE("an excepted host counts as matched; an exception alone names nothing") {
  const HostMatcher matcher = matcher_of({
      {pattern_of("*.example.org"), 0},
      {pattern_of("old.example.org"), 0, Part::except_hosts},
      {pattern_of("old.example.org"), 1, Part::except_hosts},
  });
  const auto old = ask(matcher, host_of("old.example.org"));
  REQUIRE(old.size() == 1);
  CHECK(old[0].is_excepted);
  const auto other = ask(matcher, host_of("new.example.org"));
  REQUIRE(other.size() == 1);
  CHECK_FALSE(other[0].is_excepted);
}

TEST_CASE("matches are appended to what the caller has") {
  const HostMatcher matcher = matcher_of({{pattern_of("a.org"), 4}});
  RuleMatches matches = {{.rule = 9}};
  matcher.match(host_of("a.org"), matches);
  REQUIRE(matches.size() == 2);
  CHECK(matches[0].rule == 9);
  CHECK(matches[1].rule == 4);
}

TEST_CASE("A-labels and literals are taken by wildcards of a deny, not of an enforcing allow") {
  struct Row {
    std::string pattern;
    std::string host;
    bool allow;
    bool deny;
  };
  const Row rows[] = {
      {"*.example.org", "xn--a.example.org", false, true},
      {"*.example.org", "b.xn--a.example.org", false, true},
      {"*.xn--a.org", "b.xn--a.org", true, true},
      {"*.xn--a.org", "xn--b.xn--a.org", false, true},
      {"b.*.org", "b.xn--a.org", false, true},
      {"xn--a.*.org", "xn--a.b.org", true, true},
      {"*", "xn--a.org", false, true},
      {"re:.*", "xn--a.org", false, true},
      {"xn--a.org", "xn--a.org", true, true},
      {"*", "192.0.2.1", false, true},
      {"re:.*", "192.0.2.1", false, true},
      {"192.0.2.1", "192.0.2.1", true, true},
      {"*", "[2001:db8::1]", false, true},
      {"[2001:db8::1]", "[2001:db8:0::1]", true, true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.pattern);
    CAPTURE(row.host);
    const Host host = host_of(row.host);
    const HostMatcher allow = matcher_of({{pattern_of(row.pattern), 0, Part::hosts, false}});
    const HostMatcher deny = matcher_of({{pattern_of(row.pattern), 0, Part::hosts, true}});
    CHECK(ask(allow, host).size() == (row.allow ? 1 : 0));
    CHECK(ask(deny, host).size() == (row.deny ? 1 : 0));
  }
}

/// Some host that the filled label fits, or nearly.
std::string example_label(const FilledLabel& label, Names& names) {
  std::string text;
  for (const FilledPart& part : label.parts) {
    switch (part.kind) {
      case FilledPart::Kind::literal:
        text += part.literal;
        break;
      case FilledPart::Kind::region: {
        static constexpr const char* kRegions[] = {"us-east-1",  "eu-central-1",  "ap-south-2",
                                                   "cn-north-1", "us-gov-west-1", "nowhere"};
        text += kRegions[names.below(std::size(kRegions))];
        break;
      }
      case FilledPart::Kind::shape: {
        static constexpr const char* kTenants[] = {"111122223333",
                                                   "999988887777",
                                                   "acme-data",
                                                   "d-90670abcde",
                                                   "ssoins-0123456789abcdef",
                                                   "d-abcdefghijkl",
                                                   "dzd-abc",
                                                   "fraud-model",
                                                   "my-bucket",
                                                   "op-1",
                                                   "us-east-1",
                                                   "xn--a"};
        text += kTenants[names.below(std::size(kTenants))];
        break;
      }
    }
  }
  return label.parts.empty() ? names.label() : text;
}

std::string example_host(const FilledPattern& pattern, Names& names) {
  std::string text = pattern.leading_wildcard ? names.name(1 + names.below(2)) : "";
  for (const FilledLabel& label : pattern.labels) {
    if (!text.empty()) text += '.';
    text += example_label(label, names);
  }
  return text;
}

TEST_CASE("built-in sets in every place match as policy/aws reads them") {
  const SetPlace places[] = {SetPlace::allow_hosts, SetPlace::allow_except, SetPlace::deny_hosts,
                             SetPlace::deny_except, SetPlace::routes};
  Names names(20'260'820);
  std::vector<FilledPattern> every;
  for (const std::string_view set : builtin_set_names()) {
    const FilledSet filled = fill(set, SetPlace::deny_hosts, {}, false);
    every.insert(every.end(), filled.patterns.begin(), filled.patterns.end());
  }
  int matched = 0;
  int mismatches = 0;
  for (const std::string_view set : builtin_set_names()) {
    for (const SetPlace place : places) {
      const FilledSet filled = fill(set, place, test::acme(), false);
      HostMatcher matcher;
      for (const FilledPattern& pattern : filled.patterns) {
        matcher.add(HostPattern::of(pattern), 0, Part::hosts, true);
      }
      for (int i = 0; i < 400; ++i) {
        const auto& own = filled.patterns.empty() || i % 4 == 0 ? every : filled.patterns;
        const Host host = host_of(example_host(own[names.below(own.size())], names));
        const bool expected =
            std::any_of(filled.patterns.begin(), filled.patterns.end(),
                        [&](const FilledPattern& pattern) { return matches(pattern, host); });
        const bool found = !ask(matcher, host).empty();
        if (found) ++matched;
        if (found != expected) {
          ++mismatches;
          MESSAGE('@' << std::string(set) << " and " << std::string(host.text()));
        }
      }
    }
  }
  CHECK(matched > 10'000);
  CHECK(mismatches == 0);
}

TEST_CASE("a name of the most labels that there can be is matched") {
  std::string longest = "a";
  for (int i = 1; i < 127; ++i) longest += ".a";
  const HostMatcher matcher = matcher_of({{pattern_of("*.a"), 0}, {pattern_of(longest), 1}});
  CHECK(ask(matcher, host_of(longest)).size() == 2);
  CHECK(ask(matcher, host_of(longest.substr(2))).size() == 1);
}

TEST_CASE("an empty matcher matches nothing") {
  CHECK(ask(HostMatcher(), host_of("example.org")).empty());
  CHECK(ask(HostMatcher(), host_of("192.0.2.1")).empty());
}

}  // namespace
}  // namespace sallyport
