// The fatal TLS alert that the gate itself sends into a tunnel it blocks, before anything is
// encrypted: the client then says why its handshake failed, where a bare close would say nothing.
#pragma once

#include <string_view>

namespace sallyport {

/// A record with a fatal access_denied (RFC 8446 6), in the version that every stack reads
/// (0x0303). Sent into every tunnel that its hello, or a later one, blocks.
inline constexpr std::string_view kAccessDeniedAlert{"\x15\x03\x03\x00\x02\x02\x31", 7};

}  // namespace sallyport
