// The CA that leaves are signed with: read from the files that a policy's `interception` names,
// judged, and tried out before anybody relies on it. Immutable; any thread may use it, and its key
// may sign on several threads at once. Its key lies in memory as tls/secret_memory.h says.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <openssl/x509.h>

#include "policy/values/facts.h"
#include "policy/values/host.h"
#include "tls/authority_faults.h"
#include "tls/chain_constraints.h"
#include "tls/openssl_ptr.h"

namespace sallyport {

class CertificateAuthority {
 public:
  /// Reads and judges the files. The first certificate of the first file signs; those that follow
  /// there are its intermediates up to its root; the other files are published alone, so that
  /// workstations trust the next CA before it signs. At its end a leaf is minted and verified as
  /// strictly as OpenSSL can. Null with errors; what was wrong and what might be is added to
  /// `faults`. REQUIRES: a certificate file.
  static std::shared_ptr<const CertificateAuthority> load(
      std::span<const std::string> certificate_files, const std::string& key_file, TimePoint now,
      AuthorityFaults& faults);

  /// The certificate that signs.
  X509* certificate() const { return path_.front().get(); }
  EVP_PKEY* key() const { return key_.get(); }

  /// What is sent behind a leaf: from the certificate that signs up to its root, the root left out.
  /// Empty where the root itself signs. Owned by this.
  STACK_OF(X509) * chain() const { return chain_.get(); }

  /// When the first of what signs ends: the certificate, an intermediate or the root.
  TimePoint expires() const { return expires_; }

  /// Whether the name constraints of the whole chain let it vouch for the host (RFC 5280 4.2.1.10).
  bool permits(const Host& host) const { return constraints_.permits(host); }

  /// The same, whole.
  const ChainConstraints& constraints() const { return constraints_; }

 private:
  friend class AuthorityLoading;

  CertificateAuthority() = default;

  std::vector<X509Ptr> path_;  ///< what signs first, its root last
  EvpPkeyPtr key_;
  CertificateStackPtr chain_;
  ChainConstraints constraints_;
  TimePoint expires_;
};

}  // namespace sallyport
