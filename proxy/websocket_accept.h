// The answer to a WebSocket's key (RFC 6455 section 4.2.2). Pure.
#pragma once

#include <string>
#include <string_view>

namespace sallyport {

/// What an origin that accepts the handshake with this `Sec-WebSocket-Key` must answer in
/// `Sec-WebSocket-Accept`.
std::string websocket_accept(std::string_view key);

}  // namespace sallyport
