// What a refusal says, whatever form it is told in. A plain value that borrows; pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "policy/values/authority.h"
#include "policy/values/facts.h"
#include "policy/values/reason.h"
#include "proxy/http/accept.h"
#include "proxy/http/request_line.h"

namespace sallyport {

/// What a refusal says. Borrows for the call.
struct Refusal {
  Reason reason = Reason::internal_error;
  /// Becomes the `Date`, by which SDKs correct their time.
  TimePoint time = {};
  /// What was asked for; null where it could not be parsed. It is told in canonical text.
  const Authority* target = nullptr;
  /// The rule's name, or empty.
  std::string_view rule = {};
  /// One line of advice in UTF-8, or empty; cut where the body would grow too large.
  std::string_view hint = {};
  /// The policy's `contact`, any UTF-8, or empty; told whole.
  std::string_view contact = {};
  std::optional<std::chrono::seconds> retry_after = {};
  /// Instead of the reason's status and phrase; both or neither. A phrase that is not printable
  /// ASCII is not used.
  std::uint16_t status = 0;
  std::string_view phrase = {};
  /// The refused method is HEAD: its answer has the fields and no body (RFC 9110 section 9.3.2).
  bool is_head_method = false;
  /// What is refused is an exchange, whose answer browsers show and caches may keep; else it is a
  /// CONNECT, or nothing that could be read.
  bool is_exchange = false;
  /// The form that the client asked for, as accepted_format() reads it.
  ReplyFormat format = ReplyFormat::text;
  /// The attempt's id, which an AWS answer has as the request's; else not told.
  std::string_view id = {};
  /// The connection stays open behind the answer: its request was read to the end.
  bool keeps_open = false;
  /// The client's. HTTP/1.0 must be told where the connection stays.
  HttpVersion version = HttpVersion::http_1_1;
};

}  // namespace sallyport
