// The kinds of labels by which an AWS host name shows whose it is, their shapes, and the keys of
// `organization` that fill them (SEMANTICS.md section 6). Pure; safe from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sallyport {

/// A typed label, or a typed part of one.
enum class TenantKind : std::uint8_t {
  account,                   ///< 12 digits
  account_or_alias,          ///< of a sign-in page; a region is no alias
  directory_or_alias,        ///< of an awsapps.com portal
  identity_center_instance,  ///< `ssoins-...`
  studio_label,              ///< a domain `d-...`, or the opaque label of an app
  unified_studio_domain,     ///< `dzd-...` or `dzd_...`
  notebook,                  ///< a notebook instance
  labeling_portal,           ///< no key fills it
  mlflow_app,                ///< no key fills it
  session_suffix,            ///< of a multi-session console, behind the account; tells nothing
  bucket,                    ///< may hold dots, and so span labels
  access_point,
  outpost,             ///< `op-...`
  multi_region_alias,  ///< of a multi-region access point
  availability_zone,
  codeartifact_domain,
  graph,         ///< a Neptune graph
  vpc_endpoint,  ///< what follows `vpce-`
};

/// The kind of that name (the enumerator's, as the generated tables write it).
std::optional<TenantKind> tenant_kind_of(std::string_view name);

/// The enumerator's name.
std::string_view text(TenantKind kind);

/// The keys of `organization` that fill labels of this kind; empty where none does. Static.
std::span<const std::string_view> organization_keys(TenantKind kind);

/// True where a label of this kind tells no tenant that a host set could pin, so that it matches
/// any value wherever the set stands: buckets, access points, zones, suffixes.
bool is_open_kind(TenantKind kind);

/// True if a label can be of this kind by its shape. REQUIRES: canonical (lower-case) text.
bool has_shape(TenantKind kind, std::string_view label);

}  // namespace sallyport
