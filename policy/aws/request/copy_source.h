// What a copy of S3 reads: the value of `x-amz-copy-source` (Amazon S3 API Reference, CopyObject).
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sallyport {

/// `[/]bucket/key[?versionId=id]` or an ARN of an access point's or bucket's object, decoded once.
struct CopySource {
  std::string bucket;  ///< empty where an ARN of an access point names none
  std::string arn;     ///< of the object
  std::string account;

  /// `partition`: as ARNs write it. Nothing where it names no object, or has no safe reading:
  /// dot segments that lead out of the bucket are none (s3_address.h).
  static std::optional<CopySource> parse(std::string_view value, std::string_view partition);
};

}  // namespace sallyport
