// The files that interception needs, read with a policy: its CA, and the certificates of those whom
// it trusts as origins. At start, on reload, and by `check`.
#pragma once

#include <memory>

#include "proxy/policy_file.h"
#include "tls/certificate_authority.h"
#include "tls/origin_trust.h"

namespace sallyport {

/// What TLS is read with under one policy. Immutable; any thread.
struct TlsMaterial {
  std::shared_ptr<const CertificateAuthority> authority;
  std::shared_ptr<const OriginTrust> trust;
};

/// Reads and judges what the policy's `interception` names; null where it has none, or where there
/// are errors, which are added to `file` and leave it without a policy. A host that is to be
/// intercepted and that the CA may not sign for is such an error.
std::shared_ptr<const TlsMaterial> read_tls_material(PolicyFile& file);

}  // namespace sallyport
