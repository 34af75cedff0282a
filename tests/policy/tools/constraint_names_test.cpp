#include "policy/tools/constraint_names.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/policy/tools/checked_policy.h"

namespace sallyport {
namespace {

using namespace test;

const std::string kCa = "interception: {ca_certificates: [ca.pem], ca_private_key: ca.key}\n";

std::vector<InterceptedHost> hosts_of(const std::string& more) {
  const LoadResult loaded = checked("version: 1\n" + kCa + more);
  CHECK(told(loaded).find(": error") == std::string::npos);
  REQUIRE_MESSAGE(loaded.policy, told(loaded));
  return loaded.policy->intercepted;
}

/// Names and addresses, then what cannot be constrained.
std::string constraints(const std::vector<InterceptedHost>& hosts) {
  const ConstraintNames found = constraint_names(hosts);
  std::string text;
  const auto add = [&](const std::string& word) { text += (text.empty() ? "" : " ") + word; };
  for (const Host& host : found.hosts) {
    add((host.is_literal() ? "ip:" : "") + std::string(host.text()));
  }
  for (const InterceptedHost& each : found.unconstrained) add("any:" + each.pattern.text);
  return text;
}

TEST_CASE("the constraints are the shortest suffixes that hold every pattern") {
  struct Row {
    std::string hosts;
    std::string names;
  };
  const Row rows[] = {
      {"[x.example.org]", "x.example.org"},
      {"['*.example.org']", "example.org"},
      {"['a.*.example.org']", "example.org"},
      {"['*.example.org', example.org, a.example.org, b.a.example.org]", "example.org"},
      {"[b.example.org, a.example.org, xa.example.org]",
       "a.example.org b.example.org xa.example.org"},
      {"[X.Example.ORG, x.example.org.]", "x.example.org"},
      {"[jupyterhub, '*.internal']", "internal jupyterhub"},
      {"['*.co', '*.co.uk']", "co co.uk"},
      {"[52.94.77.1, '[2600:1f18::1]', a.example.org]",
       "a.example.org ip:2600:1f18::1 ip:52.94.77.1"},
      {"['*']", "any:*"},
      {"['re:a.*', a.example.org]", "a.example.org any:re:a.*"},
      {"[xn--bcher-kva.example.org]", "xn--bcher-kva.example.org"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.hosts);
    CHECK(constraints(hosts_of("rules: [{name: a, hosts: " + row.hosts +
                               ", methods: [GET], multi_tenant: accept}]\n")) == row.names);
  }
}

TEST_CASE("regions that the organization lists are written out, unless that makes too many") {
  const auto names_in = [](const std::string& organization, const std::string& hosts) {
    return constraints(hosts_of(organization + "rules: [{name: a, hosts: " + hosts +
                                ", methods: [GET], multi_tenant: accept}]\n"));
  };
  const std::string two = "organization: {regions: [us-east-1, eu-central-1]}\n";
  CHECK(names_in(two, "['@cloudwatch-logs']").find("logs.eu-central-1.amazonaws.com") !=
        std::string::npos);
  CHECK(names_in("", "['@cloudwatch-logs']").find("amazonaws.com") != std::string::npos);
  CHECK(names_in("", "['@cloudwatch-logs']").find("logs.") == std::string::npos);
  CHECK(names_in(two, "['@aws-api']").find("eu-central-1") == std::string::npos);
}

}  // namespace
}  // namespace sallyport
