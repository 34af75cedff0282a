// On what terms the gate speaks TLS, on either leg, and what it asks of chains: what only one leg
// asks stands with it. No state.
#pragma once

#include <string_view>

#include <openssl/ssl.h>

namespace sallyport {

/// 112 bits: RSA of 2,048 bits, no SHA-1 (SSL_CTX_set_security_level(3)). So do clients ask of
/// chains, and so is Debian's OpenSSL set.
inline constexpr int kSecurityLevel = 2;

/// The one protocol that is read, as ALPN lists it: lengths and names (RFC 7301).
inline constexpr std::string_view kHttp11Protocols{"\x08http/1.1", 9};

/// TLS 1.2 and 1.3, without renegotiation and compression.
inline void set_tls_terms(SSL_CTX& context) {
  SSL_CTX_set_min_proto_version(&context, TLS1_2_VERSION);
  SSL_CTX_set_security_level(&context, kSecurityLevel);
  SSL_CTX_set_options(&context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
}

}  // namespace sallyport
