#include "policy/tools/contradictions.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/policy/tools/checked_policy.h"

namespace sallyport {
namespace {

using namespace test;

TEST_CASE("rules that another rule, or the default, leaves nothing to do") {
  const std::string nothing =
      " takes all its hosts; the default is deny already, so remove the one that is not meant\n";
  check_rows({
      {"rules: [{name: a, effect: deny, hosts: ['*.github.io']}, {name: b, hosts: [a.github.io]}]",
       "policy.yaml:2:65: warning: rule 'b' allows nothing: deny rule 'a'" + nothing},
      {"rules: [{name: a, effect: deny, hosts: ['*.org']}, {name: b, hosts: ['*.example.org', "
       "x.example.org]}]",
       "policy.yaml:2:59: warning: rule 'b' allows nothing: deny rule 'a'" + nothing},
      {"rules: [{name: a, effect: deny, hosts: ['*.example.org']}, {name: b, hosts: "
       "[a.example.org, "
       "b.example.net]}]",
       ""},
      {"rules: [{name: a, effect: deny, hosts: ['*.example.org'], except_hosts: [b.example.org]}, "
       "{name: b, hosts: [a.example.org, b.example.org]}]",
       ""},
      {"rules: [{name: a, effect: deny, hosts: [a.example.org], ports: [80]}, {name: b, hosts: "
       "[a.example.org]}]",
       ""},
      {"rules: [{name: a, effect: deny, hosts: [a.example.org], mode: monitor}, {name: b, hosts: "
       "[a.example.org]}]",
       ""},
      {"clients: [{name: c, networks: [10.0.0.0/8]}]\n"
       "rules: [{name: a, effect: deny, hosts: [a.example.org], clients: [c]}, {name: b, hosts: "
       "[a.example.org]}]",
       ""},
      {"clients: [{name: c, networks: [10.0.0.0/8]}]\n"
       "rules: [{name: a, effect: deny, hosts: [a.example.org], clients: [c]}, {name: b, hosts: "
       "[a.example.org], clients: [c]}]",
       "policy.yaml:3:79: warning: rule 'b' allows nothing: deny rule 'a'" + nothing},
      {"rules: [{name: a, effect: deny, hosts: ['*.evil.example']}, {name: b, hosts: "
       "[a.example.org]}]",
       "note: deny rule 'a' is for hosts that no rule allows; the default is deny already\n"},
      {"rules: [{name: a, effect: deny, hosts: ['@s3-website']}, {name: b, hosts: "
       "[a.example.org]}]",
       ""},
      {"rules: [{name: a, hosts: ['*.example.org'], except_hosts: [a.example.net, "
       "b.example.org]}]",
       "policy.yaml:2:60: warning: 'a.example.net' excepts nothing: no host of rule 'a' can be "
       "it\n"},
  });
}

}  // namespace
}  // namespace sallyport
