// How `organization` fills the typed labels of a built-in set at the place where the set stands:
// the table of SEMANTICS.md section 6 as one pure function. Called at load.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/aws/filled_pattern.h"

namespace sallyport {

/// Where a set stands in the policy file.
enum class SetPlace : std::uint8_t {
  allow_hosts,
  allow_except,
  deny_hosts,
  deny_except,
  routes,
};

/// The keys of `organization` that fill labels; a key that is not written is absent.
struct OrganizationLabels {
  using Values = std::optional<std::vector<std::string>>;

  Values accounts;
  Values sign_in_aliases;
  Values identity_center;
  Values studio_domains;
  Values studio_hosts;
  Values notebooks;
  Values regions;
  /// Fills no label: rules' `aws` blocks mean these.
  Values buckets;
};

/// A pattern that is not in the filled set, because nothing filled its tenant label.
struct LeftOutPattern {
  /// What it would be if its label were open: tells the blocked hosts that are told so.
  FilledPattern pattern;
  /// The keys of `organization` that would fill it; empty where no key does. Static text.
  std::vector<std::string_view> keys;
};

/// A set as its place fills it.
struct FilledSet {
  std::vector<FilledPattern> patterns;
  std::vector<LeftOutPattern> left_out;
};

/// Fills the set of that name (without `@`); empty where there is no such set.
/// `multi_tenant_accept` counts in `hosts` of an allow alone. A set that comes back without
/// patterns is an error of the policy ("a set left wholly out"). In `hosts` of a deny there is one
/// pattern for each of the set's, in their order.
FilledSet fill(std::string_view set, SetPlace place, const OrganizationLabels& organization,
               bool multi_tenant_accept);

}  // namespace sallyport
