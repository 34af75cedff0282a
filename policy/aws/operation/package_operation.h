// Reading and publishing packages at the hosts of CodeArtifact
// (`<domain>-<account>.d.codeartifact...`), in the words of pip, npm, Maven and others, which no
// model has: told as the permissions that they ask for (CodeArtifact user guide, "Using
// identity-based policies"). Pure.
#pragma once

#include "policy/aws/operation/operations.h"

namespace sallyport {

/// Packages go to this host, not CodeArtifact's own operations.
bool is_package_repository(const AwsHost& host);

OperationReading read_package_operation(const AwsRequestView& request);

}  // namespace sallyport
