#include "metrics/top_hosts.h"

#include <algorithm>
#include <functional>
#include <map>

namespace sallyport {

void TopHosts::count(std::string_view host) {
  if (capacity_ == 0) return;
  const std::size_t hash = std::hash<std::string_view>()(host);
  // A scan of a few hundred hashes costs less than a block's system calls by far.
  const auto found = std::find_if(slots_.begin(), slots_.end(), [&](const Slot& slot) {
    return slot.hash == hash && slot.entry.host == host;
  });
  if (found != slots_.end()) {
    ++found->entry.attempts;
    return;
  }
  if (slots_.size() < capacity_) {
    slots_.push_back({hash, {std::string(host), 1}});
    return;
  }
  const auto least = std::min_element(
      slots_.begin(), slots_.end(),
      [](const Slot& a, const Slot& b) { return a.entry.attempts < b.entry.attempts; });
  least->hash = hash;
  least->entry.host = host;
  ++least->entry.attempts;
}

std::vector<TopHosts::Entry> TopHosts::entries() const {
  std::vector<Entry> entries;
  entries.reserve(slots_.size());
  for (const Slot& slot : slots_) entries.push_back(slot.entry);
  return entries;
}

std::vector<TopHosts::Entry> most_blocked(const std::vector<TopHosts::Entry>& entries,
                                          std::size_t count) {
  std::map<std::string, std::uint64_t> sums;
  for (const auto& entry : entries) sums[entry.host] += entry.attempts;
  std::vector<TopHosts::Entry> result;
  for (const auto& [host, attempts] : sums) result.push_back({host, attempts});
  std::stable_sort(result.begin(), result.end(),
                   [](const auto& a, const auto& b) { return a.attempts > b.attempts; });
  if (result.size() > count) result.resize(count);
  return result;
}

}  // namespace sallyport
