#include "policy/tools/aws_rules.h"

#include <doctest/doctest.h>

#include "tests/policy/tools/checked_policy.h"

namespace sallyport {
namespace {

std::string error_of(const std::string& rule) {
  const LoadResult loaded = test::checked(
      "version: 1\norganization: {accounts: ['111122223333'], buckets: [ml-data]}\n"
      "rules: [{name: a, schemes: [http], " +
      rule + "}]\n");
  return loaded.errors.empty() ? "" : loaded.errors.front().message;
}

TEST_CASE("a rule with `aws:` needs a host that is an AWS endpoint") {
  const std::string aws = ", aws: {principal_accounts: organization}";
  for (const char* hosts :
       {"sts.amazonaws.com", "'@s3'", "'*.amazonaws.com'", "'*.s3.us-east-1.amazonaws.com'",
        "'@aws-api'", "docs.example.org, sts.us-east-1.amazonaws.com"}) {
    CAPTURE(hosts);
    CHECK(error_of("hosts: [" + std::string(hosts) + "]" + aws) == "");
  }
  for (const char* hosts : {"docs.example.org", "'*.example.org'", "aws.amazon.com"}) {
    CAPTURE(hosts);
    CHECK(
        error_of("hosts: [" + std::string(hosts) + "]" + aws).find("no host of rule 'a' is one") !=
        std::string::npos);
  }
}

TEST_CASE("`services` names what some host of the rule is an endpoint of") {
  const auto said = [](const std::string& hosts, const std::string& services) {
    return error_of("hosts: [" + hosts + "], aws: {services: [" + services + "]}");
  };
  CHECK(said("sts.amazonaws.com", "sts") == "");
  CHECK(said("'@s3', sts.amazonaws.com", "sts, s3") == "");
  CHECK(said("'*.us-east-1.amazonaws.com'", "kms") == "");
  CHECK(said("sts.amazonaws.com", "kms").find("is an endpoint of 'kms'") != std::string::npos);
  CHECK(said("'@s3'", "sts").find("is an endpoint of 'sts'") != std::string::npos);
}

}  // namespace
}  // namespace sallyport
