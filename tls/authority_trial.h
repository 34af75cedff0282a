// Tries an authority out, as a client would: a leaf of it, verified as strictly as OpenSSL can. No
// state.
#pragma once

#include <string>

#include "policy/values/facts.h"
#include "tls/certificate_authority.h"

namespace sallyport {

/// What a client finds wrong with a leaf that the authority signs now; `""`: nothing. `root`: what
/// the client trusts.
std::string trial_fault(const CertificateAuthority& authority, X509& root, TimePoint now);

}  // namespace sallyport
