// A request target (`/path?query`, as it was sent) read for matching: decoded once, a byte at a
// time, in place. Pure functions over views; nothing here allocates or fails.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sallyport {

/// Path and query of a target; views into it. Without `?` there is no query.
struct UrlTarget {
  std::string_view path;
  std::optional<std::string_view> query;

  static UrlTarget of(std::string_view target) noexcept;
};

/// How an encoded slash (`%2F`) of a target is read.
enum class EncodedSlash : bool { is_data, separates };

/// Whether `a//b` has an empty segment, or is `a/b`, as many origins read it.
enum class RepeatedSlash : bool { is_empty_segment, is_one };

/// Walks the segments of a path that begins with `/`, from left to right, encoded as they are.
class PathSegments {
 public:
  PathSegments(std::string_view path, EncodedSlash encoded, RepeatedSlash repeated) noexcept;

  /// The next segment; nothing behind the last.
  std::optional<std::string_view> next() noexcept;

 private:
  std::string_view take() noexcept;

  std::string_view rest_;
  bool is_at_end_;
  EncodedSlash encoded_;
  RepeatedSlash repeated_;
};

/// The text, decoded once, is that text.
bool decodes_to(std::string_view encoded, std::string_view text) noexcept;

/// The same of a query that a form wrote: each `+` is a space.
bool decodes_form_to(std::string_view encoded, std::string_view text) noexcept;

/// The text, decoded once, fits the glob, in which `*` is any run of bytes (also none).
bool fits_glob(std::string_view encoded, std::string_view glob) noexcept;

/// A `%` that two hex digits do not follow.
bool has_broken_escape(std::string_view text) noexcept;

/// NUL, plain or as `%00`.
bool has_nul(std::string_view text) noexcept;

/// The target's path has dot segments, a backslash, `;`, NUL or an overlong UTF-8 form, each plain
/// or encoded, or a broken escape: it has no safe reading. False for `*` (OPTIONS).
bool is_ambiguous_path(std::string_view target) noexcept;

}  // namespace sallyport
