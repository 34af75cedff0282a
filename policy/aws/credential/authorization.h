// The field lines that carry a credential: Authorization (SigV4, SigV4A, SigV2, bearer, Basic) and
// X-Amzn-Authorization (SigV3); FACTS section 2. Pure.
#pragma once

#include <string_view>

#include "policy/aws/credential/claim.h"
#include "policy/aws/request_view.h"

namespace sallyport {

/// Reads the value of one Authorization line of the request. A scheme that is not known, in exactly
/// its spelling, or whose grammar is broken, is `unknown`; so is each of several `Credential=`.
void read_authorization(std::string_view value, const AwsRequestView& request,
                        FoundCredentials& found);

/// Reads the value of one X-Amzn-Authorization line.
void read_sigv3(std::string_view value, const AwsRequestView& request, FoundCredentials& found);

}  // namespace sallyport
