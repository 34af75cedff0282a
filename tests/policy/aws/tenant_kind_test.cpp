#include "policy/aws/tenant_kind.h"

#include <string_view>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

struct Row {
  TenantKind kind;
  std::string_view label;
  bool fits;
};

constexpr Row kRows[] = {
    {TenantKind::account, "111122223333", true},
    {TenantKind::account, "11112222333", false},
    {TenantKind::account, "11112222333a", false},
    {TenantKind::account_or_alias, "acme-data", true},
    {TenantKind::account_or_alias, "111122223333", true},
    {TenantKind::account_or_alias, "us-east-1", false},
    {TenantKind::account_or_alias, "us-fake-1", true},
    {TenantKind::identity_center_instance, "ssoins-72233bb9ab50abcd", true},
    {TenantKind::identity_center_instance, "ssoins-", false},
    {TenantKind::identity_center_instance, "d-90670abcde", false},
    {TenantKind::unified_studio_domain, "dzd-4abc", true},
    {TenantKind::unified_studio_domain, "dzd_4abc", true},
    {TenantKind::unified_studio_domain, "d-4abc", false},
    {TenantKind::outpost, "op-01234567890123456", true},
    {TenantKind::outpost, "ec2", false},
    {TenantKind::studio_label, "nhk8abcdefgh123", true},
    {TenantKind::bucket, "", false},
};

TEST_CASE("A label is of a kind by its shape") {
  for (const Row& row : kRows) {
    CAPTURE(row.label);
    CHECK(has_shape(row.kind, row.label) == row.fits);
  }
}

TEST_CASE("Every kind has the name that the tables write") {
  for (int i = 0; i <= static_cast<int>(TenantKind::vpc_endpoint); ++i) {
    const auto kind = static_cast<TenantKind>(i);
    CHECK(tenant_kind_of(text(kind)) == kind);
  }
  CHECK(text(TenantKind::account) == "account");
  CHECK(text(TenantKind::vpc_endpoint) == "vpc_endpoint");
  CHECK_FALSE(tenant_kind_of("nobody").has_value());
}

TEST_CASE("No key of the organization fills an open kind") {
  CHECK(is_open_kind(TenantKind::bucket));
  CHECK_FALSE(is_open_kind(TenantKind::account));
  CHECK(organization_keys(TenantKind::bucket).empty());
  CHECK(organization_keys(TenantKind::labeling_portal).empty());
  CHECK_FALSE(is_open_kind(TenantKind::labeling_portal));
}

}  // namespace
}  // namespace sallyport
