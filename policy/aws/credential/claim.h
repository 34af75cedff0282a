// How the readers of this room hand over what they find. Pure.
#pragma once

#include <cstddef>
#include <string_view>

#include "policy/aws/credential/credentials.h"

namespace sallyport {

/// A credential of that kind that shows the access key and nothing else.
Credential credential_of_key(SignatureKind kind, std::string_view access_key_id);

/// Adds what claims to be a credential, so many times, and is none that AWS takes: it counts, and
/// fits no rule.
void add_unknown(FoundCredentials& found, std::size_t times = 1);

}  // namespace sallyport
