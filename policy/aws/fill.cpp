#include "policy/aws/fill.h"

#include <algorithm>

#include "policy/aws/builtin_sets.h"
#include "policy/values/ascii.h"

namespace sallyport {
namespace {

using Values = OrganizationLabels::Values;

constexpr std::string_view kInstancePrefix = "ssoins-";

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), to_lower);
  return out;
}

const Values& values_of_key(const OrganizationLabels& organization, std::string_view key) {
  if (key == "accounts") return organization.accounts;
  if (key == "sign_in_aliases") return organization.sign_in_aliases;
  if (key == "identity_center") return organization.identity_center;
  if (key == "studio_domains") return organization.studio_domains;
  if (key == "studio_hosts") return organization.studio_hosts;
  return organization.notebooks;
}

/// Keys whose values are of several kinds tell them by shape.
bool is_of_kind(TenantKind kind, std::string_view value) {
  switch (kind) {
    case TenantKind::directory_or_alias:
      return !value.starts_with(kInstancePrefix);
    case TenantKind::studio_label:
      return !has_shape(TenantKind::unified_studio_domain, value);
    default:
      return has_shape(kind, value);
  }
}

/// The organization's own labels of this kind.
std::vector<std::string> own_values(const OrganizationLabels& organization, TenantKind kind) {
  std::vector<std::string> own;
  for (const std::string_view key : organization_keys(kind)) {
    const Values& values = values_of_key(organization, key);
    if (!values) continue;
    for (const std::string& value : *values) {
      std::string canonical = lower(value);
      if (is_of_kind(kind, canonical)) own.push_back(std::move(canonical));
    }
  }
  return own;
}

bool lacks_all_keys(const OrganizationLabels& organization, TenantKind kind) {
  const auto keys = organization_keys(kind);
  return !keys.empty() && std::none_of(keys.begin(), keys.end(), [&](std::string_view key) {
    return values_of_key(organization, key).has_value();
  });
}

/// Fills the patterns of one set at one place.
class Filler {
 public:
  Filler(SetKind kind, SetPlace place, const OrganizationLabels& organization, bool accept)
      : kind_(kind),
        place_(place),
        organization_(organization),
        accept_(accept && place == SetPlace::allow_hosts) {
    if (organization_.regions) {
      for (const std::string& region : *organization_.regions) regions_.push_back(lower(region));
    }
    partitions_ = is_for_everybody() ? kAllPartitions : organization_partitions();
  }

  void add(const BuiltinPattern& pattern) {
    const bool takes_deny_only = place_ == SetPlace::deny_hosts || place_ == SetPlace::allow_except;
    if (pattern.deny_only && !takes_deny_only) return;
    mask_ = pattern.partitions & partitions_;
    if (mask_.is_empty()) return;

    PatternLabels source = labels_of(pattern.text);
    FilledPattern filled;
    filled.leading_wildcard = source.leading_wildcard;
    for (std::size_t i = 0; i < source.labels.size(); ++i) {
      if (i == 0 && is_bucket(source.labels[0])) {
        filled.leading_wildcard = true;  // a bucket's dots make it span labels
        continue;
      }
      filled.labels.push_back(fill_label(source.labels[i], i == 0));
    }
    finish(std::move(filled));
  }

  FilledSet take() { return std::move(result_); }

 private:
  bool is_for_everybody() const {
    return place_ == SetPlace::allow_except || place_ == SetPlace::deny_hosts ||
           place_ == SetPlace::routes;
  }

  /// Sign-in and console hosts need partition aws whatever the regions; the others only what
  /// `regions` names.
  PartitionSet organization_partitions() const {
    PartitionSet named;
    for (const std::string& region : regions_) named = named | partition_of_region(region);
    const bool is_absent = !organization_.regions.has_value();
    if (is_absent || kind_ == SetKind::sign_in) named = named | PartitionSet::of(Partition::aws);
    return named;
  }

