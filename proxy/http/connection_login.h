// Who logs in by NTLM or Negotiate logs in the connection, not the request (RFC 4559 section 6):
// what goes over it afterwards goes under that name. Pure.
#pragma once

#include <string_view>

#include "policy/values/ascii.h"

namespace sallyport {

/// Of an Authorization's value, or a WWW-Authenticate's: its scheme is such a one.
constexpr bool logs_in_connection(std::string_view value) {
  return begins_ignoring_case(value, "NTLM") || begins_ignoring_case(value, "Negotiate");
}

}  // namespace sallyport
