// Heads as they leave the gate: requests for the origin, responses for the client (RFC 9110 section
// 7.6). End-to-end field lines go out byte for byte and in order, since they may be signed; what
// belongs to one hop ends here. Appends to the caller's buffer in one pass, with no memory of its
// own. Pure.
#pragma once

#include <string>
#include <string_view>

#include "policy/values/authority.h"
#include "proxy/http/request_head.h"
#include "proxy/http/request_line.h"
#include "proxy/http/response_head.h"

namespace sallyport {

/// How a request leaves. Borrows for the call.
struct RequestForwarding {
  /// Whom it goes to; told as Host where an HTTP/1.0 client sent none, else not at all.
  const Authority& origin;
  /// The gate's pseudonym, for plain HTTP. Empty: no Via, as for intercepted requests.
  std::string_view via = {};
};

/// Appends the head of an exchange for its origin: origin-form (an empty path is `/`; `*` stays),
/// HTTP/1.1, the end-to-end fields. Gone are Connection, Keep-Alive, TE, Upgrade, HTTP2-Settings,
/// every `Proxy-` field, and Trailer where Connection names it; a right WebSocket handshake keeps
/// its offer, every other offer is dropped. An HTTP/1.0 client's request leaves as HTTP/1.1 as
/// well: a proxy sends its own version (RFC 9110 section 2.5), and by it origins keep the
/// connection for others; the caller then turns a chunked answer into one that ends by close.
/// REQUIRES: the head is no CONNECT.
void append_request_head(std::string& out, const RequestHead& head, const RequestForwarding& how);

/// How a response leaves. Borrows for the call.
struct ResponseForwarding {
  /// The gate's pseudonym, for plain HTTP. Empty: no Via.
  std::string_view via = {};
  /// The client's. HTTP/1.0 gets no Transfer-Encoding (RFC 9112 section 6.1): the caller sends the
  /// body without its chunks, and closes behind it.
  HttpVersion client_version = HttpVersion::http_1_1;
  /// False: the gate closes the client's connection behind this answer, and says so.
  bool keeps_open = true;
};

/// Appends the head of a final response for the client: HTTP/1.1, the origin's status and phrase,
/// the end-to-end fields. Gone are the fields of one hop, what Connection names
/// (connection_strips()), Trailer, since no trailers are passed on, every `Proxy-` field, and
/// Alt-Svc, which would lead around the gate; of a 204 also what would frame a body (RFC 9112
/// section 6.1).
void append_response_head(std::string& out, const ResponseHead& head,
                          const ResponseForwarding& how);

/// Appends a 1xx that is no 101, for an HTTP/1.1 client: a 100 as a bare line, others with their
/// end-to-end fields.
void append_interim_head(std::string& out, const ResponseHead& head);

/// Appends the 101 that accepts a WebSocket: what the origin said of it, and Connection and Upgrade
/// written anew. REQUIRES: the client offered it, and the origin's Upgrade is `websocket`.
void append_websocket_head(std::string& out, const ResponseHead& head, std::string_view via);

}  // namespace sallyport
