#include "policy/tools/rule_overlap.h"

#include <doctest/doctest.h>

#include "tests/policy/tools/checked_policy.h"

namespace sallyport {
namespace {

using namespace test;

// Whole pairs of rules are in interception_check_test.cpp and voiding_test.cpp.

Rule rule_of(const std::string& keys) {
  const LoadResult loaded = checked(
      "version: 1\nclients: [{name: a, networks: [10.1.0.0/16]}, {name: b, networks: "
      "[10.2.0.0/16]}]\nrules: [{name: r, hosts: [a.example.org], " +
      keys + "}]\n");
  REQUIRE(loaded.draft->rules.size() == 1);
  return loaded.draft->rules[0];
}

TEST_CASE("for which schemes a rule may be true") {
  struct Row {
    std::string keys;
    bool https;
    bool http;
  };
  const Row rows[] = {
      {"mode: monitor", true, false},
      {"schemes: [http]", false, true},
      {"schemes: [https, http]", true, true},
      {"schemes: [http], tls: optional", true, true},
      {"tls: optional", true, false},
      {"effect: deny", true, true},
      {"effect: deny, schemes: [http]", false, true},
      {"schemes: [https, http], urls: ['http://a.example.org/x']", false, true},
      {"schemes: [https, http], urls: ['http://a.example.org/x', 'https://a.example.org/y']", true,
       true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.keys);
    CHECK(may_be_true(rule_of(row.keys), Scheme::https) == row.https);
    CHECK(may_be_true(rule_of(row.keys), Scheme::http) == row.http);
  }
}

TEST_CASE("absent ports are the scheme's in an allow, and any in a deny") {
  struct Row {
    std::string one;
    std::string other;
    bool share_https;
  };
  const Row rows[] = {
      {"mode: monitor", "ports: [443]", true},
      {"mode: monitor", "ports: [8000-8010]", false},
      {"effect: deny", "ports: [8000-8010]", true},
      {"effect: deny, ports: [80]", "mode: monitor", false},
      {"schemes: [http], tls: optional", "mode: monitor", false},
      {"schemes: [http], tls: optional", "ports: [80]", true},
      {"ports: [1-100]", "ports: [100-200]", true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.one);
    CAPTURE(row.other);
    CHECK(share_port(rule_of(row.one), rule_of(row.other), Scheme::https) == row.share_https);
    CHECK(share_port(rule_of(row.other), rule_of(row.one), Scheme::https) == row.share_https);
  }
}

TEST_CASE("rules share a client where one names none, or both name it") {
  CHECK(share_client(rule_of("clients: [a]"), rule_of("mode: monitor")));
  CHECK(share_client(rule_of("clients: [a]"), rule_of("clients: [b, a]")));
  CHECK_FALSE(share_client(rule_of("clients: [a]"), rule_of("clients: [b]")));
}

}  // namespace
}  // namespace sallyport
