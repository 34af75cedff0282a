// The name constraints of a chain of CAs, together (RFC 5280 4.2.1.10): whom it may vouch for. Any
// thread, once it is filled.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <openssl/x509v3.h>

#include "policy/values/host.h"
#include "tls/openssl_ptr.h"

namespace sallyport {

class ChainConstraints {
 public:
  /// Adds those of one more CA of the chain; one without them changes nothing. False if they cannot
  /// be read.
  bool add(X509& authority);

  /// Whether OpenSSL, as every client of it, takes a leaf for the host. What cannot be found out is
  /// not permitted.
  bool permits(const Host& host) const;

  /// The names and the networks' first addresses that some CA permits, as they stand there, without
  /// a leading dot. Excluded ones may be among them.
  std::vector<Host> permitted_bases() const;

  /// What the CA's owner should know. Without constraints a stolen key can vouch for every name.
  std::vector<std::string> warnings() const;

 private:
  using ConstraintsPtr = std::unique_ptr<NAME_CONSTRAINTS, OpensslDeleter<NAME_CONSTRAINTS_free>>;

  std::vector<ConstraintsPtr> constraints_;
};

}  // namespace sallyport
