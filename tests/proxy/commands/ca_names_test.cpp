#include "proxy/commands/ca_names.h"

#include <doctest/doctest.h>

#include "tests/policy/tools/checked_policy.h"

namespace sallyport::test {
namespace {

std::string told_names(const std::string& rules) {
  const LoadResult loaded = checked(
      "version: 1\ninterception: {ca_certificates: [ca.pem], ca_private_key: ca.key}\nrules:\n" +
      rules);
  REQUIRE_MESSAGE(loaded.policy, told(loaded));
  const NamesToConstrain names = names_to_constrain(*loaded.policy);
  std::string text;
  for (const Host& each : names.hosts) text += std::string(each.text()) + " ";
  for (const std::string& each : names.unconstrainable) text += "! " + each + " ";
  return text;
}

TEST_CASE("a CA is constrained to the hosts that the policy reads, addresses too") {
  CHECK(told_names("  - {name: a, hosts: [a.example.org]}\n").empty());
  CHECK(told_names(
            "  - {name: a, hosts: [b.example.org, '*.example.net', 192.0.2.1], methods: [GET], "
            "multi_tenant: accept}\n"
            "  - {name: b, hosts: [tunnel.example.com]}\n") ==
        "b.example.org example.net 192.0.2.1 ");
}

TEST_CASE("what no constraint can hold is told with its rule") {
  CHECK(told_names("  - {name: a, hosts: ['*'], methods: [GET], multi_tenant: accept}\n") ==
        "! '*' (rule a) ");
}

}  // namespace
}  // namespace sallyport::test
