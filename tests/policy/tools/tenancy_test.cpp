#include "policy/tools/tenancy.h"

#include <string>

#include <doctest/doctest.h>

#include "policy/tools/openness.h"
#include "tests/policy/tools/checked_policy.h"

namespace sallyport {
namespace {

using namespace test;

TEST_CASE("an open rule is an error at its host pattern, unless it is accepted or monitors") {
  const std::string meant = "; write `multi_tenant: accept` if that is meant\n";
  const std::string by_name = "; close it by naming the hosts themselves instead of a wildcard";
  check_rows({
      {"rules: [{name: a, hosts: [packages.example.org, '*.example.net']}]", ""},
      {"rules: [{name: a, hosts: ['*.github.io']}]",
       "policy.yaml:2:27: rule 'a' is open to strangers by '*.github.io': anyone can register a "
       "name below 'github.io'" +
           by_name + meant},
      {"host_sets: {pages: {hosts: [a.example.org, '*.github.io']}}\n"
       "rules: [{name: a, hosts: ['@pages']}]",
       "policy.yaml:3:27: rule 'a' is open to strangers by @pages ('*.github.io'): anyone can "
       "register a name below 'github.io'" +
           by_name + meant},
      {"rules: [{name: a, hosts: ['re:.*', '*', signin.aws.amazon.com]}]",
       "policy.yaml:2:27: rule 'a' is open to strangers by 're:.*': an expression may match a name "
       "that a stranger registers, and nobody can tell; " +
           remedy_of(RiskKind::expression) + meant +
           "policy.yaml:2:36: rule 'a' is open to strangers by '*': it matches every name, also "
           "one "
           "that a stranger registers" +
           by_name + meant +
           "policy.yaml:2:41: rule 'a' is open to strangers by 'signin.aws.amazon.com': all "
           "accounts "
           "share these hosts: a stranger's account can sign in there, which only the policy of a "
           "VPC "
           "endpoint can prevent; " +
           remedy_of(RiskKind::sign_in) + meant},
      {"rules: [{name: a, hosts: ['@s3', '@sts', d1.cloudfront.net]}]",
       "policy.yaml:2:27: rule 'a' is open to strangers by @s3 ('*.s3.<region>.amazonaws.com'): "
       "bucket names are global: anyone can register one, and in a tunnel the Host inside TLS "
       "chooses the bucket; " +
           remedy_of(RiskKind::s3) + meant +
           "policy.yaml:2:34: rule 'a' is open to strangers by @sts "
           "('sts.<region>.amazonaws.com'): any "
           "account's key works at the API of sts; " +
           remedy_of(RiskKind::api) + meant +
           "policy.yaml:2:42: rule 'a' is open to strangers by 'd1.cloudfront.net': CloudFront: "
           "the Host "
           "inside TLS chooses the distribution; " +
           remedy_of(RiskKind::front_end) + meant},
      {"rules: [{name: a, hosts: ['*.github.io'], multi_tenant: accept}]",
       "note: rule 'a' accepts strangers: '*.github.io' (anyone can register a name below "
       "'github.io')\n"},
      {"rules: [{name: a, hosts: ['*'], mode: monitor}]",
       "note: rule 'a' (monitor) is open to strangers: '*' (it matches every name, also one that a "
       "stranger registers)\n"},
      {"rules: [{name: a, hosts: ['*.github.io', '*.co.uk', '*'], multi_tenant: accept}]",
       "note: rule 'a' accepts strangers: '*.github.io', '*.co.uk' (anyone can register a name "
       "below 'github.io'); '*' (it matches every name, also one that a stranger registers)\n"},
      {"rules: [{name: a, hosts: [packages.example.org], multi_tenant: accept}]",
       "policy.yaml:2:50: warning: rule 'a' is not open; `multi_tenant: accept` accepts nothing "
       "here\n"},
      {"rules: [{name: a, hosts: ['*.github.io', a.example.org], except_hosts: ['*.io']}]", ""},
      {"organization: {accounts: ['111122223333']}\n"
       "rules: [{name: a, hosts: [111122223333.signin.aws.amazon.com, "
       "111122223333.dkr.ecr.us-east-1.amazonaws.com]}]",
       ""},
  });
}

TEST_CASE("a deny rule is never open") {
  check_rows(
      {{"rules: [{name: a, effect: deny, hosts: ['*', 're:.*', '@s3', signin.aws.amazon.com]}]",
        "note: deny rule 'a' is for hosts that no rule allows; the default is deny already\n"}});
}

}  // namespace
}  // namespace sallyport
