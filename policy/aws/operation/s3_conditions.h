// The IAM actions that S3 asks for besides that of the operation itself, because of what a request
// carries: an ACL, tags, a lock, a version, the source of a copy. From "Required permissions for
// Amazon S3 API operations" in its user guide, as policy/aws/data/s3_operations.tsv writes them.
// Pure.
#pragma once

#include <string_view>

#include "policy/aws/operation/operations.h"
#include "policy/aws/operation/s3_request.h"
#include "policy/aws/s3_host.h"

namespace sallyport {

/// Completes the actions of an operation of S3.
void add_s3_conditions(S3Form host, const S3Marks& marks, Operation& operation);

/// The action is one of those that are added here.
bool is_conditional_s3_action(std::string_view action);

}  // namespace sallyport
