#include "tls/leaf.h"

#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <openssl/objects.h>

#include "tests/tls/authority_maker.h"
#include "tls/certificate_text.h"

namespace sallyport::test {
namespace {

std::shared_ptr<const CertificateAuthority> authority_of(const Wanted& wanted) {
  const CaFolder folder;
  const Made made = make(wanted);
  const std::vector<std::string> files = {folder.write("ca.pem", certificate_pem(made))};
  AuthorityFaults faults;
  return CertificateAuthority::load(files, folder.write("ca.key", key_pem(made)), kToday, faults);
}

std::string extension_text(X509& certificate, int nid) {
  const int place = X509_get_ext_by_NID(&certificate, nid, -1);
  if (place < 0) return "none";
  X509_EXTENSION* extension = X509_get_ext(&certificate, place);
  const BioPtr memory(BIO_new(BIO_s_mem()));
  X509V3_EXT_print(memory.get(), extension, 0, 0);
  std::string text = X509_EXTENSION_get_critical(extension) == 1 ? "critical " : "";
  text += text_of(*memory);
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

std::string serial_of(X509& leaf) {
  std::unique_ptr<BIGNUM, OpensslDeleter<BN_free>> number(
      ASN1_INTEGER_to_BN(X509_get0_serialNumber(&leaf), nullptr));
  char* text = BN_bn2hex(number.get());
  std::string copy(text);
  OPENSSL_free(text);
  return copy;
}

TEST_CASE("a leaf says its host and what it must, and nothing else") {
  const auto authority = authority_of({});
  REQUIRE(authority != nullptr);
  const EvpPkeyPtr key = make_leaf_key();
  const X509Ptr leaf = mint_leaf(*authority, *key, *Host::parse("A.x.org."), kToday);
  REQUIRE(leaf != nullptr);
  CHECK(X509_get_version(leaf.get()) == X509_VERSION_3);
  CHECK(X509_NAME_entry_count(X509_get_subject_name(leaf.get())) == 0);
  CHECK(X509_NAME_cmp(X509_get_issuer_name(leaf.get()),
                      X509_get_subject_name(authority->certificate())) == 0);
  CHECK(EVP_PKEY_eq(X509_get0_pubkey(leaf.get()), key.get()) == 1);
  CHECK(X509_verify(leaf.get(), authority->key()) == 1);
  CHECK(X509_get_ext_count(leaf.get()) == 4);
  CHECK(extension_text(*leaf, NID_subject_alt_name) == "critical DNS:a.x.org");
  CHECK(extension_text(*leaf, NID_key_usage) == "critical Digital Signature");
  CHECK(extension_text(*leaf, NID_ext_key_usage) == "TLS Web Server Authentication");
  CHECK(extension_text(*leaf, NID_authority_key_identifier) ==
        extension_text(*authority->certificate(), NID_subject_key_identifier));
}

TEST_CASE("the openssl tool, as strict as it can be, takes a leaf for its host alone") {
  const EvpPkeyPtr key = make_leaf_key();
  for (const char* kind : {"P-256", "P-384", "RSA-2048", "RSA-4096"}) {
    const CaFolder folder;
    const Made made = make({.name_constraints = "", .key = kind});
    const std::vector<std::string> files = {folder.write("ca.pem", certificate_pem(made))};
    AuthorityFaults faults;
    const auto authority =
        CertificateAuthority::load(files, folder.write("ca.key", key_pem(made)), kToday, faults);
    REQUIRE(authority != nullptr);
    const auto is_taken = [&](const X509& leaf, const std::string& as) {
      folder.write("leaf.pem", pem_of(leaf));
      const auto now = std::chrono::floor<std::chrono::seconds>(kToday).time_since_epoch().count();
      return std::system(("openssl verify -x509_strict -purpose sslserver -auth_level 2 -attime " +
                          std::to_string(now) + " -CAfile " + files[0] + " " + as + " " +
                          folder.path("leaf.pem") + " > /dev/null 2>&1")
                             .c_str()) == 0;
    };
    const X509Ptr named = mint_leaf(*authority, *key, *Host::parse("a.x.org"), kToday);
    const X509Ptr addressed = mint_leaf(*authority, *key, *Host::parse("192.0.2.1"), kToday);
    CAPTURE(kind);
    CHECK(is_taken(*named, "-verify_hostname a.x.org"));
    CHECK_FALSE(is_taken(*named, "-verify_hostname b.x.org"));
    CHECK(is_taken(*addressed, "-verify_ip 192.0.2.1"));
    CHECK_FALSE(is_taken(*addressed, "-verify_ip 192.0.2.2"));
  }
}

TEST_CASE("an address stands in a leaf as an address") {
  const auto authority = authority_of({.name_constraints = ""});
  const EvpPkeyPtr key = make_leaf_key();
  const auto names = [&](const char* host) {
    return extension_text(*mint_leaf(*authority, *key, *Host::parse(host), kToday),
                          NID_subject_alt_name);
  };
  CHECK(names("192.0.2.1") == "critical IP Address:192.0.2.1");
  CHECK(names("[2001:db8::1]") == "critical IP Address:2001:DB8:0:0:0:0:0:1");
  CHECK(names("a_b.x.org") == "critical DNS:a_b.x.org");
}

TEST_CASE("a leaf begins two days ago and ends tomorrow, or with its CA") {
  const EvpPkeyPtr key = make_leaf_key();
  const Host host = *Host::parse("x.org");
  const auto long_lived = authority_of({});
  const X509Ptr leaf = mint_leaf(*long_lived, *key, host, kToday + 300us);
  CHECK(time_of(*X509_get0_notBefore(leaf.get())) == kToday - 48h);
  CHECK(time_of(*X509_get0_notAfter(leaf.get())) == kToday + 24h);
  const auto ending = authority_of({.until = kToday + 3h});
  const X509Ptr last = mint_leaf(*ending, *key, host, kToday);
  CHECK(time_of(*X509_get0_notAfter(last.get())) == kToday + 3h);
}

TEST_CASE("each leaf has a serial of its own: 127 bits, positive") {
  const auto authority = authority_of({});
  const EvpPkeyPtr key = make_leaf_key();
  std::set<std::string> serials;
  for (int i = 0; i < 200; ++i) {
    const X509Ptr leaf = mint_leaf(*authority, *key, *Host::parse("x.org"), kToday);
    const std::string serial = serial_of(*leaf);
    CHECK(serial.size() == 32);  // hex digits of 127 bits; a minus would be one more
    CHECK(serial[0] >= '4');
    CHECK(serial[0] <= '7');
    serials.insert(serial);
  }
  CHECK(serials.size() == 200);
}

TEST_CASE("the hash fits the key that signs") {
  const EvpPkeyPtr key = make_leaf_key();
  const auto signature = [&](const char* kind) {
    const auto authority = authority_of({.key = kind});
    const X509Ptr leaf = mint_leaf(*authority, *key, *Host::parse("x.org"), kToday);
    return std::string(OBJ_nid2sn(X509_get_signature_nid(leaf.get())));
  };
  CHECK(signature("P-256") == "ecdsa-with-SHA256");
  CHECK(signature("P-384") == "ecdsa-with-SHA384");
  CHECK(signature("P-521") == "ecdsa-with-SHA512");
  CHECK(signature("RSA-2048") == "RSA-SHA256");
}

TEST_CASE("several threads sign with one authority at once") {
  for (const char* kind : {"P-256", "RSA-2048"}) {
    const auto authority = authority_of({.key = kind});
    const EvpPkeyPtr key = make_leaf_key();
    std::atomic<int> sound = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int j = 0; j < 25; ++j) {
          const X509Ptr leaf = mint_leaf(*authority, *key, *Host::parse("a.x.org"), kToday);
          const bool is_sound = leaf != nullptr && authority->permits(*Host::parse("a.x.org")) &&
                                X509_verify(leaf.get(), authority->key()) == 1;
          sound += is_sound ? 1 : 0;
        }
      });
    }
    for (std::thread& each : threads) each.join();
    CHECK(sound == 100);
  }
}

TEST_CASE("the key of leaves is a P-256 key, each time another one") {
  const EvpPkeyPtr key = make_leaf_key();
  char name[32] = "";
  CHECK(EVP_PKEY_get_group_name(key.get(), name, sizeof name, nullptr) == 1);
  CHECK(std::string(name) == "prime256v1");
  CHECK(EVP_PKEY_eq(key.get(), make_leaf_key().get()) != 1);
}

}  // namespace
}  // namespace sallyport::test