  static bool is_bucket(const LabelSpec& label) {
    return label.parts.size() == 1 && label.parts[0].kind == LabelPart::Kind::typed &&
           label.parts[0].tenant == TenantKind::bucket;
  }

  FilledLabel fill_label(const LabelSpec& label, bool is_leftmost) {
    FilledLabel filled;
    const bool tenants_may_stand_here = is_leftmost || label.parts.size() > 1;
    for (const LabelPart& part : label.parts) {
      switch (part.kind) {
        case LabelPart::Kind::literal:
          filled.parts.push_back(FilledPart::of_literal(part.literal));
          break;
        case LabelPart::Kind::region:
          filled.parts.push_back(fill_region(tenants_may_stand_here));
          break;
        case LabelPart::Kind::typed:
          filled.parts.push_back(fill_tenant(part.tenant));
          break;
      }
    }
    return filled;
  }

  FilledPart fill_region(bool tenants_may_stand_here) const {
    FilledPart part = FilledPart::of_region(mask_);
    if (is_for_everybody()) return part;
    const bool is_filled = kind_ != SetKind::sign_in && organization_.regions.has_value();
    // Anyone can register an alias or a bucket that merely looks like a region: where such a name
    // could stand, only regions that exist, or that the policy names, are let in.
    if (!is_filled && !tenants_may_stand_here) return part;
    for (const std::string& region : regions_) {
      if (!(partition_of_region(region) & mask_).is_empty()) part.one_of.push_back(region);
    }
    if (!is_filled) {
      for (const KnownRegion& region : known_regions()) {
        if (mask_.contains(region.partition)) part.one_of.emplace_back(region.name);
      }
    }
    return part;
  }

  /// An open part; in `except_hosts` of an allow without the organization's own values.
  FilledPart fill_tenant(TenantKind kind) const {
    FilledPart part = FilledPart::of_shape(kind);
    if (place_ != SetPlace::allow_except || !is_pinned(kind)) return part;
    part.except = own_values(organization_, kind);
    if (kind == TenantKind::account_or_alias) {
      part.except.insert(part.except.end(), regions_.begin(), regions_.end());
    }
    return part;
  }

  bool is_pinned(TenantKind kind) const { return kind_ != SetKind::api && !is_open_kind(kind); }

  /// Puts the organization's labels into the one part that they fill; then the pattern is done.
  void finish(FilledPattern filled) {
    if (!is_for_everybody()) {
      for (FilledLabel& label : filled.labels) {
        for (FilledPart& part : label.parts) {
          if (part.kind != FilledPart::Kind::shape || !is_pinned(part.tenant)) continue;
          expand(filled, part);
          return;
        }
      }
    }
    result_.patterns.push_back(std::move(filled));
  }

  /// `part` is a part of `pattern`.
  void expand(FilledPattern& pattern, FilledPart& part) {
    const TenantKind kind = part.tenant;
    const auto own = own_values(organization_, kind);
    if (own.empty()) {
      if (accept_ && lacks_all_keys(organization_, kind)) {
        result_.patterns.push_back(pattern);
      } else {
        const auto keys = organization_keys(kind);
        result_.left_out.push_back({pattern, {keys.begin(), keys.end()}});
      }
      return;
    }
    for (const std::string& value : own) {
      part = FilledPart::of_literal(value);
      result_.patterns.push_back(pattern);
    }
  }

  SetKind kind_;
  SetPlace place_;
  const OrganizationLabels& organization_;
  bool accept_;
  std::vector<std::string> regions_;
  PartitionSet partitions_;
  PartitionSet mask_;  ///< of the pattern at hand
  FilledSet result_;
};

}  // namespace

FilledSet fill(std::string_view set, SetPlace place, const OrganizationLabels& organization,
               bool multi_tenant_accept) {
  Filler filler(kind_of_set(set), place, organization, multi_tenant_accept);
  for (const BuiltinPattern& pattern : builtin_set(set)) filler.add(pattern);
  return filler.take();
}

}  // namespace sallyport
