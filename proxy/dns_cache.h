// The answers that are still good, each until its own moment; the least recently used go first when
// it is full. Knows no clock: the caller says what time it is. Not safe for threads.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "proxy/resolution.h"

namespace sallyport {

/// A bounded table from canonical names to resolutions, good and bad ones.
class DnsCache {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Holds at most `capacity` names; 0 keeps nothing.
  explicit DnsCache(std::size_t capacity) : capacity_(capacity) {}

  DnsCache(const DnsCache&) = delete;
  DnsCache& operator=(const DnsCache&) = delete;

  /// What is known of the name at `now`, else nullptr. Does not allocate. Valid until the next call
  /// of a member.
  const Resolution* find(std::string_view name, Time now);

  /// Remembers the resolution for as long as `now < expires`, in place of an older one.
  void put(std::string_view name, Resolution resolution, Time expires);

  /// Forgets everything.
  void clear();

  /// Changes the bound; forgets what is beyond it.
  void set_capacity(std::size_t capacity);

  /// Names held, those included whose time is over and that nobody asked for since.
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string name;
    Resolution resolution;
    Time expires;
  };
  void forget(std::list<Entry>::iterator entry);

  std::size_t capacity_;
  std::list<Entry> entries_;  // the most recently used first
  // Keys are views of the entries' names, which do not move.
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_name_;
};

}  // namespace sallyport
