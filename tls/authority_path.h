// From the certificate that signs up to its root, out of what the files hold. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tls/openssl_ptr.h"

namespace sallyport {

/// A certificate, and which of the files it stood in.
struct FiledCertificate {
  X509Ptr certificate;
  std::size_t file = 0;
};

/// True for a certificate that vouches for itself: its own signature fits its own key.
bool is_root(X509& certificate);

/// The roots of the pool that are CAs, each once, in their order. They live as long as the pool.
std::vector<const FiledCertificate*> roots_of(const std::vector<FiledCertificate>& pool);

/// The places in `pool` of the first certificate, of who signed it, and so on to a root. Who signed
/// is found by its name and by the signature itself. If none leads to a root, `error` says whose
/// issuer is missing.
std::vector<std::size_t> path_to_root(const std::vector<FiledCertificate>& pool,
                                      std::string& error);

}  // namespace sallyport
