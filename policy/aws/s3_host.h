// The host names of S3, of which there are many forms, read by shape rather than by table: bucket
// names may hold dots, so that no table of labels tells them. Pure; safe from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "policy/aws/region.h"

namespace sallyport {

/// What a host of S3 is.
enum class S3Form : std::uint8_t {
  none,             ///< no host of S3
  path,             ///< the bucket is the first segment of the path
  bucket,           ///< `<bucket>.s3...`
  accelerate,       ///< `<bucket>.s3-accelerate...`; no region
  access_point,     ///< `<name>-<account>.s3-accesspoint...`
  object_lambda,    ///< `<name>-<account>.s3-object-lambda...`
  outposts,         ///< `<name>-<account>.<outpost>.s3-outposts...`
  multi_region,     ///< `<alias>.mrap.accesspoint.s3-global...`
  express,          ///< `<bucket>.s3express-<zone>...`
  express_control,  ///< as path, for directory buckets
  control,          ///< `<account>.s3-control...`, or without an account
  website,          ///< `<bucket>.s3-website...`: plain HTTP, no API
};

/// A host of S3; the views point into the host's text. `bucket` is the bucket, or the alias of a
/// multi-region access point with its `.mrap`. Empty is what the host does not show.
struct S3Host {
  S3Form form = S3Form::none;
  std::string_view bucket;
  std::string_view access_point;
  std::string_view outpost;  ///< its id, of S3Form::outposts
  std::string_view account;
  std::string_view region;
  Partition partition{};
  bool is_fips = false;
  bool is_dualstack = false;
};

/// Reads a canonical host name. Nothing where it is none of S3's.
std::optional<S3Host> s3_host(std::string_view host);

}  // namespace sallyport
