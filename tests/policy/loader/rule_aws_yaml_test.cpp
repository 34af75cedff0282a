#include "policy/loader/rule_aws_yaml.h"

#include <doctest/doctest.h>

#include "tests/policy/loader/load_text.h"

namespace sallyport {
namespace {

using namespace sallyport::test;

// Put together here, so that scanners for secrets stay quiet.
const std::string kFirst = std::string("AKIA") + "AAAAAAAAAAAAAAAA";
const std::string kLast = std::string("AKIA") + "ZZZZZZZZZZZZZZZZ";

constexpr std::string_view kOrganization =
    "organization: {accounts: [\"444455556666\", \"111122223333\"], buckets: [ml-data, ml-a]}\n";

/// `kind: a b` for each condition that the block means; `!` where it is negated, `+` where AWS's
/// own are inside.
std::string meant(const Rule& rule) {
  std::string said;
  for (const ValueCondition& each : rule.values) {
    said += std::string(text(each.kind)) + (each.is_negated ? " !" : "");
    for (const std::string& value : each.values) said += ' ' + value;
    if (each.takes_aws_managed) said += " +";
    said += '\n';
  }
  return said;
}

LoadResult load_rule(std::string_view aws, bool is_deny = false,
                     std::string_view organization = kOrganization) {
  const std::string effect = is_deny ? "effect: deny, " : "";
  return load_text(
      with_rules("  - {name: a, " + effect + "hosts: [\"@s3\"], aws: {" + std::string(aws) + "}}\n",
                 organization));
}

std::string meant_by(std::string_view aws, bool is_deny = false) {
  const LoadResult result = load_rule(aws, is_deny);
  const std::string errors = joined(errors_of(result));
  return errors.empty() ? meant(result.policy->snapshot->rules.at(0)) : errors;
}

std::string error_of(std::string_view aws, bool is_deny = false,
                     std::string_view organization = kOrganization) {
  const LoadResult result = load_rule(aws, is_deny, organization);
  return result.errors.empty() ? "" : result.errors.front().message;
}

TEST_CASE("an allow means more than it writes: the organization signs, and owns what is named") {
  CHECK(meant_by("services: [s3]") ==
        "signatures s3express sigv4 sigv4-query sigv4a\n"
        "unsigned\n"
        "principal_accounts 111122223333 444455556666 +\n"
        "services s3\n"
        "resource_accounts 111122223333 444455556666\n"
        "referenced_accounts 111122223333 444455556666 +\n"
        "buckets ml-a ml-data +\n");
}

TEST_CASE("what an allow writes takes the place of what it would mean") {
  CHECK(meant_by("signatures: [sigv4, bearer], unsigned: [\"sts:AssumeRoleWith*\"],"
                 " principal_accounts: [\"999999999999\", organization],"
                 " regions: [us-east-1], services: s3, actions: [\"s3:Get*\", s3:PutObject],"
                 " resource_accounts: [organization, aws-managed],"
                 " referenced_accounts: organization, require_expected_bucket_owner: true,"
                 " buckets: [other-bucket], resources: [\"arn:aws:s3:::other-bucket/*\"]") ==
        "signatures bearer sigv4\n"
        "unsigned sts:AssumeRoleWith*\n"
        "principal_accounts 111122223333 444455556666 999999999999\n"
        "regions us-east-1\n"
        "services s3\n"
        "actions s3:Get* s3:PutObject\n"
        "resource_accounts 111122223333 444455556666 +\n"
        "referenced_accounts 111122223333 444455556666\n"
        "require_expected_bucket_owner 111122223333 444455556666\n"
        "buckets other-bucket\n"
        "resources arn:aws:s3:::other-bucket/*\n");
}

TEST_CASE("`any` asks nothing of accounts and buckets, and unsigned requests stay refused") {
  CHECK(meant_by("principal_accounts: any, resource_accounts: any, referenced_accounts: any,"
                 " buckets: any") ==
        "signatures s3express sigv4 sigv4-query sigv4a\n"
        "unsigned\n");
}

TEST_CASE("the signer's condition knows unsigned requests and listed ids") {
  const LoadResult result =
      load_rule("access_keys: [" + kLast + ", " + kFirst + "], unsigned: deny");
  REQUIRE(result.is_ok());
  const Rule& rule = result.policy->snapshot->rules.at(0);
  const ValueCondition& signer = rule.values.at(2);
  CHECK(signer.kind == ConditionKind::principal_accounts);
  CHECK(signer.takes_unsigned);
  CHECK(signer.access_keys == std::vector<std::string>{kFirst, kLast});
}

TEST_CASE("an organization without buckets has no default for them") {
  const LoadResult result =
      load_rule("services: [s3]", false, "organization: {accounts: [\"111122223333\"]}\n");
  REQUIRE(result.is_ok());
  CHECK(meant(result.policy->snapshot->rules.at(0)).find("buckets") == std::string::npos);
}

TEST_CASE("in a deny only what is written counts, and `not` may be written") {
  CHECK(meant_by("actions: [s3:DeleteObject]", true) == "actions s3:DeleteObject\n");
  CHECK(meant_by("principal_accounts: {not: organization}, buckets: {not: [organization]},"
                 " access_keys: [" +
                     kFirst +
                     "], signatures: [sigv2],"
                     " resource_accounts: {not: [organization, aws-managed]}",
                 true) ==
        "signatures sigv2\n"
        "access_keys " +
            kFirst +
            "\n"
            "principal_accounts ! 111122223333 444455556666\n"
            "resource_accounts ! 111122223333 444455556666 +\n"
            "buckets ! ml-a ml-data\n");
}

TEST_CASE("what is wrong is told with what would be right") {
  struct Row {
    std::string_view aws;
    bool is_deny;
    std::string_view says;
  };
  const Row rows[] = {
      {"principal_accounts: [111122223333]", false, "quote the account id"},
      {"principal_accounts: [\"1111\"]", false, "is no account id"},
      {"principal_accounts: [organization, any]", false, "`any` takes everything"},
      {"principal_accounts: [aws-managed]", false, "is no account id"},
      {"principal_accounts: {not: organization}", false, "`not` stands in rules with"},
      {"principal_accounts: any", true, "is no account id"},
      {"buckets: [\"ml-*\"]", false, "bucket names are global"},
      {"buckets: [Ml_Data]", false, "is no bucket name"},
      {"actions: [GetObject]", false, "is no IAM action"},
      {"actions: [\"s*:GetObject\"]", false, "is no IAM action"},
      {"resources: [ml-data]", false, "is no ARN"},
      {"resources: [\"arn:aws:*:::ml-data\"]", false, "is no ARN"},
      {"regions: [us_east_1]", false, "is no region"},
      {"services: [amazon-s3]", false, "is the signing name of no service"},
      {"signatures: [aws4]", false, "is no kind of credential"},
      {"access_keys: [AKIA]", false, "an access key id is 16 to 128"},
      {"unsigned: allow", false, "`unsigned` wants"},
      {"unsigned: deny", true, "has no meaning on a rule with `effect: deny`"},
      {"require_expected_bucket_owner: true", true, "has no meaning on a rule"},
      {"buckets: {nor: [ml-data]}", true, "or in a deny {not: ...} of one"},
      {"tenants: [a]", false, "unknown key"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.aws);
    CHECK(error_of(row.aws, row.is_deny).find(row.says) != std::string::npos);
  }
}

TEST_CASE("`organization` needs what it stands for") {
  CHECK(error_of("services: [s3]", false, "").find("needs `organization.accounts`") !=
        std::string::npos);
  CHECK(error_of("principal_accounts: any, resource_accounts: any, referenced_accounts: any,"
                 " buckets: organization",
                 false, "")
            .find("needs `organization.buckets`") != std::string::npos);
}

TEST_CASE("an action that no operation has is worth a warning") {
  const LoadResult result = load_rule("actions: [s3:GetObjekt]");
  CHECK(joined(errors_of(result)) == "");
  REQUIRE(result.warnings.size() == 1);
  CHECK(result.warnings.front().message.find("is it spelt right?") != std::string::npos);
}

}  // namespace
}  // namespace sallyport
