// What the head of a request names: host, path, query and header fields. Pure.
#pragma once

#include <string>

#include "policy/aws/operation/operations.h"
#include "policy/aws/parameters.h"
#include "policy/aws/request/shown_resources.h"
#include "policy/aws/request_view.h"
#include "policy/values/facts.h"

namespace sallyport {

struct NamedByHead {
  /// Of x-amz-expected-bucket-owner.
  ShownTexts bucket_owners;
  /// It names a bucket whose owner it can ask for.
  bool can_name_bucket_owner = false;
  /// Of S3, the ARN of an object of the bucket without its key; else empty.
  std::string before_key;
};

/// Adds them to `shown`.
NamedByHead named_by_head(const AwsRequestView& request, const Parameters& query,
                          const OperationReading& operation, ShownResources& shown);

}  // namespace sallyport
