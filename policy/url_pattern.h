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
#include "policy/url_target.h"
#include "policy/values/facts.h"
#include "policy/values/host.h"

namespace sallyport {

class UrlPattern {
 public:
  /// Reads a pattern; on failure nothing, and `error` says what would be right. Path and query are
  /// written decoded; a `%` is refused, since it would have two readings.
  static std::optional<UrlPattern> parse(std::string_view text, std::string& error);

  /// The pattern speaks of this scheme and host. `wild_takes_a_labels` as in HostPattern::matches.
  bool fits(Scheme scheme, const Host& host, bool wild_takes_a_labels) const noexcept;
  /// False for `/**`: any path will do.
  bool looks_at_path() const noexcept { return looks_at_path_; }
  /// The pattern has `?key=value`.
  bool looks_at_query() const noexcept { return !query_.empty(); }

  /// As an allow reads it: path and query, decoded once under that reading, match. `target` is
  /// `/path?query` as it was sent. An ambiguous path (is_ambiguous_path) matches only where the
  /// path is not looked at; a query with `;` or a broken escape only where the query is not.
  bool matches(std::string_view target, EncodedSlash reading) const noexcept;

  /// As a deny reads it: some reading of path and query matches. Of a repeated parameter one will
  /// do, `+` in it is a space too, `a//b` is `a/b` too, and what is ambiguous matches where it is
  /// looked at.
  bool may_match(std::string_view target) const noexcept;

  Scheme scheme() const { return scheme_; }
  const HostPattern& host() const { return host_; }
  std::string_view text() const { return text_; }

 private:
  UrlPattern(std::string_view text, HostPattern host) : text_(text), host_(std::move(host)) {}

  bool path_matches(std::string_view path, EncodedSlash encoded,
                    RepeatedSlash repeated) const noexcept;

  std::string text_;
  HostPattern host_;
  Scheme scheme_ = Scheme::https;
  std::vector<std::string> segments_;  ///< `*` is a wildcard; the last may be `**`
  std::vector<std::pair<std::string, std::string>> query_;
  bool looks_at_path_ = true;
};

/// The urls condition of an allow: each reading of the target matches some pattern for this host.
/// False for a target with NUL.
bool urls_allow(std::span<const UrlPattern> urls, Scheme scheme, const Host& host,
                std::string_view target) noexcept;

/// The urls condition of a deny: some reading of the target matches some pattern for this host, or
/// the target is ambiguous and a pattern looks at the path.
bool urls_deny(std::span<const UrlPattern> urls, Scheme scheme, const Host& host,
               std::string_view target) noexcept;

}  // namespace sallyport
