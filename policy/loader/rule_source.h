// What a rule says of its hosts, as it is written, beside what it was compiled into: for the checks
// that read whole policies (policy/tools). Plain data, made by the loader; nothing here decides.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/host_pattern.h"
#include "policy/loader/diagnostics.h"
#include "policy/values/decision.h"

namespace sallyport {

/// One item of `hosts` or `except_hosts`.
struct HostItem {
  std::string text;             ///< as written: a pattern, or `@name`
  Mark mark;                    ///< in the policy file
  bool is_set = false;          ///< `@name`
  bool is_builtin_set = false;  ///< one of DESIGN.md's built-in sets, filled for its place
  /// What the item stands for; one pattern unless it is a set. What a set leaves out is not here.
  HostPatterns patterns;
};

/// Some pattern of some item holds; of the items alone that `may_look` lets be looked at, such as
/// while effort lasts.
template <class MayLook, class Holds>
bool some_pattern(const std::vector<HostItem>& items, MayLook may_look, Holds holds) {
  return std::any_of(items.begin(), items.end(), [&](const HostItem& item) {
    return may_look(item) && std::any_of(item.patterns.begin(), item.patterns.end(), holds);
  });
}

/// The same of all items.
template <class Holds>
bool some_pattern(const std::vector<HostItem>& items, Holds holds) {
  return some_pattern(
      items, [](const HostItem&) { return true; }, holds);
}

/// A rule as it stands in the file.
struct RuleSource {
  RuleIndex rule = kNoRule;
  bool is_whole = true;                            ///< the loader found no error in it
  Mark mark;                                       ///< of the rule's `name`
  std::vector<std::pair<std::string, Mark>> keys;  ///< each key that is written, in file order
  std::vector<HostItem> hosts;
  std::vector<HostItem> except_hosts;

  /// The key is written.
  bool has(std::string_view key) const {
    for (const auto& [name, place] : keys) {
      if (name == key) return true;
    }
    return false;
  }

  /// Where the key stands; the rule's own place where it is not written.
  Mark mark_of(std::string_view key) const {
    for (const auto& [name, place] : keys) {
      if (name == key) return place;
    }
    return mark;
  }
};

}  // namespace sallyport
