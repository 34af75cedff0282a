#include "policy/tools/explained_hosts.h"

#include <string>
#include <string_view>

#include "policy/aws/builtin_sets.h"
#include "policy/tools/name_suffixes.h"

namespace sallyport {
namespace {

constexpr std::string_view kApiSet = "aws-api";

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

bool has_region(const BuiltinPattern& pattern) {
  return pattern.text.find("{r}") != std::string_view::npos;
}

}  // namespace

std::vector<InterceptedHost> explained_hosts(const OrganizationLabels& organization, Mark mark) {
  const PartitionSet in_use = partitions_in_use(organization);
  std::vector<std::string> suffixes;
  std::vector<std::string> of_others;
  const auto patterns = builtin_set(kApiSet);
  for (const BuiltinPattern& pattern : patterns) {
    if (!has_region(pattern)) continue;
    const bool is_used = !(pattern.partitions & in_use).is_empty();
    (is_used ? suffixes : of_others).emplace_back(literal_end(pattern.text));
  }
  suffixes = shortest_suffixes(std::move(suffixes));
  of_others = shortest_suffixes(std::move(of_others));
  // Names without a region are in every partition's list; whose they are, their end says.
  std::vector<std::string> all = suffixes;
  for (const BuiltinPattern& pattern : patterns) {
    const std::string_view end = literal_end(pattern.text);
    if (has_region(pattern) || is_within(end, suffixes) || is_within(end, of_others)) continue;
    all.emplace_back(end);
  }
  std::vector<InterceptedHost> hosts;
  for (const std::string& suffix : shortest_suffixes(std::move(all))) {
    std::string error;
    // Of the tables' own names: one that is no pattern would be a fault of theirs, and is told.
    hosts.push_back({HostPattern::parse("*." + suffix, error).value(), mark, ""});
  }
  return hosts;
}

}  // namespace sallyport
