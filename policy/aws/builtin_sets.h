// The built-in host sets (`@s3`, `@sagemaker-studio` ...) as patterns with typed labels, before any
// policy fills them; policy/aws/fill.h does that. The data is policy/aws/data. All text is static;
// safe from any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "policy/aws/region.h"
#include "policy/aws/tenant_kind.h"

namespace sallyport {

/// Where the tenant shows at hosts of a pattern.
enum class Tenant : std::uint8_t {
  none,   ///< AWS's own content, or told by the credential alone
  label,  ///< in the host name
  path,   ///< not in the host name: all accounts share it
  any,    ///< any customer's content
};

/// What a set is for; decides how `organization.regions` and tenant labels fill it.
enum class SetKind : std::uint8_t { api, studio, sign_in };

/// One pattern of a set. `text` is a host name in which `{r}` is a region, `<kind>` a label or a
/// part of one that names a tenant (TenantKind's names), `*` one label, a leading `*.` one or more.
struct BuiltinPattern {
  std::string_view text;
  Tenant tenant = Tenant::none;
  /// The partitions that have such hosts; all for a name without region.
  PartitionSet partitions;
  /// In the set only in `hosts` of a deny and in `except_hosts` of an allow.
  bool deny_only = false;
};

/// A part of a label that mixes literal text and placeholders, such as `s3-{r}`.
struct LabelPart {
  enum class Kind : std::uint8_t { literal, region, typed };
  Kind kind = Kind::literal;
  std::string_view literal;
  TenantKind tenant{};

  friend bool operator==(const LabelPart&, const LabelPart&) = default;
};

/// One label of a pattern: `*`, or parts in their order (mostly one).
struct LabelSpec {
  bool is_any = false;
  std::vector<LabelPart> parts;
};

/// The labels of a pattern from left to right, without a leading `*.`.
struct PatternLabels {
  bool leading_wildcard = false;
  std::vector<LabelSpec> labels;
};

/// Reads BuiltinPattern::text; the views point into it. REQUIRES: text of a built-in pattern.
PatternLabels labels_of(std::string_view text);

/// The patterns of a set, named without `@`; empty where there is no such set.
std::span<const BuiltinPattern> builtin_set(std::string_view name);

/// REQUIRES: a built-in set's name.
SetKind kind_of_set(std::string_view name);

/// The names of all built-in sets, without `@`.
std::vector<std::string_view> builtin_set_names();

}  // namespace sallyport
