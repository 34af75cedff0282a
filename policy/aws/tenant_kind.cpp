#include "policy/aws/tenant_kind.h"

#include <algorithm>

#include "policy/aws/region.h"

namespace sallyport {
namespace {

constexpr std::string_view kAccounts[] = {"accounts"};
constexpr std::string_view kAccountsOrAliases[] = {"accounts", "sign_in_aliases"};
constexpr std::string_view kIdentityCenter[] = {"identity_center"};
constexpr std::string_view kStudio[] = {"studio_domains", "studio_hosts"};
constexpr std::string_view kStudioDomains[] = {"studio_domains"};
constexpr std::string_view kNotebooks[] = {"notebooks"};

struct KindRow {
  std::string_view name;
  std::span<const std::string_view> keys;
  bool is_open;
};

/// In the order of the enumerators.
constexpr KindRow kKinds[] = {
    {"account", kAccounts, false},
    {"account_or_alias", kAccountsOrAliases, false},
    {"directory_or_alias", kIdentityCenter, false},
    {"identity_center_instance", kIdentityCenter, false},
    {"studio_label", kStudio, false},
    {"unified_studio_domain", kStudioDomains, false},
    {"notebook", kNotebooks, false},
    {"labeling_portal", {}, false},
    {"mlflow_app", {}, false},
    {"session_suffix", {}, true},
    {"bucket", {}, true},
    {"access_point", {}, true},
    {"outpost", {}, true},
    {"multi_region_alias", {}, true},
    {"availability_zone", {}, true},
    {"codeartifact_domain", {}, true},
    {"graph", {}, true},
    {"vpc_endpoint", {}, true},
};

const KindRow& row(TenantKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

bool is_account(std::string_view label) {
  return label.size() == 12 &&
         std::all_of(label.begin(), label.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<TenantKind> tenant_kind_of(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kKinds); ++i) {
    if (kKinds[i].name == name) return static_cast<TenantKind>(i);
  }
  return std::nullopt;
}

std::string_view text(TenantKind kind) { return row(kind).name; }

std::span<const std::string_view> organization_keys(TenantKind kind) { return row(kind).keys; }

bool is_open_kind(TenantKind kind) { return row(kind).is_open; }

bool has_shape(TenantKind kind, std::string_view label) {
  if (label.empty()) return false;
  switch (kind) {
    case TenantKind::account:
      return is_account(label);
    case TenantKind::account_or_alias:
      // By the known regions alone: anyone can register an alias that merely looks like a region.
      return !is_known_region(label);
    case TenantKind::identity_center_instance:
      return label.starts_with("ssoins-") && label.size() > 7;
    case TenantKind::unified_studio_domain:
      return (label.starts_with("dzd-") || label.starts_with("dzd_")) && label.size() > 4;
    case TenantKind::outpost:
      return label.starts_with("op-") && label.size() > 3;
    case TenantKind::directory_or_alias:
    case TenantKind::studio_label:
    case TenantKind::notebook:
    case TenantKind::labeling_portal:
    case TenantKind::mlflow_app:
    case TenantKind::session_suffix:
    case TenantKind::bucket:
    case TenantKind::access_point:
    case TenantKind::multi_region_alias:
    case TenantKind::availability_zone:
    case TenantKind::codeartifact_domain:
    case TenantKind::graph:
    case TenantKind::vpc_endpoint:
      return true;
  }
  return false;
}

}  // namespace sallyport
