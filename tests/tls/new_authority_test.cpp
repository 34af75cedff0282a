#include "tls/new_authority.h"

#include <doctest/doctest.h>

#include "tests/tls/authority_maker.h"
#include "tls/certificate_authority.h"
#include "tls/certificate_text.h"

namespace sallyport::test {
namespace {

using Hosts = std::vector<Host>;

Hosts hosts_of(std::initializer_list<const char*> texts) {
  Hosts hosts;
  for (const char* text : texts) hosts.push_back(*Host::parse(text));
  return hosts;
}

struct Loaded {
  std::shared_ptr<const CertificateAuthority> authority;
  AuthorityFaults faults;
};

Loaded load(const NewAuthority& made) {
  const CaFolder folder;
  const std::vector<std::string> files = {folder.write("ca.pem", made.certificates_pem)};
  Loaded loaded;
  loaded.authority = CertificateAuthority::load(
      files, folder.write("ca.key", std::string(made.key_pem.text())), kToday, loaded.faults);
  return loaded;
}

Loaded load_of(std::optional<Hosts> hosts) {
  const auto made =
      make_authority({.name = "lab", .hosts = std::move(hosts), .now = kToday, .days = 90});
  REQUIRE(made.has_value());
  Loaded loaded = load(*made);
  REQUIRE(loaded.authority != nullptr);
  CHECK(loaded.faults.errors.empty());
  return loaded;
}

TEST_CASE("what is made loads without a word, and signs for its names alone") {
  const Loaded loaded = load_of(hosts_of({"x.org", "s3.example.com"}));
  CHECK(loaded.faults.warnings.empty());
  const CertificateAuthority& authority = *loaded.authority;
  for (const char* name : {"x.org", "a.x.org", "b.s3.example.com"}) {
    CHECK(authority.permits(*Host::parse(name)));
  }
  for (const char* name :
       {"evil-x.org", "example.com", "org", "invalid", "192.0.2.1", "[2001:db8::1]"}) {
    CHECK_FALSE(authority.permits(*Host::parse(name)));
  }
}

TEST_CASE("an address that is listed is permitted alone, and names do not come free with it") {
  const Loaded v4 = load_of(hosts_of({"192.0.2.1"}));
  CHECK(v4.faults.warnings.empty());
  CHECK(v4.authority->permits(*Host::parse("192.0.2.1")));
  CHECK_FALSE(v4.authority->permits(*Host::parse("192.0.2.2")));
  CHECK_FALSE(v4.authority->permits(*Host::parse("[2001:db8::1]")));
  CHECK_FALSE(v4.authority->permits(*Host::parse("x.org")));

  const Loaded both = load_of(hosts_of({"x.org", "[2001:db8::1]"}));
  CHECK(both.authority->permits(*Host::parse("x.org")));
  CHECK(both.authority->permits(*Host::parse("[2001:db8::1]")));
  CHECK_FALSE(both.authority->permits(*Host::parse("[2001:db8::2]")));
  CHECK_FALSE(both.authority->permits(*Host::parse("192.0.2.1")));
  CHECK_FALSE(both.authority->permits(*Host::parse("0.0.0.0")));
}

TEST_CASE("without constraints it vouches for all, and loading says so") {
  const Loaded loaded = load_of(std::nullopt);
  REQUIRE(loaded.faults.warnings.size() == 1);
  CHECK(loaded.faults.warnings[0].message.starts_with("has no name constraints"));
  CHECK(loaded.authority->permits(*Host::parse("x.org")));
  CHECK(loaded.authority->permits(*Host::parse("192.0.2.1")));
}

TEST_CASE("the CA that signs stands under a root, which alone is published") {
  const auto made = make_authority(
      {.name = std::string(80, 'n'), .hosts = hosts_of({"x.org"}), .now = kToday, .days = 30});
  REQUIRE(made.has_value());
  const Loaded loaded = load(*made);
  REQUIRE(loaded.authority != nullptr);
  const CertificateAuthority& authority = *loaded.authority;
  CHECK(sk_X509_num(authority.chain()) == 1);
  X509* signer = authority.certificate();
  CHECK(X509_get_pathlen(signer) == 0);
  CHECK(X509_get_key_usage(signer) == (KU_KEY_CERT_SIGN | KU_CRL_SIGN));
  CHECK(X509_get_extended_key_usage(signer) == XKU_SSL_SERVER);
  CHECK(subject_text(*signer) == "CN = sallyport signing CA " + std::string(43, 'n'));
  CHECK(time_of(*X509_get0_notBefore(signer)) == kToday - 1h);
  CHECK(authority.expires() == kToday - 1h + 30 * 24h);
  CHECK(made->expires == authority.expires());
}

TEST_CASE("each CA has a key and serials of its own") {
  const AuthorityWish wish{.name = "lab", .hosts = std::nullopt, .now = kToday, .days = 1};
  const auto first = make_authority(wish);
  const auto second = make_authority(wish);
  CHECK(first->key_pem.text() != second->key_pem.text());
  CHECK(first->root_pem != second->root_pem);
}

}  // namespace
}  // namespace sallyport::test
