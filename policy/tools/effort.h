// How much a check of policy/tools may compare before it leaves a question open, so that any policy
// is checked soon. Rules are compared with each other, pattern by pattern: what no policy of people
// needs, a file of 8 MiB could ask for. Plain data.
#pragma once

#include <algorithm>
#include <cstddef>

namespace sallyport {

/// Counts down over one check of one policy.
class Effort {
 public:
  /// A pair of patterns; some 50 ns.
  static constexpr std::size_t kPairsMax = 20'000'000;
  /// What to ask the snapshot's matcher costs as much as so many pairs.
  static constexpr std::size_t kPairsOfMatch = 20;
  /// So does to write a region out in a copy of a pattern.
  static constexpr std::size_t kPairsOfCopy = 40;

  /// Takes so many pairs; false, and none taken, where they are not left.
  [[nodiscard]] bool take(std::size_t pairs) {
    if (pairs > left_) return false;
    left_ -= pairs;
    return true;
  }

  /// What was compared already, and was not known before: nothing is left where it was more.
  void spend(std::size_t pairs) { left_ -= std::min(pairs, left_); }

 private:
  std::size_t left_ = kPairsMax;
};

}  // namespace sallyport
