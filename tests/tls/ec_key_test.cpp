#include "tls/ec_key.h"

#include <vector>

#include <doctest/doctest.h>
#include <openssl/core_names.h>

#include "tests/tls/authority_maker.h"

namespace sallyport::test {
namespace {

using Bytes = std::vector<unsigned char>;

Bytes sec1_of(EVP_PKEY& key) {
  unsigned char* der = nullptr;
  const int size = i2d_PrivateKey(&key, &der);
  Bytes bytes(der, der + size);
  OPENSSL_free(der);
  return bytes;
}

Bytes pkcs8_of(EVP_PKEY& key) {
  std::unique_ptr<PKCS8_PRIV_KEY_INFO, OpensslDeleter<PKCS8_PRIV_KEY_INFO_free>> info(
      EVP_PKEY2PKCS8(&key));
  unsigned char* der = nullptr;
  const int size = i2d_PKCS8_PRIV_KEY_INFO(info.get(), &der);
  Bytes bytes(der, der + size);
  OPENSSL_free(der);
  return bytes;
}

/// The same number, whatever the public half says.
bool has_same_number(EVP_PKEY& a, EVP_PKEY& b) {
  BIGNUM* first = nullptr;
  BIGNUM* second = nullptr;
  CHECK(EVP_PKEY_get_bn_param(&a, OSSL_PKEY_PARAM_PRIV_KEY, &first) == 1);
  CHECK(EVP_PKEY_get_bn_param(&b, OSSL_PKEY_PARAM_PRIV_KEY, &second) == 1);
  const bool is_same = BN_cmp(first, second) == 0;
  BN_free(first);
  BN_free(second);
  return is_same;
}

TEST_CASE("a key reads as OpenSSL reads it, in both forms, with its public half or without") {
  for (const char* curve : {"P-256", "P-384", "P-521"}) {
    const EvpPkeyPtr made = make_key(curve);
    for (const int with_point : {1, 0}) {
      CAPTURE(curve);
      CAPTURE(with_point);
      REQUIRE(EVP_PKEY_set_int_param(made.get(), OSSL_PKEY_PARAM_EC_INCLUDE_PUBLIC, with_point) ==
              1);
      for (const Bytes& der : {sec1_of(*made), pkcs8_of(*made)}) {
        const EvpPkeyPtr key = read_ec_key(der);
        REQUIRE(key != nullptr);
        CHECK(EVP_PKEY_eq(key.get(), made.get()) == 1);
        CHECK(has_same_number(*key, *made));
        CHECK(EVP_PKEY_get_bits(key.get()) == EVP_PKEY_get_bits(made.get()));
      }
    }
  }
}

TEST_CASE("what is no EC key of these curves is none, and a cut one neither") {
  CHECK(read_ec_key({}) == nullptr);
  CHECK(read_ec_key(pkcs8_of(*make_key("RSA-2048"))) == nullptr);
  CHECK(read_ec_key(sec1_of(*make_key("RSA-2048"))) == nullptr);
  CHECK(read_ec_key(pkcs8_of(*make_key("ED25519"))) == nullptr);
  CHECK(read_ec_key(pkcs8_of(*make_key("secp256k1"))) == nullptr);
  const EvpPkeyPtr made = make_key("P-256");
  for (const Bytes& der : {sec1_of(*made), pkcs8_of(*made)}) {
    for (std::size_t size = 0; size < der.size(); ++size) {
      CHECK(read_ec_key(std::span(der).first(size)) == nullptr);
    }
  }
}

TEST_CASE("a number out of the curve's range is no key") {
  Bytes der = sec1_of(*make_key("P-256"));
  for (const int byte : {0, 0xff}) {
    std::fill(der.begin() + 7, der.begin() + 7 + 32, static_cast<unsigned char>(byte));
    CHECK(read_ec_key(der) == nullptr);
  }
}

}  // namespace
}  // namespace sallyport::test
