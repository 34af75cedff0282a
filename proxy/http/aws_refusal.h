// A refusal as an AWS service would tell it, so that the SDK that asked prints our words: a code
// that no SDK retries, but where trying again may help. Pure.
#pragma once

#include <string>
#include <string_view>

#include "proxy/http/refusal.h"
#include "proxy/http/request_head.h"

namespace sallyport {

/// The request shows that an SDK or a signed URL made it, and no browser.
bool is_of_aws_sdk(const RequestHead& head);

bool is_aws(ReplyFormat format);

/// The body. REQUIRES, here and below: is_aws(refusal.format).
std::string aws_body(const Refusal& refusal);

/// Its media type.
std::string_view aws_content_type(ReplyFormat format);

/// Appends the field lines by which SDKs read an error and name a request, each behind a CR LF.
void append_aws_fields(std::string& head, const Refusal& refusal);

}  // namespace sallyport
