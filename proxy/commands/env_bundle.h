// The files by which tools trust the CA, beside each other in a folder of the user's.
#pragma once

#include <string>

#include "proxy/commands/env_variables.h"

namespace sallyport {

/// Where the bundle is put if nobody says: $XDG_CACHE_HOME/sallyport/ca-bundle.pem, or
/// ~/.cache/sallyport/ca-bundle.pem; `""` without a home.
std::string default_bundle_path();

/// The system's bundle, of the places that distributions have it in; `""` if there is none.
std::string system_bundle_path();

/// Writes the bundle (the system's certificates and `roots_pem`) to `path`, and beside it the roots
/// alone and a wgetrc that names the bundle. Each is put there whole, and left alone where it says
/// the same. On failure `error`.
TrustFiles write_trust_files(const std::string& path, const std::string& system_bundle,
                             const std::string& roots_pem, std::string& error);

}  // namespace sallyport
