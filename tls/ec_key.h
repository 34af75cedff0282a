// Reads an EC private key so that its number lies in the secure heap and nowhere else. OpenSSL's
// own readers leave the number in a freed piece of the ordinary heap (the OCTET STRING of RFC
// 5915).
#pragma once

#include <span>

#include "tls/openssl_ptr.h"

namespace sallyport {

/// Reads a key of P-256, P-384 or P-521 in DER: ECPrivateKey (RFC 5915), or that in PKCS#8 (RFC
/// 5958). Null for anything else; whether its public half belongs to it shows in its signatures.
EvpPkeyPtr read_ec_key(std::span<const unsigned char> der);

}  // namespace sallyport
