#include "policy/tools/intercepted.h"

#include <algorithm>
#include <string_view>

#include "policy/aws/builtin_sets.h"
#include "policy/loader/pattern_cover.h"
#include "policy/tools/https_readers.h"

namespace sallyport {
namespace {

constexpr std::string_view kApiSet = "aws-api";

/// More names than this, and listed regions are not written out: clients check each name of a leaf
/// against each constraint.
constexpr std::size_t kNamesMax = 64;

bool is_below(std::string_view name, std::string_view suffix) {
  return name.size() > suffix.size() && name.ends_with(suffix) &&
         name[name.size() - suffix.size() - 1] == '.';
}

/// Sorts, and drops what stands under another suffix.
void shorten(std::vector<std::string>& names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  const auto is_held = [&](std::string_view name) {
    for (auto dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.', dot + 1)) {
      if (std::binary_search(names.begin(), names.end(), name.substr(dot + 1))) return true;
    }
    return false;
  };
  std::vector<std::string> kept;
  for (const std::string& name : names) {
    if (!is_held(name)) kept.push_back(name);
  }
  names = std::move(kept);
}

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

/// The suffixes that hold the pattern; none where its last label is not known.
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
  return suffixes;
}

std::vector<std::string> names_of(std::span<const InterceptedHost> hosts, bool writes_regions) {
  std::vector<std::string> names;
  for (const InterceptedHost& each : hosts) {
    const auto host = host_of(each.pattern);
    if (host && host->is_literal()) continue;
    for (std::string& name : suffixes_of(each.pattern, writes_regions)) {
      names.push_back(std::move(name));
    }
  }
  shorten(names);
  return names;
}

PartitionSet partitions_in_use(const OrganizationLabels& organization) {
  if (!organization.regions) return PartitionSet::of(Partition::aws);
  PartitionSet in_use;
  for (const std::string& region : *organization.regions) {
    in_use = in_use | partition_of_region(region);
  }
  return in_use;
}

/// What stands behind the last label that is not literal; all where each is.
std::string_view literal_end(std::string_view text) {
  const auto open = text.find_last_of("}>*");
  if (open == std::string_view::npos) return text;
  const auto dot = text.find('.', open);
  return dot == std::string_view::npos ? std::string_view() : text.substr(dot + 1);
}

}  // namespace

std::vector<InterceptedHost> intercepted_hosts(const Snapshot& snapshot,
                                               std::span<const RuleSource> rules, TimePoint now) {
  std::vector<InterceptedHost> hosts;
  HttpsReaders readers(snapshot, rules, now);
  if (readers.readers().empty()) return hosts;
  for (const LiveRule& allow : readers.rules()) {
    if (!allow.rule->is_allow() || !allow.rule->enforces()) continue;
    for (const HostItem& item : allow.source->hosts) {
      for (const HostPattern& pattern : item.patterns) {
        if (readers.reader_of(allow, pattern) == nullptr) continue;
        hosts.push_back({pattern, item.mark, allow.rule->name});
      }
    }
  }
  return hosts;
}

std::vector<InterceptedHost> explained_hosts(const OrganizationLabels& organization, Mark mark) {
  const PartitionSet in_use = partitions_in_use(organization);
  std::vector<std::string> suffixes;
  std::vector<std::string> of_others;
  const auto patterns = builtin_set(kApiSet);
  const auto has_region = [](const BuiltinPattern& pattern) {
    return pattern.text.find("{r}") != std::string_view::npos;
  };
  for (const BuiltinPattern& pattern : patterns) {
    if (!has_region(pattern)) continue;
    const bool is_used = !(pattern.partitions & in_use).is_empty();
    (is_used ? suffixes : of_others).emplace_back(literal_end(pattern.text));
  }
  shorten(suffixes);
  shorten(of_others);
  const auto is_within = [](std::string_view name, const std::vector<std::string>& ends) {
    return std::any_of(ends.begin(), ends.end(),
                       [&](const std::string& end) { return name == end || is_below(name, end); });
  };
  // Names without a region are in every partition's list; whose they are, their end says.
  std::vector<std::string> others;
  for (const BuiltinPattern& pattern : patterns) {
    const std::string_view end = literal_end(pattern.text);
    if (has_region(pattern) || is_within(end, suffixes) || is_within(end, of_others)) continue;
    others.emplace_back(end);
  }
  suffixes.insert(suffixes.end(), others.begin(), others.end());
  shorten(suffixes);
  std::vector<InterceptedHost> hosts;
  for (const std::string& suffix : suffixes) {
    std::string error;
    auto pattern = HostPattern::parse("*." + suffix, error);
    if (pattern) hosts.push_back({std::move(*pattern), mark, ""});
  }
  return hosts;
}

ConstraintNames constraint_names(std::span<const InterceptedHost> hosts) {
  ConstraintNames constraints;
  for (const InterceptedHost& each : hosts) {
    const auto host = host_of(each.pattern);
    if (host && host->is_literal()) {
      constraints.addresses.push_back(host->address());
    } else if (suffixes_of(each.pattern, false).empty()) {
      constraints.unconstrained.push_back(each);
    }
  }
  auto& addresses = constraints.addresses;
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  constraints.names = names_of(hosts, true);
  if (constraints.names.size() > kNamesMax) constraints.names = names_of(hosts, false);
  return constraints;
}

}  // namespace sallyport
