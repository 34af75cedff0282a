// What a ClientHello says, read from the body of its handshake message. Pure functions over bytes;
// no OpenSSL. The reading is stricter than a TLS library's: what two libraries could read in two
// ways is no hello.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tls/record_walker.h"

namespace sallyport {

/// The facts of a ClientHello. Owns its strings.
struct ClientHello {
  /// The host_name of server_name (RFC 6066 3) as it was sent: 1 to 255 bytes, no NUL, otherwise
  /// anything; absent if the extension is.
  std::optional<std::string> server_name;
  /// encrypted_client_hello (0xfe0d, GREASE or not) or the ESNI draft (0xffce) is there.
  bool has_ech = false;
  /// The protocols offered (RFC 7301), joined by commas; of their bytes, what is not printable or
  /// is a comma is shown as `?`, and after 256 bytes the last is `...`. For people, not for rules.
  std::string alpn;
};

/// Reads the body of a ClientHello, without the four bytes of handshake header (RFC 8446 4.1.2, RFC
/// 5246 7.4.1.2). Nothing is returned for bad lengths, trailing bytes, an extension that is there
/// twice, a server_name that is not exactly one host_name, or a version that is not 3.x.
std::optional<ClientHello> parse_hello_message(ByteSpan body);

}  // namespace sallyport
