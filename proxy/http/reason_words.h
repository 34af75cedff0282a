// What each reason means, in a sentence for the person who was stopped, and as an error type of RFC
// 9209 for programs. One table over the fixed list of reasons; static text, safe to share.
#pragma once

#include <string_view>

#include "policy/values/reason.h"

namespace sallyport {

/// How a reason is told.
struct ReasonWords {
  /// One sentence with its full stop, at most 96 bytes of printable ASCII.
  std::string_view sentence;
  /// The `error` parameter of Proxy-Status, from the registry of RFC 9209 section 2.3.
  std::string_view proxy_status_error;
};

/// Never fails; the reference is static.
const ReasonWords& words(Reason reason);

}  // namespace sallyport
