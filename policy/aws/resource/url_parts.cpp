#include "policy/aws/resource/url_parts.h"

#include <algorithm>

#include "policy/values/ascii.h"
#include "policy/values/take_part.h"

namespace sallyport {
namespace {

constexpr std::string_view kDomains[] = {
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".amazonaws.eu",
    ".api.aws",
    ".api.amazonwebservices.com.cn",
    ".api.amazonwebservices.eu",
    ".on.aws",
    ".on.amazonwebservices.com.cn",
    ".on.amazonwebservices.eu",
};

/// `.`, `..`, and the same with dots as `%2e`.
bool is_dot_segment(std::string_view segment) {
  int dots = 0;
  while (!segment.empty()) {
    const bool is_encoded = begins_ignoring_case(segment, "%2e");
    if (!is_encoded && segment.front() != '.') return false;
    segment.remove_prefix(is_encoded ? 3 : 1);
    ++dots;
  }
  return dots == 1 || dots == 2;
}

}  // namespace

bool has_dot_segment(std::string_view path) {
  while (!path.empty()) {
    if (is_dot_segment(take_until(path, '/'))) return true;
  }
  return false;
}

UrlParts parts_behind_scheme(std::string_view text) {
  UrlParts parts;
  std::string_view rest = text.substr(0, std::min(text.find_first_of("?#"), text.size()));
  const std::size_t end = std::min(rest.find('/'), rest.size());
  parts.host = rest.substr(0, end);
  parts.path = rest.substr(end);
  if (const auto at = parts.host.rfind('@'); at != std::string_view::npos) {
    parts.host.remove_prefix(at + 1);
  }
  parts.host = parts.host.substr(0, std::min(parts.host.find(':'), parts.host.size()));
  return parts;
}

std::optional<UrlParts> UrlParts::parse(std::string_view text) {
  const std::size_t end = text.find("://");
  if (end == std::string_view::npos || end == 0) return std::nullopt;
  const std::string_view scheme = text.substr(0, end);
  if (!std::all_of(scheme.begin(), scheme.end(), is_alphanumeric)) return std::nullopt;
  UrlParts parts = parts_behind_scheme(text.substr(end + 3));
  parts.scheme = scheme;
  return parts;
}

bool UrlParts::is_http() const {
  return equal_ignoring_case(scheme, "https") || equal_ignoring_case(scheme, "http");
}

LowerCaseHost::LowerCaseHost(std::string_view host) {
  if (host.size() > text_.size()) return;
  std::transform(host.begin(), host.end(), text_.begin(), to_lower);
  size_ = host.size();
}

std::optional<std::string_view> labels_before_aws(std::string_view host) {
  for (const std::string_view domain : kDomains) {
    if (host.ends_with(domain)) return host.substr(0, host.size() - domain.size());
  }
  return std::nullopt;
}

}  // namespace sallyport
