#include "policy/tools/risk.h"

namespace sallyport {
namespace {

constexpr char kRoute[] = ", or a route with `endpoint_policy: pinned` to a VPC endpoint";
constexpr char kNames[] = "naming the hosts themselves instead of a wildcard";

}  // namespace

std::string remedy_of(RiskKind kind) {
  const std::string close = "close it by ";
  switch (kind) {
    case RiskKind::any_name:
    case RiskKind::rentable:
      return close + kNames;
    case RiskKind::expression:
      return close + "writing names and `*.` patterns instead";
    case RiskKind::s3:
      return close +
             "`aws: {buckets: [...]}` with literal buckets, or `aws: "
             "{require_expected_bucket_owner: true}`" +
             kRoute;
    case RiskKind::api:
      return close +
             "`aws: {principal_accounts: organization}`, or naming a host that shows one of "
             "`organization.accounts`, where the service has one" +
             kRoute;
    case RiskKind::front_end:
      return close + "`urls` or `methods` on the rule, so that its requests are read" + kRoute;
    case RiskKind::sign_in:
      return close +
             "naming the hosts that show an account or alias of `organization`, where they "
             "suffice" +
             kRoute;
  }
  return {};
}

}  // namespace sallyport
