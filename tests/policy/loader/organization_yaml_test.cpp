#include "policy/loader/organization_yaml.h"

#include <doctest/doctest.h>

#include "tests/policy/loader/load_text.h"

namespace sallyport {
namespace {

using namespace sallyport::test;
using Values = std::vector<std::string>;

TEST_CASE("what is written is kept as written, and what is not stays absent") {
  const LoadResult result = load_text(with_a_rule(
      "organization:\n"
      "  accounts: [\"111122223333\", '012345670123']\n"
      "  buckets: [ml-data, sagemaker-us-east-1-111122223333, a.b-c, x--use1-az4--x-s3]\n"
      "  regions: [us-east-1, us-gov-west-1, cn-north-1]\n"
      "  sign_in_aliases: [acme-data, eu-data-1]\n"
      "  identity_center: [d-90670abcde, ssoins-1111222233334444, acme]\n"));
  CHECK(errors_of(result).empty());
  const OrganizationLabels& organization = result.organization;
  CHECK(organization.accounts == Values{"111122223333", "012345670123"});
  CHECK(organization.regions->size() == 3);
  CHECK(organization.sign_in_aliases == Values{"acme-data", "eu-data-1"});
  CHECK(organization.identity_center->size() == 3);
  CHECK_FALSE(organization.studio_domains);
  CHECK_FALSE(organization.studio_hosts);
  CHECK_FALSE(organization.notebooks);
}

TEST_CASE("no_proxy takes names and bare addresses") {
  const LoadResult result =
      load_text(with_a_rule("no_proxy: [JupyterHub, mlflow.internal., 10.0.0.4, \"FD00::4\"]\n"));
  CHECK(errors_of(result).empty());
  CHECK(result.is_ok());
}

}  // namespace
}  // namespace sallyport
