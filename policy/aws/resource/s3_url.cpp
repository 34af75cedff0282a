#include "policy/aws/resource/s3_url.h"

#include <cstddef>

#include "policy/aws/resource/url_parts.h"
#include "policy/aws/s3_host.h"
#include "policy/values/ascii.h"
#include "policy/values/take_part.h"

namespace sallyport {
namespace {

/// The part of `text` that stands where `part` stands in its copy in lower case.
std::string_view same_place(std::string_view part, std::string_view copy, std::string_view text) {
  if (part.empty()) return {};
  return text.substr(static_cast<std::size_t>(part.data() - copy.data()), part.size());
}

}  // namespace

std::optional<S3Url> S3Url::parse(std::string_view text) {
  const auto url = UrlParts::parse(text);
  if (!url || !url->is_http()) return std::nullopt;
  const LowerCaseHost lower(url->host);
  const auto host = s3_host(lower.text());
  if (!host || host->form == S3Form::control) return std::nullopt;
  S3Url found;
  found.bucket = same_place(host->bucket, lower.text(), url->host);
  found.account = same_place(host->account, lower.text(), url->host);
  found.key = url->path.empty() ? url->path : url->path.substr(1);
  if (host->form == S3Form::path || host->form == S3Form::express_control) {
    // Who resolves dot segments would end at another bucket: then the path as a whole is the name,
    // which is nobody's.
    found.bucket = has_dot_segment(found.key) ? found.key : take_until(found.key, '/');
  }
  if (found.bucket.empty() && found.account.empty()) return std::nullopt;
  return found;
}

std::string_view bucket_of_host(std::string_view text) {
  const LowerCaseHost lower(text);
  const auto host = s3_host(lower.text());
  if (!host || host->form != S3Form::bucket) return text;
  return same_place(host->bucket, lower.text(), text);
}

}  // namespace sallyport
