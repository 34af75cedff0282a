// The registry's own protocol at the hosts of ECR (`<account>.dkr.ecr...`, OCI distribution), which
// no model has: told as the operations of ECR whose permissions it asks for (ECR user guide, "IAM
// policies for pushing an image"). Pure.
#pragma once

#include "policy/aws/operation/operations.h"

namespace sallyport {

/// Pulls and pushes go to this host, not ECR's own operations.
bool is_registry(const AwsHost& host);

/// `repositoryName` is the label, as it was sent.
OperationReading read_registry_operation(const AwsRequestView& request, const Parameters& query);

}  // namespace sallyport
