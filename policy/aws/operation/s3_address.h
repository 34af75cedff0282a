// Which bucket and which object a request to S3 addresses: by its host, its path, or both. Decoded
// once, as S3 does, and no dot segments removed, as S3 does not; what another reader could take for
// another bucket has no address. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policy/aws/endpoint.h"

namespace sallyport {

/// Where a request to S3 points. The views point into host and path.
struct S3Address {
  enum class Kind : std::uint8_t {
    service,  ///< no bucket: the account's list of them
    bucket,
    object,
  };
  Kind kind{};
  /// The bucket, decoded; the alias of a multi-region access point with its `.mrap`. Empty for
  /// Kind::service, and where an access point stands for it.
  std::string bucket;
  /// Of access points, Object Lambda and Outposts, the name; the account stands in the host.
  std::string_view access_point;
  std::string_view raw_key;  ///< of an object, as it was sent; never empty for one

  /// The key, decoded: what a resource ARN says behind the bucket.
  std::string key() const;
};

/// Reads a path as it was sent, without its query. Nothing where it has no safe reading: a broken
/// escape or NUL, no bucket or a name that no bucket has (an ARN), dot segments that lead out of
/// the bucket, a host that is no API of S3's (its control plane, a website).
std::optional<S3Address> s3_address(const AwsHost& host, std::string_view path);

/// Followed by a reader that removes dot segments, the (decoded) key leads out of its bucket.
bool leads_out_of_bucket(std::string_view key);

}  // namespace sallyport
