// One host pattern of a policy: a name, a literal, `*.name`, labels of `*`, a lone `*`, or `re:...`
// (SEMANTICS.md section 6, Patterns). Immutable value. Sets (`@name`) are no patterns: they hold
// some.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/aws/filled_pattern.h"
#include "policy/values/host.h"

namespace re2 {
class RE2;
}

namespace sallyport {

/// One label of a pattern: literal, any, or typed as built-in sets have them.
using PatternLabel = FilledLabel;

struct HostPattern {
  enum class Kind : std::uint8_t {
    labels,   ///< `labels` from left to right, with or without a leading `*.`
    literal,  ///< an address
    any,      ///< a lone `*`
    regex,    ///< RE2 over the whole name
  };

  Kind kind = Kind::labels;
  std::string text;  ///< as written
  bool leading_wildcard = false;
  std::vector<PatternLabel> labels;
  std::optional<Host> literal;
  std::shared_ptr<const re2::RE2> regex;

  /// Reads a pattern as policies write it; on failure nothing, and `error` names the right form.
  static std::optional<HostPattern> parse(std::string_view text, std::string& error);

  /// The pattern of a built-in set.
  static HostPattern of(const FilledPattern& pattern);

  /// All labels are literal and there is no wildcard: it names one host.
  bool is_exact() const;

  /// Larger is more precise: exact, then the longest `*.`, then labels of `*` and typed labels,
  /// then `re:`, then `*` (SEMANTICS.md section 4).
  std::uint32_t precision() const;

  /// The slow, obvious match of one pattern. `wild_takes_a_labels`: wildcards, `re:` and `*` match
  /// A-labels and literals too.
  bool matches(const Host& host, bool wild_takes_a_labels) const noexcept;
};

/// The labels of a name, from left to right; views into `name`.
std::vector<std::string_view> split_labels(std::string_view name);

}  // namespace sallyport
