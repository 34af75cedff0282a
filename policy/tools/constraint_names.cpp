#include "policy/tools/constraint_names.h"

#include <algorithm>
#include <string>

#include "policy/loader/pattern_cover.h"
#include "policy/tools/name_suffixes.h"

namespace sallyport {
namespace {

/// More names than this, and listed regions are not written out: clients check each name of a leaf
/// against each constraint.
constexpr std::size_t kNamesMax = 64;

/// The texts that a label can have; empty where they are not known.
std::vector<std::string> texts_of(const PatternLabel& label, bool writes_regions) {
  std::vector<std::string> texts{""};
  for (const FilledPart& part : label.parts) {
    std::vector<std::string> parts;
    if (part.kind == FilledPart::Kind::literal) parts = {part.literal};
    if (part.kind == FilledPart::Kind::region && writes_regions) parts = part.one_of;
    std::vector<std::string> longer;
    for (const std::string& text : texts) {
      for (const std::string& more : parts) longer.push_back(text + more);
    }
    texts = std::move(longer);
  }
  return label.parts.empty() ? std::vector<std::string>() : texts;
}

bool is_name(const std::string& text) { return Host::parse_name(text).has_value(); }

/// The suffixes that hold the pattern, all of them names; none where its last label is not known.
std::vector<std::string> suffixes_of(const HostPattern& pattern, bool writes_regions) {
  if (pattern.kind == HostPattern::Kind::host) return {std::string(pattern.the_host->text())};
  if (pattern.kind != HostPattern::Kind::labels) return {};
  std::vector<std::string> suffixes;
  for (auto label = pattern.labels.rbegin(); label != pattern.labels.rend(); ++label) {
    const auto texts = texts_of(*label, writes_regions);
    if (texts.empty()) break;
    if (suffixes.empty()) {
      suffixes = texts;
      continue;
    }
    std::vector<std::string> longer;
    for (const std::string& text : texts) {
      for (const std::string& suffix : suffixes) longer.push_back(text + "." + suffix);
    }
    suffixes = std::move(longer);
  }
  const bool are_names = std::all_of(suffixes.begin(), suffixes.end(), is_name);
  return are_names ? suffixes : std::vector<std::string>();
}

/// The pattern's one address.
std::optional<IpAddress> address_of(const HostPattern& pattern) {
  const auto host = host_of(pattern);
  if (!host || !host->is_literal()) return std::nullopt;
  return host->address();
}

std::vector<std::string> names_of(std::span<const InterceptedHost> hosts, bool writes_regions) {
  std::vector<std::string> names;
  for (const InterceptedHost& each : hosts) {
    if (address_of(each.pattern)) continue;
    for (std::string& name : suffixes_of(each.pattern, writes_regions)) {
      names.push_back(std::move(name));
    }
  }
  return shortest_suffixes(std::move(names));
}

}  // namespace

ConstraintNames constraint_names(std::span<const InterceptedHost> hosts) {
  ConstraintNames constraints;
  std::vector<IpAddress> addresses;
  for (const InterceptedHost& each : hosts) {
    if (const auto address = address_of(each.pattern)) {
      addresses.push_back(*address);
    } else if (suffixes_of(each.pattern, false).empty() ||
               suffixes_of(each.pattern, true).empty()) {
      constraints.unconstrained.push_back(each);
    }
  }
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  std::vector<std::string> names = names_of(hosts, true);
  if (names.size() > kNamesMax) names = names_of(hosts, false);
  for (const std::string& name : names) {
    constraints.hosts.push_back(Host::parse_name(name).value());
  }
  for (const IpAddress& address : addresses) constraints.hosts.push_back(Host::of(address));
  return constraints;
}

}  // namespace sallyport
