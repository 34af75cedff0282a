// Bearer tokens, which are opaque but for those of Bedrock: they show the account (FACTS section
// 2). Pure.
#pragma once

#include <string_view>

#include "policy/aws/credential/credentials.h"
#include "policy/aws/endpoint.h"

namespace sallyport {

/// What a bearer token shows at that host. At hosts of Bedrock the account of a long-term key
/// (`ABSK...`), or the signature within a short-term one (`bedrock-api-key-...`); else nothing.
Credential read_bearer(std::string_view token, const AwsHost& host);

}  // namespace sallyport
