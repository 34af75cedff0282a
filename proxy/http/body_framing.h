// Where a body ends: how the message that an accepted head begins is framed (RFC 9112 section 6.3).
// Pure; what has two readings was refused with the head, so that there is always an answer.
#pragma once

#include <cstdint>

#include "proxy/http/request_head.h"
#include "proxy/http/response_head.h"

namespace sallyport {

/// How a body is framed.
struct Framing {
  enum class Kind : std::uint8_t {
    none,         ///< no body, and no byte of one
    length,       ///< exactly that many bytes
    chunked,      ///< chunks, the last of them empty, then trailers
    until_close,  ///< all until the sender ends the connection; of responses alone
  };
  using enum Kind;

  Kind kind = none;
  /// Of a body with a length; else 0.
  std::uint64_t content_length = 0;

  /// There is not a byte of a body.
  bool is_empty() const { return kind == none || (kind == length && content_length == 0); }
};

/// Of a request. One without Content-Length and Transfer-Encoding has no body, whatever its method;
/// one with them has a body, also where the method gives it no meaning (GET, HEAD, DELETE).
Framing framing_of(const RequestHead& head);

/// Of the response to a HEAD or to any other request but CONNECT. Behind 1xx, 204 and 304 no body
/// is read, nor behind the answer to a HEAD, whatever their fields say.
Framing framing_of(const ResponseHead& head, bool is_head_method);

}  // namespace sallyport
