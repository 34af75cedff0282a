#include "metrics/counted_names.h"

#include <algorithm>

namespace sallyport {

void CountedNames::count(std::string_view name, Decision decision) {
  if (decision == Decision::allow) return;
  auto found = names_.find(name);
  if (found == names_.end()) {
    if (names_.size() >= names_max_) forget_half();
    found = names_.emplace(name, Counted{.count = {}, .missed_max = missed_max_}).first;
  }
  BlockedCount& count = found->second.count;
  ++(decision == Decision::block ? count.block : count.would_block);
}

/// Half at a time, so that a name costs a few steps on the average whatever comes.
void CountedNames::forget_half() {
  std::vector<std::uint64_t> counts;
  counts.reserve(names_.size());
  for (const auto& [name, counted] : names_) counts.push_back(counted.at_most());
  const std::size_t half = counts.size() / 2;
  std::nth_element(counts.begin(), counts.begin() + static_cast<std::ptrdiff_t>(half),
                   counts.end());
  const std::uint64_t limit = counts[half];
  std::size_t left = half;
  const auto forget_those = [&](auto is_one) {
    for (auto at = names_.begin(); at != names_.end() && left > 0;) {
      const std::uint64_t at_most = at->second.at_most();
      if (!is_one(at_most)) {
        ++at;
        continue;
      }
      missed_max_ = std::max(missed_max_, at_most);
      at = names_.erase(at);
      --left;
    }
  };
  forget_those([limit](std::uint64_t at_most) { return at_most < limit; });
  forget_those([limit](std::uint64_t at_most) { return at_most == limit; });
}

std::vector<CountedNames::Row> CountedNames::all() const {
  std::vector<Row> rows;
  rows.reserve(names_.size());
  for (const auto& [name, counted] : names_) rows.push_back({name, counted.count});
  return rows;
}

std::vector<CountedNames::Row> CountedNames::most(std::size_t rows) const {
  std::vector<Row> most = all();
  const std::size_t kept = std::min(rows, most.size());
  const auto is_before = [](const Row& a, const Row& b) {
    if (a.count.sum() != b.count.sum()) return a.count.sum() > b.count.sum();
    if (a.count.block != b.count.block) return a.count.block > b.count.block;
    return a.name < b.name;
  };
  std::partial_sort(most.begin(), most.begin() + static_cast<std::ptrdiff_t>(kept), most.end(),
                    is_before);
  most.resize(kept);
  return most;
}

}  // namespace sallyport
