// Which AWS API endpoint a host is, by its name alone: the service endpoints of botocore in every
// form, S3's hosts, and those whose first label is an account. Pure; the tables are static.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "policy/aws/region.h"
#include "policy/aws/s3_host.h"
#include "policy/values/host.h"

namespace sallyport {

/// What a host alone says of AWS. Views point into static tables or into the host's text, and live
/// as long as the host does. Empty is what the host does not show.
struct AwsHost {
  /// The signing name, such as `sagemaker` or `s3`; where several services share the host, the
  /// first.
  std::string_view service;
  /// All signing names of this host, sorted; hardly ever more than one.
  std::span<const std::string_view> signing_names;
  /// botocore's names of the services that answer here, sorted.
  std::span<const std::string_view> models;
  /// The region in the host; empty for a global name.
  std::string_view region;
  /// The region that a credential's scope names here: that of the host, else of the global service;
  /// empty where that cannot be told (S3's global names, names that partitions share).
  std::string_view signing_region;
  Partition partition{};
  std::string_view account;
  std::string_view bucket;
  std::string_view access_point;
  std::string_view outpost;  ///< the id of the one that the access point is of
  S3Form s3_form = S3Form::none;
  bool is_fips = false;
  bool is_dualstack = false;

  /// Requests here name buckets and objects.
  bool is_s3() const { return s3_form != S3Form::none && s3_form != S3Form::control; }
  /// The Host inside TLS, or the path, chooses the bucket or account, whatever the SNI says.
  bool is_any_s3() const { return s3_form != S3Form::none; }
};

/// The endpoint that the host is; nothing for literals and all other hosts (S3 website hosts, and
/// customers' own APIs and functions, too). Allocates nothing.
std::optional<AwsHost> aws_host(const Host& host);

/// Some endpoint's requests are signed under this name.
bool is_signing_name(std::string_view name);

/// The region that an endpoint shows, or that a credential's scope names there; empty where that
/// cannot be told, and for all other hosts. Views the host, or static text.
std::string_view region_of(const Host& host);

/// The region of a VPC endpoint's name, `vpce-0a1b.s3.us-east-1.vpce.amazonaws.com`; empty for all
/// other hosts. Views the host.
std::string_view vpc_endpoint_region(const Host& host);

}  // namespace sallyport
