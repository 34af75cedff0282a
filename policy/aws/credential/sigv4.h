// The parts of a SigV4 or SigV4A signature, which header, query and form have in common (FACTS
// section 2, "SigV4 parser rules"; AWS: "Signature Version 4 signing process"). Pure; allocates
// nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "policy/aws/credential/credentials.h"

namespace sallyport {

enum class SigV4Algorithm : std::uint8_t {
  hmac,   ///< AWS4-HMAC-SHA256
  ecdsa,  ///< AWS4-ECDSA-P256-SHA256: SigV4A, whose scope has no region
};

/// The algorithm of that name, in exactly that spelling.
std::optional<SigV4Algorithm> sigv4_algorithm_of(std::string_view name);

/// `ID/YYYYMMDD/REGION/SERVICE/aws4_request`; of SigV4A without the region, which is then empty.
struct SigV4Scope {
  std::string_view access_key_id;
  std::string_view region;
  std::string_view service;

  static std::optional<SigV4Scope> parse(std::string_view text, SigV4Algorithm algorithm);

  /// The credential of that kind that signs with this scope.
  Credential credential(SignatureKind kind) const;
};

/// Names of header fields in lower case, with `;` between them; `host` is one of them.
bool is_signed_headers(std::string_view text);

/// Hex digits: 64 of HMAC, a DER signature of SigV4A. Their number is left to AWS.
bool is_sigv4_signature(std::string_view text);

/// `YYYYMMDDThhmmssZ`, as X-Amz-Date has it.
bool is_sigv4_time(std::string_view text);

}  // namespace sallyport
