#include "policy/aws/request/copy_source.h"

#include <algorithm>

#include "policy/aws/operation/s3_address.h"
#include "policy/aws/percent.h"
#include "policy/aws/resource/resource_names.h"

namespace sallyport {
namespace {

/// What stands behind the bucket's name.
std::string_view behind_slash(std::string_view text) {
  return text.substr(std::min(text.find('/'), text.size() - 1) + 1);
}

}  // namespace

std::optional<CopySource> CopySource::parse(std::string_view value, std::string_view partition) {
  // A version is asked for behind a plain `?`; in a key it is written %3F.
  const auto decoded = percent_decoded(value.substr(0, value.find('?')));
  if (!decoded) return std::nullopt;
  std::string_view text = *decoded;
  if (text.starts_with('/')) text.remove_prefix(1);
  CopySource source;
  if (text.starts_with("arn:")) {
    const auto arn = Arn::parse(text);
    if (!arn || leads_out_of_bucket(behind_slash(arn->resource))) return std::nullopt;
    source.bucket = arn->bucket();
    source.account = arn->account;
    source.arn = text;
    return source;
  }
  const auto slash = text.find('/');
  if (slash == 0 || slash == std::string_view::npos || slash + 1 == text.size()) {
    return std::nullopt;
  }
  if (leads_out_of_bucket(behind_slash(text))) return std::nullopt;
  source.bucket = text.substr(0, slash);
  source.arn = "arn:" + std::string(partition) + ":s3:::" + std::string(text);
  return source;
}

}  // namespace sallyport
