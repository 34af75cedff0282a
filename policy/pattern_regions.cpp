#include "policy/pattern_regions.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "policy/aws/region.h"

namespace sallyport {
namespace {

bool is_region_part(const FilledPart& part) { return part.kind == FilledPart::Kind::region; }

/// It may stand where the part is.
bool fits(const FilledPart& part, const std::string& region) {
  if ((partition_of_region(region) & part.partitions).is_empty()) return false;
  return part.one_of.empty() ||
         std::find(part.one_of.begin(), part.one_of.end(), region) != part.one_of.end();
}

/// Literal parts beside each other become one: then a label that is all literal is known as such.
void join_literals(PatternLabel& label) {
  std::vector<FilledPart> joined;
  for (FilledPart& part : label.parts) {
    const bool goes_on = !joined.empty() && joined.back().kind == FilledPart::Kind::literal &&
                         part.kind == FilledPart::Kind::literal;
    if (goes_on) {
      joined.back().literal += part.literal;
    } else {
      joined.push_back(std::move(part));
    }
  }
  label.parts = std::move(joined);
}

}  // namespace

bool shows_region(const HostPattern& pattern) {
  return std::any_of(pattern.labels.begin(), pattern.labels.end(), [](const PatternLabel& label) {
    return std::any_of(label.parts.begin(), label.parts.end(), is_region_part);
  });
}

bool restrict_to(HostPattern& pattern, const std::vector<std::string>& regions) {
  for (PatternLabel& label : pattern.labels) {
    for (FilledPart& part : label.parts) {
      if (!is_region_part(part)) continue;
      std::vector<std::string> fitting;
      std::copy_if(regions.begin(), regions.end(), std::back_inserter(fitting),
                   [&](const std::string& region) { return fits(part, region); });
      if (fitting.empty()) return false;
      part.one_of = std::move(fitting);
    }
  }
  return true;
}

std::vector<HostPattern> in_each_region(const HostPattern& pattern) {
  std::vector<HostPattern> all;
  for (std::size_t i = 0; i < pattern.labels.size(); ++i) {
    const auto& parts = pattern.labels[i].parts;
    const auto listed = std::find_if(parts.begin(), parts.end(), [](const FilledPart& part) {
      return is_region_part(part) && !part.one_of.empty();
    });
    if (listed == parts.end()) continue;
    for (const std::string& region : listed->one_of) {
      HostPattern one = pattern;
      one.labels[i].parts[static_cast<std::size_t>(listed - parts.begin())] =
          FilledPart::of_literal(region);
      join_literals(one.labels[i]);
      auto more = in_each_region(one);  // of other labels
      std::move(more.begin(), more.end(), std::back_inserter(all));
    }
    return all;
  }
  return {pattern};
}

}  // namespace sallyport
