// Whom an origin must be to be spoken to over TLS: a chain to a certificate of the bundle, the name
// that was asked for, the time, and a certificate for servers. There is no switch that turns any of
// it off.
#pragma once

#include <memory>
#include <string>

#include "policy/values/host.h"
#include "tls/openssl_ptr.h"

namespace sallyport {

/// The certificates of a bundle. Immutable; any thread.
class OriginTrust {
 public:
  /// Reads a file of PEM certificates; null where that gives none, and `error` says why.
  static std::shared_ptr<const OriginTrust> load(const std::string& bundle, std::string& error);

  X509_STORE* store() const { return store_.get(); }

 private:
  explicit OriginTrust(X509StorePtr store) : store_(std::move(store)) {}

  X509StorePtr store_;
};

/// Makes the ends of TLS connections to origins: TLS 1.2 and 1.3, `http/1.1`. One per worker.
class OriginTls {
 public:
  /// Throws std::bad_alloc.
  explicit OriginTls(const OriginTrust& trust);

  /// An end in connect state, that fails unless the origin proves to be `host` (its subject
  /// alternative names alone count; RFC 6125 section 6.4.4 without its fallback).
  SslPtr connect(const Host& host) const;

 private:
  SslCtxPtr context_;
};

}  // namespace sallyport
