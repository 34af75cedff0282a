// URL patterns of a rule: `scheme://host/path?query` (SEMANTICS.md section 6, URLs). Immutable;
// matching walks the target in place, allocates nothing and cannot fail.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/host_pattern.h"
#include "policy/values/facts.h"
#include "policy/values/host.h"

namespace sallyport {

class UrlPattern {
 public:
  /// Reads a pattern; on failure nothing, and `error` says what would be right.
  static std::optional<UrlPattern> parse(std::string_view text, std::string& error);

  /// The pattern speaks of this scheme and host.
  bool fits(Scheme scheme, const Host& host) const noexcept;
  /// False for `/**`: any path will do.
  bool looks_at_path() const noexcept { return looks_at_path_; }

  /// How an encoded slash (`%2F`) of a target is read.
  enum class EncodedSlash : bool { is_data, separates };

  /// The path, decoded once under that reading, and the query match. `target` is `/path?query` as it
  /// was sent. An ambiguous path (see is_ambiguous_path) matches only where the path is not looked at.
  bool matches(std::string_view target, EncodedSlash reading) const noexcept;

  Scheme scheme() const { return scheme_; }
  const HostPattern& host() const { return host_; }
  std::string_view text() const { return text_; }

 private:
  UrlPattern(std::string_view text, HostPattern host) : text_(text), host_(std::move(host)) {}

  std::string text_;
  HostPattern host_;
  Scheme scheme_ = Scheme::https;
  std::vector<std::string> segments_;  ///< `*` is a wildcard; the last may be `**`
  std::vector<std::pair<std::string, std::string>> query_;
  bool looks_at_path_ = true;
};

/// The target's path has dot segments, a backslash, `;` or a broken escape: it has no safe reading.
bool is_ambiguous_path(std::string_view target) noexcept;

/// The urls condition of an allow: each reading of the target matches some pattern for this host.
bool urls_allow(std::span<const UrlPattern> urls, Scheme scheme, const Host& host,
                std::string_view target) noexcept;

/// The urls condition of a deny: some reading of the target matches some pattern for this host, or
/// the target is ambiguous and a pattern looks at the path.
bool urls_deny(std::span<const UrlPattern> urls, Scheme scheme, const Host& host,
               std::string_view target) noexcept;

}  // namespace sallyport
