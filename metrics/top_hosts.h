// Which hosts are blocked most, in bounded memory: the space-saving sketch of Metwally, Agrawal and
// El Abbadi (2005). However many hosts an attacker names, there are as many entries; a host that is
// asked for more often than total/capacity is always among them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport {

/// Not for use by several threads at once.
class TopHosts {
 public:
  struct Entry {
    std::string host;
    std::uint64_t attempts = 0;  ///< never too low; too high by at most the lowest of all entries
  };

  /// 0: counts nothing.
  explicit TopHosts(std::size_t capacity) : capacity_(capacity) {}

  void count(std::string_view host);

  /// In no order; at most `capacity`.
  std::vector<Entry> entries() const;

 private:
  struct Slot {
    std::size_t hash = 0;
    Entry entry;
  };

  std::size_t capacity_;
  std::vector<Slot> slots_;
};

/// The `count` entries with the most attempts, those of one host summed; by name where equal.
std::vector<TopHosts::Entry> most_blocked(const std::vector<TopHosts::Entry>& entries,
                                          std::size_t count);

}  // namespace sallyport
