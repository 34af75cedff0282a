#include "policy/loader/rule_request_yaml.h"

#include <doctest/doctest.h>

#include "tests/policy/loader/load_text.h"

namespace sallyport {
namespace {

using namespace sallyport::test;

Rule rule_of(std::string_view rule) {
  const LoadResult result = load_text(with_rules("  - " + std::string(rule) + "\n"));
  CHECK(joined(errors_of(result)) == "");
  REQUIRE(result.is_ok());
  return result.policy->snapshot->rules.at(0);
}

TEST_CASE("what a rule asks of a request, and what it grants, lands where it belongs") {
  const Rule rule = rule_of(
      "{name: a, hosts: [a.example.org, \"*.mirrors.example.org\"], schemes: [http],"
      " methods: [GET, M-SEARCH, VERSION-CONTROL],"
      " urls: [\"http://a.example.org/simple/**\", \"http://eu.mirrors.example.org/**\"],"
      " content_types: [Text/HTML, application/vnd.api+json], websocket: true,"
      " limits: {upload_bytes: 64KiB, download_bytes: 1000}}");
  CHECK(rule.methods == std::vector<std::string>{"GET", "M-SEARCH", "VERSION-CONTROL"});
  REQUIRE(rule.urls.size() == 2);
  CHECK(rule.urls[0].text() == "http://a.example.org/simple/**");
  CHECK(rule.content_types == std::vector<std::string>{"text/html", "application/vnd.api+json"});
  CHECK(rule.takes_websocket);
  CHECK(rule.upload_max == 65536);
  CHECK(rule.download_max == 1000);
}

TEST_CASE("a rule without them asks nothing and grants nothing beyond") {
  const Rule rule = rule_of("{name: a, hosts: [a.example.org]}");
  CHECK(rule.methods.empty());
  CHECK(rule.urls.empty());
  CHECK(rule.content_types.empty());
  CHECK_FALSE(rule.takes_websocket);
  CHECK_FALSE(rule.upload_max);
  CHECK_FALSE(rule.download_max);
  CHECK_FALSE(rule.asks_for_request());
  CHECK_FALSE(rule_of("{name: a, hosts: [a.example.org], schemes: [http], websocket: false}")
                  .takes_websocket);
  const Rule one = rule_of("{name: a, hosts: [a.example.org], limits: {download_bytes: 1MiB}}");
  CHECK_FALSE(one.upload_max);
  CHECK(one.download_max == 1 << 20);
}

TEST_CASE("what needs no request over https loads") {
  // What does not load is in tests/policy/bad/request_over_https.yaml.
  const std::string_view rules[] = {
      "{name: a, hosts: [a.example.org], schemes: [http], methods: [GET]}",
      "{name: a, hosts: [a.example.org], schemes: [http], content_types: [text/html]}",
      "{name: a, hosts: [a.example.org], websocket: true, limits: {upload_bytes: 1MiB}}",
      "{name: a, hosts: [a.example.org], schemes: [https, http], methods: [GET],"
      " urls: [\"http://a.example.org/**\"]}",
      "{name: a, hosts: [a.example.org], schemes: [http], tls: optional,"
      " content_types: [text/html], urls: [\"http://a.example.org/**\"]}",
      "{name: a, effect: deny, hosts: [a.example.org], schemes: [http], methods: [PUT]}",
      "{name: a, effect: deny, hosts: [a.example.org], methods: [PUT],"
      " urls: [\"http://a.example.org/**\"]}",
      "{name: a, mode: monitor, hosts: [a.example.org], schemes: [http], methods: [GET]}",
  };
  for (const std::string_view rule : rules) {
    CAPTURE(rule);
    CHECK(joined(errors_of(load_text(with_rules("  - " + std::string(rule) + "\n")))) == "");
  }
}

TEST_CASE("a URL's host is one that some host of the rule may be") {
  struct Row {
    std::string_view hosts;
    std::string_view url_host;
    bool loads;
  };
  const Row rows[] = {
      {"hosts: [a.example.org]", "a.example.org", true},
      {"hosts: [a.example.org]", "A.Example.org.", true},
      {"hosts: [a.example.org]", "*.example.org", true},
      {"hosts: [a.example.org]", "*", true},
      {"hosts: [a.example.org]", "re:a\\..*", true},
      {"hosts: [a.example.org]", "b.example.org", false},
      {"hosts: [a.example.org]", "*.a.example.org", false},
      {"hosts: [a.example.org]", "re:b\\..*", false},
      {"hosts: [\"*.example.org\"]", "a.b.example.org", true},
      {"hosts: [\"*.example.org\"]", "*.b.example.org", true},
      {"hosts: [\"*.example.org\"]", "example.org", false},
      {"hosts: [\"*.example.org\"]", "xn--bcher-kva.example.org", false},
      {"effect: deny, hosts: [\"*.example.org\"]", "xn--bcher-kva.example.org", true},
      {"mode: monitor, hosts: [\"*.example.org\"]", "xn--bcher-kva.example.org", true},
      {"hosts: [xn--bcher-kva.example.org]", "xn--bcher-kva.example.org", true},
      {"hosts: [xn--bcher-kva.example.org]", "*.example.org", false},
      {"hosts: [\"*.example.org\"], except_hosts: [b.example.org]", "b.example.org", false},
      {"hosts: [\"*.example.org\"], except_hosts: [\"*.b.example.org\"]", "*.b.example.org", false},
      {"hosts: [\"*.example.org\"], except_hosts: [b.example.org]", "*.example.org", true},
      {"hosts: [\"@mirrors\"]", "packages.example.org", true},
      {"hosts: [\"@mirrors\"]", "files.example.org", true},
      {"hosts: [\"@mirrors\"]", "other.example.org", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.hosts);
    CAPTURE(row.url_host);
    const LoadResult result = load_text(
        with_rules("  - {name: a, schemes: [http], " + std::string(row.hosts) +
                       ", urls: ['http://" + std::string(row.url_host) + "/x']}\n",
                   "host_sets: {mirrors: {hosts: [packages.example.org, files.example.org]}}\n"));
    CHECK(result.is_ok() == row.loads);
    if (row.loads) continue;
    REQUIRE(result.errors.size() == 1);
    CHECK(result.errors[0].message.find("could never match: no host of the rule is") !=
          std::string::npos);
  }
}

TEST_CASE("a URL is not compared with hosts that are not right") {
  const auto result = load_text(with_rules(
      "  - {name: a, schemes: [http], hosts: ['@nobody'], urls: ['http://a.example.org/x']}\n"));
  REQUIRE(result.errors.size() == 1);
  CHECK(result.errors[0].message.starts_with("there is no host set @nobody"));
}

}  // namespace
}  // namespace sallyport
