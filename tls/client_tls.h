// The gate's end of TLS connections from clients whose requests are read: each shows a leaf of our
// CA for the host that the client asked for, and nothing of such a connection can be resumed under
// another name (tickets, caches, renegotiation and early data are off). One per worker, on its
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "policy/values/facts.h"
#include "policy/values/host.h"
#include "policy/values/reason.h"
#include "tls/certificate_authority.h"
#include "tls/openssl_ptr.h"
#include "tls/tls_engine.h"

namespace sallyport {

class ClientTls {
 public:
  /// Leaves kept at once; the one that was used longest ago makes room.
  static constexpr std::size_t kLeavesMax = 1024;

  /// Throws std::bad_alloc.
  explicit ClientTls(std::shared_ptr<const CertificateAuthority> authority);

  /// Whether the client's hello names its host (RFC 6066 section 3).
  enum class Naming : std::uint8_t { named, unnamed };

  /// An end in accept state with a leaf for `host`. A client whose hello, or a second one, names
  /// another host or is not as `naming` says is refused, and so is one that offers protocols
  /// without HTTP/1.x. Null where no leaf can be made: the CA does not sign for such a name.
  SslPtr accept(const Host& host, Naming naming, TimePoint now);

  /// The CA may sign for the host.
  bool can_show(const Host& host) const { return authority_->permits(host); }

  /// Why the handshake of an end that accept() made has failed, where a hello was to blame that did
  /// not name the host: `sni_mismatch`, or `malformed_client_hello` where it names none at all.
  static std::optional<Reason> naming_fault(const TlsEngine& end);

  std::uint64_t leaves_minted() const { return leaves_minted_; }
  std::size_t leaves_kept() const { return leaves_.size(); }

 private:
  struct Leaf {
    std::string name;
    X509Ptr certificate;
    TimePoint minted;
  };
  /// Null where none can be made.
  X509* leaf_for(const Host& host, TimePoint now);

  std::shared_ptr<const CertificateAuthority> authority_;
  EvpPkeyPtr leaf_key_;
  SslCtxPtr context_;
  std::list<Leaf> leaves_;  ///< the last used first
  std::unordered_map<std::string_view, std::list<Leaf>::iterator> by_name_;
  std::uint64_t leaves_minted_ = 0;
};

/// The client's list of protocols, joined by commas as facts have it, leaves room for HTTP/1.x: it
/// names `http/1.1` or `http/1.0`, or none at all.
bool offers_http_1(std::string_view alpn);

}  // namespace sallyport
