// Whether an origin accepts a WebSocket's handshake (RFC 6455 section 4). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proxy/http/request_head.h"
#include "proxy/http/response_head.h"

namespace sallyport {

/// What an origin that accepts the handshake with this `Sec-WebSocket-Key` must answer in
/// `Sec-WebSocket-Accept`. Nothing if the library fails: then no answer accepts it.
std::optional<std::string> websocket_accept(std::string_view key);

/// The 101 accepts what the request offered, as it must (section 4.1): the protocol, the key.
bool accepts_websocket(const RequestHead& request, const ResponseHead& answer);

}  // namespace sallyport
