// The files of an interception CA: PEM, or PKCS#12 without a password. Read whole, into memory that
// is wiped; not judged. No state.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "tls/openssl_ptr.h"

namespace sallyport {

/// Reads the certificates of a file in their order: one at least. A file that holds a private key
/// too must be as closed as a key's file. Otherwise nothing is returned, and `error` says what
/// would be right.
std::optional<std::vector<X509Ptr>> read_certificates(const std::string& file, std::string& error);

/// Reads the private key of a file that nobody but us can read.
EvpPkeyPtr read_private_key(const std::string& file, std::string& error);

/// What is wrong with the mode of a key's file, and the chmod that would be right; `""`: nothing. A
/// file of root's may be readable by its group where we are not root: so do service managers and
/// Kubernetes hand secrets to a service.
std::string key_mode_fault(mode_t mode, uid_t owner, uid_t reader, const std::string& file);

}  // namespace sallyport
