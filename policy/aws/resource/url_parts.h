// URLs as values of AWS requests write them, cut into parts as leniently as any service might: what
// is cut here only ever names a resource, and a resource that is named can only block. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace sallyport {

/// `scheme://[user@]host[:port][/path][?query][#fragment]` (RFC 3986 section 3); views into the
/// text.
struct UrlParts {
  std::string_view scheme;
  std::string_view host;
  std::string_view path;  ///< from its first `/`; without query and fragment

  /// Nothing without `://`, or where the scheme is not made of letters and digits.
  static std::optional<UrlParts> parse(std::string_view text);
  /// True for `http` and `https`, in any case.
  bool is_http() const;
};

/// `host[:port][/path]...`: the same, without a scheme.
UrlParts parts_behind_scheme(std::string_view text);

/// True where a segment of the path is `.` or `..`, also with its dots as `%2e`.
bool has_dot_segment(std::string_view path);

/// A host name in lower case, which is how our readers of hosts want it. Owns its text.
class LowerCaseHost {
 public:
  /// Empty where the text is longer than a host name can be (RFC 1035 section 2.3.4).
  explicit LowerCaseHost(std::string_view host);
  std::string_view text() const { return {text_.data(), size_}; }

 private:
  std::array<char, 253> text_{};
  std::size_t size_ = 0;
};

/// The labels before an AWS domain (`amazonaws.com`, `api.aws`, `on.aws`, and what the other
/// partitions have instead: policy/aws/data/domains.yaml); nothing where the host, in lower case,
/// ends with none.
std::optional<std::string_view> labels_before_aws(std::string_view host);

}  // namespace sallyport
