// Leaves: the certificates that clients are shown in place of an origin's. No state; any thread.
#pragma once

#include "policy/values/facts.h"
#include "policy/values/host.h"
#include "tls/certificate_authority.h"
#include "tls/openssl_ptr.h"

namespace sallyport {

/// A new P-256 key: one for all leaves of a worker under one policy. Null if randomness or memory
/// ends.
EvpPkeyPtr make_leaf_key();

/// A certificate for one host, signed by the authority: nothing but that host in it (the subject is
/// empty, so subjectAltName is critical, RFC 5280 4.2.1.6), for TLS servers alone. Valid from 48
/// hours before now, since clocks of workstations are behind, for 72 hours, and no longer than what
/// signs it. Whether the authority may vouch for the host is the caller's to ask (permits()). Null
/// if OpenSSL fails; its queue holds the reason.
X509Ptr mint_leaf(const CertificateAuthority& authority, EVP_PKEY& leaf_key, const Host& host,
                  TimePoint now);

}  // namespace sallyport
