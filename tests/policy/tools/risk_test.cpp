#include "policy/tools/risk.h"

#include <doctest/doctest.h>

namespace sallyport {
namespace {

TEST_CASE("each risk has a remedy") {
  CHECK(remedy_of(RiskKind::rentable) ==
        "close it by naming the hosts themselves instead of a wildcard");
  CHECK(remedy_of(RiskKind::any_name) == remedy_of(RiskKind::rentable));
  CHECK(remedy_of(RiskKind::expression) == "close it by writing names and `*.` patterns instead");
  CHECK(
      remedy_of(RiskKind::s3) ==
      "close it by `aws: {buckets: [...]}` with literal buckets, or `aws: "
      "{require_expected_bucket_owner: true}`, or a route with `endpoint_policy: pinned` to a VPC "
      "endpoint");
  CHECK(remedy_of(RiskKind::api) ==
        "close it by `aws: {principal_accounts: organization}`, or naming a host that shows one of "
        "`organization.accounts`, where the service has one, or a route with `endpoint_policy: "
        "pinned` to a VPC endpoint");
  CHECK(remedy_of(RiskKind::front_end) ==
        "close it by `urls` or `methods` on the rule, so that its requests are read, or a route "
        "with `endpoint_policy: pinned` to a VPC endpoint");
  CHECK(remedy_of(RiskKind::sign_in) ==
        "close it by naming the hosts that show an account or alias of `organization`, where they "
        "suffice, or a route with `endpoint_policy: pinned` to a VPC endpoint");
}

}  // namespace
}  // namespace sallyport
