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

}  // namespace
}  // namespace sallyport
