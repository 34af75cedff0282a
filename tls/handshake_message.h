// The header of a TLS handshake message (RFC 8446 4): its type, and its length in three bytes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tls/record_walker.h"

namespace sallyport {

inline constexpr std::uint8_t kClientHelloType = 1;
inline constexpr std::uint8_t kServerHelloType = 2;
inline constexpr std::size_t kMessageHeaderBytes = 4;

/// What the header promises, with the header itself, in bytes. REQUIRES: the header is there.
inline std::size_t message_bytes(ByteSpan message) {
  return kMessageHeaderBytes +
         (std::size_t{message[1]} << 16 | std::size_t{message[2]} << 8 | message[3]);
}

}  // namespace sallyport
