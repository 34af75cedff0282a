// What a CA must be so that all clients accept what it signs, and what its owner should know. Pure.
#pragma once

#include <string>
#include <vector>

#include <openssl/x509v3.h>

#include "policy/values/facts.h"

namespace sallyport {

/// What keeps a certificate from being part of the chain behind a leaf; each text says what would
/// be right. `authorities_below`: how many CAs stand between it and the leaf.
std::vector<std::string> authority_errors(X509& certificate, TimePoint now, int authorities_below);

/// What its owner should know of the end of what signs; `""` while it is more than 14 days off.
std::string expiry_warning(TimePoint expires, TimePoint now);

/// What its owner should know of how long the key signs; `""` where that does not matter.
std::string speed_warning(const EVP_PKEY& key);

}  // namespace sallyport
