#include "policy/tools/pattern_sample.h"

#include <algorithm>
#include <string_view>

#include "policy/aws/region.h"
#include "policy/aws/tenant_kind.h"

namespace sallyport {
namespace {

/// Stand-ins for labels that a pattern leaves open.
constexpr std::string_view kSomeLabel = "x";
constexpr std::string_view kSomeRegion = "us-east-1";
constexpr std::string_view kSomeZone = "use1-az4";
constexpr std::string_view kSomeOutpost = "op-0123456789abcdef0";
constexpr std::string_view kSomeAccount = "999999999999";

std::string some_region(const FilledPart& part) {
  if (!part.one_of.empty()) return part.one_of.front();
  for (const KnownRegion& region : known_regions()) {
    if (part.partitions.contains(region.partition)) return std::string(region.name);
  }
  return std::string(kSomeRegion);
}

std::string some_text(const FilledPart& part) {
  switch (part.kind) {
    case FilledPart::Kind::literal:
      return part.literal;
    case FilledPart::Kind::region:
      return some_region(part);
    case FilledPart::Kind::shape:
      break;
  }
  switch (part.tenant) {
    case TenantKind::account:
      return std::string(kSomeAccount);
    case TenantKind::availability_zone:
      return std::string(kSomeZone);
    case TenantKind::outpost:
      return std::string(kSomeOutpost);
    default:
      return std::string(kSomeLabel);
  }
}

/// The label can be a stranger's: `*`, or typed and not filled by `organization`.
bool is_open_label(const PatternLabel& label) {
  if (label.parts.empty() || label.kind() == PatternLabel::Kind::shape) return true;
  return std::any_of(label.parts.begin(), label.parts.end(), [](const FilledPart& part) {
    return part.kind == FilledPart::Kind::shape && !is_open_kind(part.tenant);
  });
}

}  // namespace

PatternSample::PatternSample(const HostPattern& pattern) {
  wildcards.leading_wildcard = has_wild = pattern.leading_wildcard;
  if (pattern.kind == HostPattern::Kind::host) {
    read(*pattern.the_host);
    return;
  }
  std::string name(pattern.leading_wildcard ? kSomeLabel : "");
  labels.reserve(pattern.labels.size());
  for (const PatternLabel& label : pattern.labels) {
    std::string text;
    for (const FilledPart& part : label.parts) text += some_text(part);
    // `*` within mostly stands for a region.
    if (label.parts.empty()) text = kSomeRegion;
    if (!name.empty()) name += '.';
    name += text;
    const bool is_open = is_open_label(label);
    has_wild = has_wild || is_open;
    labels.push_back(std::move(text));
    is_wild.push_back(is_open);
    wildcards.labels.push_back(is_open ? std::string_view("*") : std::string_view(labels.back()));
  }
  host = Host::parse_name(name);
}

void PatternSample::read(const Host& named) {
  for (const std::string_view label : split_labels(named.text())) labels.emplace_back(label);
  is_wild.assign(labels.size(), false);
  wildcards.labels.assign(labels.begin(), labels.end());
  host = named;
}

std::string PatternSample::name_from(std::size_t place) const {
  std::string name;
  for (std::size_t i = place; i < labels.size(); ++i) {
    if (!name.empty()) name += '.';
    name += labels[i];
  }
  return name;
}

}  // namespace sallyport
