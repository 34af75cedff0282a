#include "tls/origin_trust.h"

#include <doctest/doctest.h>

#include "tests/tls/tls_pair.h"

namespace sallyport::test {
namespace {

/// A server's certificate, signed by `ca`; what a row says is the other way than usual.
struct Shown {
  std::string san = "DNS:a.x.org";
  std::string subject = "origin";
  std::string usage = "serverAuth";
  std::chrono::hours begins{-1};
  std::chrono::hours ends{24};
  std::string key = "P-256";
};

Made make_origin(const Shown& shown, const Made& ca) {
  Wanted wanted{.subject = shown.subject,
                .basic_constraints = "critical,CA:FALSE",
                .key_usage = "critical,digitalSignature",
                .extended_key_usage = shown.usage,
                .name_constraints = "",
                .from = now() + shown.begins,
                .until = now() + shown.ends,
                .key = shown.key};
  Made made = make(wanted, &ca);
  if (shown.san.empty()) return made;
  extend(*made.certificate, *ca.certificate, NID_subject_alt_name, shown.san);
  X509_sign(made.certificate.get(), ca.key.get(), EVP_sha256());
  return made;
}

struct Origin {
  explicit Origin(const Made& shown) : context(SSL_CTX_new(TLS_server_method())) {
    SSL_CTX_set_security_level(context.get(), 0);  // it is the gate that looks
    SSL_CTX_use_certificate(context.get(), shown.certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), shown.key.get());
  }
  SslPtr accept() const {
    SslPtr ssl(SSL_new(context.get()));
    SSL_set_accept_state(ssl.get());
    return ssl;
  }
  SslCtxPtr context;
};

std::shared_ptr<const OriginTrust> trust_of(const Made& ca) {
  const CaFolder folder;
  std::string error;
  return OriginTrust::load(folder.write("bundle.pem", certificate_pem(ca)), error);
}

TEST_CASE("an origin must prove to be the host by a certificate of the bundle") {
  struct Row {
    const char* what;
    const char* host;
    Shown shown;
    const char* failure;  // "": none
  };
  const char* const kMismatch = "hostname mismatch";
  const Row rows[] = {
      {"its name", "a.x.org", {}, ""},
      {"one of its names", "a.x.org", {.san = "DNS:b.x.org,DNS:a.x.org"}, ""},
      {"a wildcard for one label", "a.x.org", {.san = "DNS:*.x.org"}, ""},
      {"an address", "192.0.2.1", {.san = "IP:192.0.2.1"}, ""},
      {"any purpose", "a.x.org", {.usage = "anyExtendedKeyUsage,serverAuth"}, ""},
      {"no purpose said", "a.x.org", {.usage = ""}, ""},
      {"RSA", "a.x.org", {.key = "RSA-2048"}, ""},
      {"another name", "a.x.org", {.san = "DNS:b.x.org"}, kMismatch},
      {"its name in the subject alone", "a.x.org", {.san = "", .subject = "a.x.org"}, kMismatch},
      {"the subject beside another name",
       "a.x.org",
       {.san = "DNS:b.x.org", .subject = "a.x.org"},
       kMismatch},
      {"a wildcard for two labels", "a.b.x.org", {.san = "DNS:*.x.org"}, kMismatch},
      {"a wildcard for part of a label", "abc.x.org", {.san = "DNS:a*.x.org"}, kMismatch},
      {"a wildcard for the parent", "x.org", {.san = "DNS:*.x.org"}, kMismatch},
      {"an address as a name", "192.0.2.1", {.san = "DNS:192.0.2.1"}, "IP address mismatch"},
      {"an address for a name", "a.x.org", {.san = "IP:192.0.2.1"}, kMismatch},
      {"ended",
       "a.x.org",
       {.begins = std::chrono::hours(-9), .ends = std::chrono::hours(-1)},
       "certificate has expired"},
      {"not begun", "a.x.org", {.begins = std::chrono::hours(9)}, "certificate is not yet valid"},
      {"for clients", "a.x.org", {.usage = "clientAuth"}, "unsuitable certificate purpose"},
      {"for mail", "a.x.org", {.usage = "emailProtection"}, "unsuitable certificate purpose"},
      {"a weak key", "a.x.org", {.key = "RSA-1024"}, "EE certificate key too weak"},
  };
  const Made ca = make_ca_of_now({.name_constraints = ""});
  const auto trust = trust_of(ca);
  REQUIRE(trust != nullptr);
  const OriginTls gate(*trust);
  for (const Row& row : rows) {
    CAPTURE(row.what);
    const Origin origin(make_origin(row.shown, ca));
    TlsPair pair(gate.connect(*Host::parse(row.host)), origin.accept());
    pair.shake_hands();
    const bool is_right = *row.failure == '\0';
    CHECK((pair.client_progress == TlsEngine::Progress::done) == is_right);
    CHECK(pair.client.failure() == row.failure);
  }
}

TEST_CASE("a stranger's signature proves nothing, nor does the origin's own") {
  const Made ca = make_ca_of_now();
  const Made stranger = make_ca_of_now({.name_constraints = ""});
  const auto trust = trust_of(ca);
  const OriginTls gate(*trust);
  const Made own = make({.subject = "a.x.org", .from = now() - 1h, .until = now() + 24h});
  for (const Made& shown :
       {make_origin({}, stranger),
        Made{X509Ptr(X509_dup(own.certificate.get())), EvpPkeyPtr(EVP_PKEY_dup(own.key.get()))}}) {
    const Origin origin(shown);
    TlsPair pair(gate.connect(*Host::parse("a.x.org")), origin.accept());
    pair.shake_hands();
    CHECK(pair.client_progress == TlsEngine::Progress::failed);
    CHECK_FALSE(pair.client.failure().empty());
  }
}

TEST_CASE("old versions are not spoken") {
  const Made ca = make_ca_of_now({.name_constraints = ""});
  const auto trust = trust_of(ca);
  const Origin origin(make_origin({}, ca));
  SSL_CTX_set_min_proto_version(origin.context.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(origin.context.get(), TLS1_1_VERSION);
  TlsPair pair(OriginTls(*trust).connect(*Host::parse("a.x.org")), origin.accept());
  pair.shake_hands();
  CHECK_FALSE(pair.is_done());
}

TEST_CASE("a bundle without a certificate is an error") {
  const CaFolder folder;
  std::string error;
  CHECK(OriginTrust::load(folder.write("empty.pem", ""), error) == nullptr);
  CHECK_FALSE(error.empty());
  CHECK(OriginTrust::load("no-such-file.pem", error) == nullptr);
  CHECK_FALSE(error.empty());
}

}  // namespace
}  // namespace sallyport::test
