// Why a head was refused: the reason for the record, and words for the person. A value of static
// text alone, so that it can be kept and sent without fear of what client or origin wrote.
#pragma once

#include <cstdint>

#include "policy/values/reason.h"

namespace sallyport {

/// A protocol that is no HTTP and was recognised by its first byte.
enum class ForeignProtocol : std::uint8_t { none, tls, socks };

/// A refused head.
struct HeadError {
  /// Of a request `malformed_request`, `invalid_host`, `header_too_large` or `host_mismatch`; of a
  /// response `origin_malformed`.
  Reason reason = Reason::malformed_request;
  /// What is wrong and what would be right, in words. Static text, never a byte of what was sent.
  const char* what = "";
  /// Set where TLS or SOCKS was spoken to a plain HTTP proxy: the operator log names the client.
  ForeignProtocol foreign = ForeignProtocol::none;
  /// What was read begins `CONNECT `: its record is a `connect`, else a `request`.
  bool is_connect = false;
  /// It begins `HEAD `: the refusal has no body.
  bool is_head_method = false;
};

}  // namespace sallyport
