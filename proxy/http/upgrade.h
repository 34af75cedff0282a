// What a request offers to upgrade to (RFC 9110 section 7.8, RFC 6455 section 4.1). Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "proxy/http/field_lines.h"

namespace sallyport {

/// What becomes of the connection if the origin accepts.
enum class UpgradeOffer : std::uint8_t {
  none,       ///< no Upgrade, or one that Connection does not name, or one in HTTP/1.0
  websocket,  ///< a whole and right opening handshake; other protocols may be offered beside it
  h2c,        ///< HTTP/2 without TLS, never let through
  other,      ///< any other protocol; also a WebSocket handshake that is not right
};

/// Reads the offer of an HTTP/1.1 request whose Connection names `upgrade`. `has_body`: it is
/// chunked, or has a Content-Length that is not 0; then bytes could be both body and frames, and
/// the handshake is not right.
UpgradeOffer read_upgrade_offer(std::string_view method, bool has_body, const FieldLines& fields);

}  // namespace sallyport
