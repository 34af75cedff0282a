#include "policy/loader/host_sets_yaml.h"

#include <doctest/doctest.h>

#include "tests/policy/loader/load_text.h"

namespace sallyport {
namespace {

using namespace sallyport::test;

/// The rules of the policy whose hosts match, or `""`; excepted ones count as no match.
bool is_named(const LoadResult& result, std::string_view host) {
  REQUIRE(result.draft);
  RuleMatches matches;
  result.draft->matcher.match(Host::parse(host).value(), matches);
  return matches.size() == 1 && !matches[0].is_excepted;
}

TEST_CASE("a set's file has one pattern a line, comments, blanks and either line end") {
  const LoadResult result = load_text(
      with_rules("  - {name: a, hosts: [\"@partners\"]}\n",
                 "host_sets: {partners: {hosts: [own.example.net], file: partners.txt}}\n"),
      {{"partners.txt",
        "# head\r\n\r\na.example.net\r\n\t *.b.example.net  # all\r\nre:c[#][.]example[.]net#x\n"
        "last.example.net"}});
  CHECK(errors_of(result).empty());
  REQUIRE(result.is_ok());
  CHECK(result.policy->files == std::vector<std::string>{"p.yaml", "partners.txt"});
  CHECK(result.rules[0].hosts[0].patterns.size() == 5);
  for (const std::string_view host :
       {"own.example.net", "a.example.net", "x.b.example.net", "last.example.net"}) {
    CAPTURE(host);
    CHECK(is_named(result, host));
  }
  CHECK_FALSE(is_named(result, "b.example.net"));
}

TEST_CASE("what `except` covers is not in the set; the rule's own hosts are not touched by it") {
  const LoadResult result = load_text(with_rules(
      "  - {name: a, hosts: [\"@partners\", old.example.org]}\n",
      "host_sets: {partners: {hosts: [a.example.net, old.example.net, x.old.example.org],"
      " except: [old.example.net, \"*.old.example.org\"]}}\n"));
  CHECK(errors_of(result).empty());
  CHECK(is_named(result, "a.example.net"));
  CHECK(is_named(result, "old.example.org"));
  CHECK_FALSE(is_named(result, "old.example.net"));
  CHECK_FALSE(is_named(result, "x.old.example.org"));
}

TEST_CASE("what `except` cuts out of a wildcard is excepted from the whole allow rule") {
  const LoadResult result = load_text(with_rules(
      "  - {name: a, hosts: [\"@partners\", \"*.example.com\"]}\n",
      "host_sets: {partners: {hosts: [\"*.example.net\"], except: [old.example.net]}}\n"));
  CHECK(errors_of(result).empty());
  CHECK(is_named(result, "a.example.net"));
  CHECK(is_named(result, "a.example.com"));
  CHECK_FALSE(is_named(result, "old.example.net"));
  REQUIRE(result.rules[0].except_hosts.size() == 1);
  CHECK(result.rules[0].except_hosts[0].text == "@partners");
}

TEST_CASE("a set that no rule uses is read all the same") {
  const LoadResult result =
      load_text(with_a_rule("host_sets: {unused: {hosts: [\".example.net\"]}}\n"));
  CHECK(errors_of(result).size() == 1);
}

TEST_CASE("a set's file may be longer than a policy, but has an end") {
  const auto load = [](std::size_t bytes) {
    const std::string first = "a.example.net\n#";
    return load_text(
        with_rules("  - {name: a, hosts: [\"@many\"]}\n", "host_sets: {many: {file: many.txt}}\n"),
        {{"many.txt", first + std::string(bytes - first.size(), 'x')}});
  };
  CHECK(errors_of(load(64 * 1024 * 1024)).empty());
  CHECK(errors_of(load(64 * 1024 * 1024 + 1)).front() ==
        "many.txt:1:1: the file has more than 64 MiB; a longer one is not read");
}

TEST_CASE("rules share a set's patterns") {
  const LoadResult result =
      load_text(with_rules("  - {name: a, hosts: [\"@own\"]}\n  - {name: b, hosts: [\"@own\"]}\n",
                           "host_sets: {own: {hosts: [a.example.net]}}\n"));
  REQUIRE(result.is_ok());
  CHECK(&result.rules[0].hosts[0].patterns.front() == &result.rules[1].hosts[0].patterns.front());
}

}  // namespace
}  // namespace sallyport
