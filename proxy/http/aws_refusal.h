// A refusal as an AWS service would tell it, so that the SDK that asked prints our words: status
// 403 and a code that no SDK retries. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "proxy/http/refusal.h"

namespace sallyport {

/// The wire form of a service's errors.
enum class AwsErrorForm : std::uint8_t {
  s3_xml,     ///< `<Error>` alone
  query_xml,  ///< `<ErrorResponse>`
  json,
};

/// The form that a request shows: JSON by its media type or its X-Amz-Target, the Query protocol by
/// its media type; else `by_service`.
AwsErrorForm aws_error_form(const FieldLines& request, AwsErrorForm by_service);

/// A whole answer, head and body, after which the connection closes. `id`: the attempt's, told as
/// the service's request id.
std::string aws_refusal(const Refusal& refusal, AwsErrorForm form, std::string_view id);

}  // namespace sallyport
