// How often each of many names was blocked, in bounded memory: exact until there are too many
// names; then those counted least are forgotten, half of them at a time, and what a count may lack
// by that is known (the lossy counting of Manku and Motwani, 2002, with the bound kept a name).
// A name counted more often than that bound is always there. Not for use by several threads at
// once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "policy/values/decision.h"

namespace sallyport {

/// How often something was blocked, and would have been.
struct BlockedCount {
  std::uint64_t block = 0;
  std::uint64_t would_block = 0;

  std::uint64_t sum() const { return block + would_block; }
  friend bool operator==(const BlockedCount&, const BlockedCount&) = default;
};

class CountedNames {
 public:
  struct Row {
    std::string_view name;
    BlockedCount count;
  };

  /// REQUIRES: names_max of 2 at least.
  explicit CountedNames(std::size_t names_max) : names_max_(names_max) {}

  /// Counts a block, or what would be one; an allow counts nothing.
  void count(std::string_view name, Decision decision);

  /// The names counted most often, most first; by name where equal. Valid until the next count().
  std::vector<Row> most(std::size_t rows) const;
  /// All of them, in no order. Valid until the next count().
  std::vector<Row> all() const;

  std::size_t size() const { return names_.size(); }
  /// No count lacks more than this, and no name that is not there has more. 0: all are exact.
  std::uint64_t missed_max() const { return missed_max_; }

 private:
  struct Counted {
    BlockedCount count;
    std::uint64_t missed_max = 0;  // what it may have had before it was last begun with

    std::uint64_t at_most() const { return count.sum() + missed_max; }
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const {
      return std::hash<std::string_view>()(name);
    }
  };

  void forget_half();

  std::size_t names_max_;
  std::uint64_t missed_max_ = 0;
  std::unordered_map<std::string, Counted, Hash, std::equal_to<>> names_;
};

}  // namespace sallyport
