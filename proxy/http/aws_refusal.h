// A refusal as an AWS service would tell it, so that the SDK that asked prints our words: status
// 403 and a code that no SDK retries. Pure.
#pragma once

#include <string>

#include "proxy/http/refusal.h"
#include "proxy/http/request_head.h"

namespace sallyport {

/// The request shows that an SDK or a signed URL made it, and no browser.
bool is_of_aws_sdk(const RequestHead& head);

/// The format that a request shows: JSON by its media type or its X-Amz-Target, the Query protocol
/// by its media type; else `by_service`.
ReplyFormat aws_format(const FieldLines& request, ReplyFormat by_service);

bool is_aws(ReplyFormat format);

/// A whole answer, head and body. REQUIRES: is_aws(refusal.format).
std::string aws_refusal(const Refusal& refusal);

}  // namespace sallyport
