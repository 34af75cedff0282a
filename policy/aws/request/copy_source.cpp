#include "policy/aws/request/copy_source.h"

#include "policy/aws/percent.h"
#include "policy/aws/resource/resource_names.h"

namespace sallyport {

std::optional<CopySource> CopySource::parse(std::string_view value, std::string_view partition) {
  // A version is asked for behind a plain `?`; in a key it is written %3F.
  const auto decoded = percent_decoded(value.substr(0, value.find('?')));
  if (!decoded) return std::nullopt;
  std::string_view text = *decoded;
  if (text.starts_with('/')) text.remove_prefix(1);
  CopySource source;
  if (text.starts_with("arn:")) {
    const auto arn = Arn::parse(text);
    if (!arn) return std::nullopt;
    source.bucket = arn->bucket();
    source.account = arn->account;
    source.arn = text;
    return source;
  }
  const auto slash = text.find('/');
  if (slash == 0 || slash == std::string_view::npos || slash + 1 == text.size()) {
    return std::nullopt;
  }
  source.bucket = text.substr(0, slash);
  source.arn = "arn:" + std::string(partition) + ":s3:::" + std::string(text);
  return source;
}

}  // namespace sallyport
