// The gate's own answers to a client: the 200 of a CONNECT, and refusals that say in the person's
// own tool what was blocked, why, and whom to ask (SEMANTICS.md section 11, RFC 9209). Pure: the
// time is given. Only canonical values and static text reach the head, so nothing can be injected
// there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "policy/values/facts.h"
#include "proxy/http/refusal.h"

namespace sallyport {

/// The answer to a CONNECT that is let through: exactly these 39 bytes, no field.
inline constexpr std::string_view kConnectEstablished =
    "HTTP/1.1 200 Connection established\r\n\r\n";

/// The status that a refusal is told as: `Refusal::status`, else the reason's, else 500. To an SDK
/// of AWS 403, but for limits, which it may meet again.
std::uint16_t status_of(const Refusal& refusal);

/// A whole answer: head and body, to be written in one piece, after which the connection closes
/// unless the refusal keeps it open.
std::string refusal(const Refusal& refusal);

/// IMF-fixdate of RFC 9110 section 5.6.7, such as `Sun, 06 Nov 1994 08:49:37 GMT`. Times outside of
/// the years 1970 to 9999 are told as the nearest one inside.
std::string http_date(TimePoint time);

}  // namespace sallyport
