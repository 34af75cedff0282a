// Places in S3 written as URLs of S3's own hosts, as CloudFormation, Transcribe and others take
// them beside `s3://` (Amazon S3 User Guide, virtual hosting of buckets). Pure.
#pragma once

#include <optional>
#include <string_view>

namespace sallyport {

/// `https://s3.<region>.amazonaws.com/bucket/key`, `https://bucket.s3.<region>.amazonaws.com/key`
/// and the other hosts of policy/aws/s3_host.h; views into the text. Of an access point the account
/// is told, and no bucket.
struct S3Url {
  std::string_view bucket;
  std::string_view key;
  std::string_view account;

  static std::optional<S3Url> parse(std::string_view text);
};

/// Of `<bucket>.s3.<region>.amazonaws.com`, as CloudFront has buckets, the bucket; any other text
/// is itself.
std::string_view bucket_of_host(std::string_view text);

}  // namespace sallyport
