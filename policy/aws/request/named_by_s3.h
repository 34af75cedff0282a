// What a request to S3 names: its bucket and object in every style of addressing, what a copy
// reads, and whose the bucket must be. Pure.
#pragma once

#include "policy/aws/request/named_by_head.h"

namespace sallyport {

/// Adds them to `shown` and `named`. REQUIRES: the host is one of S3's (AwsHost::is_s3).
void name_by_s3(const AwsRequestView& request, const Parameters& query,
                const OperationReading& operation, NamedByHead& named, ShownResources& shown);

}  // namespace sallyport
