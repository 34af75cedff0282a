// Fatal TLS alerts that the gate itself sends into a tunnel it blocks, before anything is
// encrypted: the client then says why its handshake failed, where a bare close would say nothing.
// Constants alone.
#pragma once

#include <array>
#include <cstdint>

namespace sallyport {

/// Alert descriptions, RFC 8446 6.
enum class AlertDescription : std::uint8_t {
  handshake_failure = 40,
  access_denied = 49,
  decode_error = 50,
};

/// The seven bytes of a fatal alert record, in the version that every stack reads (0x0303).
constexpr std::array<std::uint8_t, 7> fatal_alert(AlertDescription description) {
  return {0x15, 0x03, 0x03, 0x00, 0x02, 0x02, static_cast<std::uint8_t>(description)};
}

/// Sent into every tunnel that its hello, or a later one, blocks.
inline constexpr auto kAccessDeniedAlert = fatal_alert(AlertDescription::access_denied);

}  // namespace sallyport
