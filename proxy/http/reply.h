// The gate's own answers to a client: the 200 of a CONNECT, and refusals that say in the person's
// own tool what was blocked, why, and whom to ask (SEMANTICS.md section 11, RFC 9209). Pure: the
// time is given. Only canonical values and static text reach the head, so nothing can be injected
// there.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policy/values/authority.h"
#include "policy/values/facts.h"
#include "policy/values/reason.h"

namespace sallyport {

/// The answer to a CONNECT that is let through: exactly these 39 bytes, no field.
inline constexpr std::string_view kConnectEstablished =
    "HTTP/1.1 200 Connection established\r\n\r\n";

/// Size of a refusal's body at most, its contact line aside.
inline constexpr std::size_t kRefusalBodyBytesMax = 511;

/// What a refusal says. Borrows for the call.
struct Refusal {
  Reason reason = Reason::internal_error;
  /// Becomes the `Date`, by which SDKs correct their time.
  TimePoint time;
  /// What was asked for; null where it could not be parsed. It is told in canonical text.
  const Authority* target = nullptr;
  /// The rule's name, or empty.
  std::string_view rule;
  /// One line of advice in UTF-8, or empty; cut where the body would grow too large.
  std::string_view hint;
  /// The policy's `contact`, any UTF-8, or empty; told whole.
  std::string_view contact;
  std::optional<std::chrono::seconds> retry_after;
  /// Instead of the reason's status and phrase; both or neither. A phrase that is not printable
  /// ASCII is not used.
  std::uint16_t status = 0;
  std::string_view phrase;
  /// The refused method is HEAD: its answer has the fields and no body (RFC 9110 section 9.3.2).
  bool is_head_method = false;
};

/// The status that a refusal is told as: `Refusal::status`, else the reason's, else 500.
std::uint16_t status_of(const Refusal& refusal);

/// A whole answer: head and body, to be written in one piece, after which the connection closes.
std::string refusal(const Refusal& refusal);

/// IMF-fixdate of RFC 9110 section 5.6.7, such as `Sun, 06 Nov 1994 08:49:37 GMT`. Times outside of
/// the years 1970 to 9999 are told as the nearest one inside.
std::string http_date(TimePoint time);

}  // namespace sallyport
