#include "policy/loader/pattern_budget.h"

#include <algorithm>
#include <string>

#include <re2/re2.h>

namespace sallyport {

bool PatternBudget::take(const HostPattern& pattern, Mark mark) {
  // An expression is shared by all that name it; a pattern is counted wherever it stands.
  const bool is_regex = pattern.kind == HostPattern::Kind::regex;
  const int steps = is_regex ? std::max(pattern.regex->ProgramSize(), 0) : 0;
  return take(steps_, static_cast<std::size_t>(steps), mark,
              {"the `re:` expressions of this policy are too large all together (more than ",
               " steps); write names and `*.` patterns instead"}) &&
         take_patterns(1, mark);
}

bool PatternBudget::take_patterns(std::size_t count, Mark mark) {
  return take(patterns_, count, mark,
              {"the rules and sets of this policy hold more than ",
               " host patterns, those of a set counted in each rule that names it (of a built-in "
               "one ten times); name large sets in fewer rules"});
}

bool PatternBudget::take_pairs(std::size_t count, Mark mark) {
  return take(pairs_, count, mark,
              {"too many exceptions from too many patterns to compare them all (more than ",
               " pairs); except exact names, or fewer"});
}

bool PatternBudget::take(Bound& bound, std::size_t count, Mark mark, const Words& words) {
  if (count <= bound.left) {
    bound.left -= count;
    return true;
  }
  bound.left = 0;  // what is smaller and comes later is refused too
  if (!bound.is_told) {
    diagnostics_->error(mark, std::string(words.before) + std::to_string(bound.max) + words.behind);
  }
  bound.is_told = true;
  return false;
}

}  // namespace sallyport
