#include "policy/tools/intercepted.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/policy/tools/checked_policy.h"

namespace sallyport {
namespace {

using namespace test;

const std::string kCa = "interception: {ca_certificates: [ca.pem], ca_private_key: ca.key";

std::vector<InterceptedHost> hosts_of(const std::string& more, const std::string& ca = "}\n") {
  const LoadResult loaded = checked("version: 1\n" + kCa + ca + more);
  CHECK(told(loaded).find(": error") == std::string::npos);
  REQUIRE_MESSAGE(loaded.policy, told(loaded));
  return loaded.policy->intercepted;
}

/// `rule:pattern@LINE` of each.
std::string listed(const std::vector<InterceptedHost>& hosts) {
  std::string text;
  for (const InterceptedHost& each : hosts) {
    text += (text.empty() ? "" : " ") + each.rule + ":" + each.pattern.text + "@" +
            std::to_string(each.mark.line);
  }
  return text;
}

TEST_CASE("hosts are read by the allow rule that asks about requests, or by a deny that does") {
  struct Row {
    const char* because;
    std::string rules;
    std::string hosts;
  };
  const Row rows[] = {
      {"tunnels alone", "  - {name: a, hosts: [a.example.org, '*.example.net']}\n", ""},
      {"the rule's own", "  - {name: a, hosts: [a.example.org, '*.example.net'], methods: [GET]}\n",
       "a:a.example.org@4 a:*.example.net@4"},
      {"those of its URLs",
       "  - {name: a, hosts: [a.example.org, b.example.org], urls: ['https://b.example.org/x']}\n",
       "a:b.example.org@4"},
      {"what a deny may meet",
       "  - {name: a, hosts: [a.example.org, '*.example.net', b.example.org]}\n"
       "  - {name: b, hosts: [c.example.org], schemes: [http]}\n"
       "  - {name: d, effect: deny, hosts: ['*.org'], except_hosts: [b.example.org], methods: "
       "[PUT]}\n",
       "a:a.example.org@4"},
      {"side by side",
       "  - {name: a, hosts: [a.example.org], methods: [GET]}\n"
       "  - {name: b, hosts: [b.example.org]}\n",
       "a:a.example.org@4"},
      {"not what is excepted",
       "  - {name: a, hosts: ['*.a.example.org', b.example.org], except_hosts: "
       "['*.a.example.org'], methods: [GET]}\n",
       "a:b.example.org@4"},
      {"not by monitor rules",
       "  - {name: a, hosts: [a.example.org]}\n"
       "  - {name: d, effect: deny, mode: monitor, hosts: ['*'], methods: [PUT]}\n",
       ""},
      {"not of monitor rules",
       "  - {name: a, hosts: [a.example.org], mode: monitor}\n"
       "  - {name: d, effect: deny, hosts: ['*'], methods: [PUT]}\n",
       ""},
      {"not of what has ended",
       "  - {name: a, hosts: [a.example.org], until: 1970-01-01T00:00:00Z, methods: [GET]}\n", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.because);
    CHECK(listed(hosts_of("rules:\n" + row.rules)) == row.hosts);
  }
}

/// Names, then addresses, then what cannot be constrained.
std::string constraints(const std::vector<InterceptedHost>& hosts) {
  const ConstraintNames found = constraint_names(hosts);
  std::string text;
  const auto add = [&](const std::string& word) { text += (text.empty() ? "" : " ") + word; };
  for (const std::string& name : found.names) add(name);
  for (const IpAddress& address : found.addresses) add("ip:" + address.text());
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

TEST_CASE("what is explained are all API hosts of the partitions that are in use") {
  const std::string ca = ", explain_refused: true}\n";
  const std::string rules = "rules: [{name: a, hosts: [a.example.org]}]\n";
  const auto names = [&](const std::string& organization) {
    return constraints(hosts_of(organization + rules, ca));
  };
  CHECK(names("") == "amazonaws.com api.aws on.aws public.ecr.aws signin.aws.amazon.com");
  CHECK(names("organization: {regions: [us-east-1]}\n") == names(""));
  CHECK(names("organization: {regions: [cn-north-1]}\n") ==
        "amazonaws.com.cn api.amazonwebservices.com.cn on.amazonwebservices.com.cn "
        "public.ecr.aws signin.amazonaws.cn");
  CHECK(names("organization: {regions: [us-east-1, eusc-de-east-1]}\n") ==
        "amazonaws.com amazonaws.eu api.amazonwebservices.eu api.aws on.amazonwebservices.eu "
        "on.aws public.ecr.aws signin.aws.amazon.com");
  const auto hosts = hosts_of(rules, ca);
  REQUIRE_FALSE(hosts.empty());
  CHECK(hosts.front().rule.empty());
  CHECK(hosts.front().pattern.text == "*.amazonaws.com");
  CHECK(hosts.front().mark == Mark{2, 84});
}

}  // namespace
}  // namespace sallyport
