// What one worker ends and begins TLS with under one policy. On its thread.
#pragma once

#include "proxy/tls_material.h"
#include "tls/client_tls.h"
#include "tls/origin_trust.h"

namespace sallyport {

struct TlsLegs {
  explicit TlsLegs(const TlsMaterial& material)
      : client(material.authority), origin(*material.trust) {}

  ClientTls client;
  OriginTls origin;
};

}  // namespace sallyport
