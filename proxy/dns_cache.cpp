#include "proxy/dns_cache.h"

#include <utility>

namespace sallyport {

const Resolution* DnsCache::find(std::string_view name, Time now) {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return nullptr;
  const auto entry = found->second;
  if (now >= entry->expires) {
    forget(entry);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, entry);
  return &entry->resolution;
}

void DnsCache::put(std::string_view name, Resolution resolution, Time expires) {
  if (const auto found = by_name_.find(name); found != by_name_.end()) forget(found->second);
  if (capacity_ == 0) return;
  entries_.push_front({std::string(name), std::move(resolution), expires});
  by_name_.emplace(entries_.front().name, entries_.begin());
  if (entries_.size() > capacity_) forget(std::prev(entries_.end()));
}

void DnsCache::clear() {
  by_name_.clear();
  entries_.clear();
}

void DnsCache::set_capacity(std::size_t capacity) {
  capacity_ = capacity;
  while (entries_.size() > capacity_) forget(std::prev(entries_.end()));
}

void DnsCache::forget(std::list<Entry>::iterator entry) {
  by_name_.erase(entry->name);
  entries_.erase(entry);
}

}  // namespace sallyport
