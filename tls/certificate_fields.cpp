#include "tls/certificate_fields.h"

#include <array>
#include <chrono>

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/rand.h>

namespace sallyport {
namespace {

using AuthorityKeyIdPtr = std::unique_ptr<AUTHORITY_KEYID, OpensslDeleter<AUTHORITY_KEYID_free>>;
using Asn1StringPtr = std::unique_ptr<ASN1_STRING, OpensslDeleter<ASN1_STRING_free>>;
using BignumPtr = std::unique_ptr<BIGNUM, OpensslDeleter<BN_free>>;
using ExtendedKeyUsagePtr =
    std::unique_ptr<EXTENDED_KEY_USAGE, OpensslDeleter<EXTENDED_KEY_USAGE_free>>;

GeneralNamesPtr one_name(int kind, int string_kind, const void* bytes, std::size_t size) {
  GeneralNamesPtr names(GENERAL_NAMES_new());
  std::unique_ptr<GENERAL_NAME, OpensslDeleter<GENERAL_NAME_free>> name(GENERAL_NAME_new());
  Asn1StringPtr text(ASN1_STRING_type_new(string_kind));
  if (names == nullptr || name == nullptr || text == nullptr) return nullptr;
  if (ASN1_STRING_set(text.get(), bytes, static_cast<int>(size)) != 1) return nullptr;
  GENERAL_NAME_set0_value(name.get(), kind, text.release());
  if (sk_GENERAL_NAME_push(names.get(), name.get()) == 0) return nullptr;
  name.release();
  return names;
}

bool set_time(ASN1_TIME* field, TimePoint time) {
  // ASN1_TIME_set writes UTCTime up to 2049 and GeneralizedTime from then on (RFC 5280 4.1.2.5).
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  return ASN1_TIME_set(field, static_cast<std::time_t>(seconds)) != nullptr;
}

}  // namespace

GeneralNamesPtr general_names(const Host& host) {
  if (!host.is_literal()) {
    return one_name(GEN_DNS, V_ASN1_IA5STRING, host.text().data(), host.text().size());
  }
  const auto bytes = host.address().bytes();
  return one_name(GEN_IPADD, V_ASN1_OCTET_STRING, bytes.data(), bytes.size());
}

bool set_random_serial(X509& certificate) {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return false;
  // The first bit clear: positive. The second set: never zero, and of one length.
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7f) | 0x40);
  const BignumPtr number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  return number != nullptr &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(&certificate)) != nullptr;
}

bool set_validity(X509& certificate, TimePoint from, TimePoint until) {
  return set_time(X509_getm_notBefore(&certificate), from) &&
         set_time(X509_getm_notAfter(&certificate), until);
}

bool add_extension(X509& certificate, int nid, void* value, bool is_critical) {
  return value != nullptr &&
         X509_add1_ext_i2d(&certificate, nid, value, is_critical ? 1 : 0, X509V3_ADD_APPEND) == 1;
}

bool add_key_usage(X509& certificate, unsigned bits) {
  const Asn1StringPtr usage(ASN1_BIT_STRING_new());
  if (usage == nullptr) return false;
  // KU_DIGITAL_SIGNATURE is 0x80: bit 0 of the BIT STRING, whose first byte begins at its top.
  for (int bit = 0; bit < 8; ++bit) {
    const int is_set = (bits >> (7 - bit)) & 1U;
    if (is_set == 1 && ASN1_BIT_STRING_set_bit(usage.get(), bit, 1) != 1) return false;
  }
  return add_extension(certificate, NID_key_usage, usage.get(), true);
}

bool add_server_auth(X509& certificate) {
  const ExtendedKeyUsagePtr usage(EXTENDED_KEY_USAGE_new());
  if (usage == nullptr) return false;
  if (sk_ASN1_OBJECT_push(usage.get(), OBJ_nid2obj(NID_server_auth)) == 0) return false;
  return add_extension(certificate, NID_ext_key_usage, usage.get(), false);
}

bool add_authority_key_id(X509& certificate, const X509& issuer) {
  // Its extensions are read on first use, behind a lock of its own.
  const ASN1_OCTET_STRING* id = X509_get0_subject_key_id(const_cast<X509*>(&issuer));
  const AuthorityKeyIdPtr authority(AUTHORITY_KEYID_new());
  if (id == nullptr || authority == nullptr) return false;
  authority->keyid = ASN1_OCTET_STRING_dup(id);
  return authority->keyid != nullptr &&
         add_extension(certificate, NID_authority_key_identifier, authority.get(), false);
}

const EVP_MD* hash_for(const EVP_PKEY& key) {
  if (EVP_PKEY_get_base_id(&key) != EVP_PKEY_EC) return EVP_sha256();
  const int bits = EVP_PKEY_get_bits(&key);
  if (bits > 384) return EVP_sha512();
  return bits > 256 ? EVP_sha384() : EVP_sha256();
}

}  // namespace sallyport
