// Makes an interception CA for `sallyport ca init`. No state, no files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/values/facts.h"
#include "policy/values/host.h"
#include "tls/secret_memory.h"

namespace sallyport {

/// A CA that is to be made.
struct AuthorityWish {
  std::string name;  ///< told in the subject: `sallyport CA NAME`
  /// What it may vouch for: names with all below them, and single addresses. Absent: anything.
  std::optional<std::vector<Host>> hosts;
  TimePoint now;
  int days = 90;
};

/// What was made. Two certificates, since the constraints of a root bind no client that takes roots
/// as they are (RFC 5280 6.1.1; Java does): the root signs one CA, whose constraints all clients
/// look at, and its own key is gone with this call.
struct NewAuthority {
  std::string certificates_pem;  ///< the CA that signs leaves, then its root
  std::string root_pem;          ///< what workstations are to trust
  SecretBytes key_pem;           ///< of the CA that signs leaves, PKCS#8
  TimePoint expires;
};

/// P-256; valid from an hour before now. Nothing if OpenSSL fails; its queue holds the reason.
/// REQUIRES: `hosts` is absent, or not empty.
std::optional<NewAuthority> make_authority(const AuthorityWish& wish);

}  // namespace sallyport
