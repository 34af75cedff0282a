// One host pattern of a policy: a name, a literal, `*.name`, labels of `*`, a lone `*`, or `re:...`
// (SEMANTICS.md section 6, Patterns). Immutable value. Sets (`@name`) are no patterns: they hold
// some.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
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
    labels,  ///< `labels` from left to right, with or without a leading `*.`
    host,    ///< one host: a name or an address, as policies write it
    any,     ///< a lone `*`
    regex,   ///< RE2 over the whole name
  };

  Kind kind = Kind::labels;
  std::string text;  ///< as written
  bool leading_wildcard = false;
  std::vector<PatternLabel> labels;
  std::optional<Host> the_host;  ///< of Kind::host
  std::shared_ptr<const re2::RE2> regex;

  /// Reads a pattern as policies write it; on failure nothing, and `error` names the right form.
  static std::optional<HostPattern> parse(std::string_view text, std::string& error);

  /// The pattern of a built-in set.
  static HostPattern of(const FilledPattern& pattern);

  /// It names one host: as Kind::host, or by labels that are all literal (of a built-in set).
  bool is_exact() const;

  /// Larger is more precise: exact, then the longest `*.`, then labels of `*` and typed labels,
  /// then `re:`, then `*` (SEMANTICS.md section 4).
  std::uint32_t precision() const;

  /// The slow, obvious match of one pattern. `wild_takes_a_labels`: wildcards, `re:` and `*` match
  /// A-labels and literals too.
  bool matches(const Host& host, bool wild_takes_a_labels) const noexcept;
};

/// Patterns that several rules may have: a set's are made once. Immutable; safe to share.
class HostPatterns {
 public:
  HostPatterns() = default;
  HostPatterns(std::vector<HostPattern> all)  // NOLINT: a list is one
      : all_(std::make_shared<const std::vector<HostPattern>>(std::move(all))) {}

  auto begin() const { return list().begin(); }
  auto end() const { return list().end(); }
  std::size_t size() const { return list().size(); }
  bool empty() const { return list().empty(); }
  const HostPattern& front() const { return list().front(); }

 private:
  std::span<const HostPattern> list() const {
    return all_ ? std::span<const HostPattern>(*all_) : std::span<const HostPattern>();
  }

  std::shared_ptr<const std::vector<HostPattern>> all_;
};

/// The labels of a name, from left to right; views into `name`.
std::vector<std::string_view> split_labels(std::string_view name);

}  // namespace sallyport
