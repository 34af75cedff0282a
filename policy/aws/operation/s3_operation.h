// The operations of S3 that a request may be: told by method, address and marks (`?tagging`,
// x-amz-copy-source). Which of several marks S3 heeds is not known, so that a request with several
// is all of them (policy/aws/data, FACTS 5.2). Pure.
#pragma once

#include "policy/aws/operation/operations.h"

namespace sallyport {

/// REQUIRES: the host is one of S3's, but for its control plane.
OperationReading read_s3_operation(const AwsRequestView& request, const Parameters& query,
                                   const Parameters* form);

/// A browser uploads by a form, whose fields say who signs, and where the object goes.
bool is_s3_post_form(const OperationReading& operation);

}  // namespace sallyport
