// How much a policy may ask of its loader, so that any file is read soon and in bounded memory:
// sets are written once and stand in many rules, and lists that except each other are compared
// pattern by pattern. One per load, on its thread.
#pragma once

#include <cstddef>

#include "policy/host_pattern.h"
#include "policy/loader/diagnostics.h"

namespace sallyport {

/// Host patterns of all rules and sets together, those of a set counted in each rule that names it;
/// room for a set of a million in one rule. While they are read some 200 to 700 bytes each; of
/// built-in sets more.
inline constexpr std::size_t kPolicyPatternsMax = 2'500'000;
/// Steps of all compiled `re:` expressions; some 50 bytes each.
inline constexpr std::size_t kRegexStepsMax = 1'000'000;
/// Comparisons of one pattern with another; a second at most.
inline constexpr std::size_t kPatternPairsMax = 10'000'000;

/// Counts down. What exceeds a bound is an error, which is told where it is met first.
class PatternBudget {
 public:
  /// `diagnostics` must outlive this.
  explicit PatternBudget(Diagnostics& diagnostics) : diagnostics_(&diagnostics) {}

  /// Takes a pattern that was read at `mark`; false where the policy holds too much.
  bool take(const HostPattern& pattern, Mark mark);
  /// Takes the patterns of a set that a rule names at `mark`.
  bool take_patterns(std::size_t count, Mark mark);
  /// Something was more than the policy may hold: the rest need not be filled in.
  bool is_exceeded() const { return patterns_.is_told || steps_.is_told || pairs_.is_told; }
  /// Takes comparisons that what stands at `mark` needs.
  bool take_pairs(std::size_t count, Mark mark);

 private:
  struct Bound {
    std::size_t max;
    std::size_t left = max;
    bool is_told = false;
  };
  /// What is said before and behind a bound that was exceeded.
  struct Words {
    const char* before;
    const char* behind;
  };

  bool take(Bound& bound, std::size_t count, Mark mark, const Words& words);

  Diagnostics* diagnostics_;
  Bound patterns_{kPolicyPatternsMax};
  Bound steps_{kRegexStepsMax};
  Bound pairs_{kPatternPairsMax};
};

}  // namespace sallyport
