// What of a request's body, held back whole, can be judged (SEMANTICS.md section 8, Bodies). Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "policy/aws/request/aws_request.h"
#include "proxy/http/request_head.h"

namespace sallyport {

/// The payload, its content coding undone: `decoded` then keeps the bytes. Not judgeable: more than
/// `bytes_max` bytes, or a coding that cannot be undone.
JudgedBody judged_body(const RequestHead& head, std::string_view payload, std::size_t bytes_max,
                       std::optional<std::string>& decoded);

}  // namespace sallyport
