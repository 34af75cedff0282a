#include "tls/ec_key.h"

#include <optional>
#include <vector>

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>

namespace sallyport {
namespace {

using Der = std::span<const unsigned char>;
using BignumPtr = std::unique_ptr<BIGNUM, OpensslDeleter<BN_clear_free>>;
using GroupPtr = std::unique_ptr<EC_GROUP, OpensslDeleter<EC_GROUP_free>>;
using PointPtr = std::unique_ptr<EC_POINT, OpensslDeleter<EC_POINT_free>>;
using BuilderPtr = std::unique_ptr<OSSL_PARAM_BLD, OpensslDeleter<OSSL_PARAM_BLD_free>>;
using ParamsPtr = std::unique_ptr<OSSL_PARAM, OpensslDeleter<OSSL_PARAM_free>>;
using PkeyCtxPtr = std::unique_ptr<EVP_PKEY_CTX, OpensslDeleter<EVP_PKEY_CTX_free>>;

struct Element {
  int tag = 0;
  int tag_class = 0;
  Der contents;
};

bool is(const std::optional<Element>& element, int tag, int tag_class = V_ASN1_UNIVERSAL) {
  return element && element->tag == tag && element->tag_class == tag_class;
}

/// Takes the next element off the front.
std::optional<Element> take(Der& der) {
  const unsigned char* at = der.data();
  long bytes = 0;
  Element element;
  if (der.empty()) return std::nullopt;
  const int form =
      ASN1_get_object(&at, &bytes, &element.tag, &element.tag_class, static_cast<long>(der.size()));
  // 0x80: broken; 1: of indefinite length, which is no DER.
  if ((form & 0x81) != 0) return std::nullopt;
  element.contents = Der(at, static_cast<std::size_t>(bytes));
  der = der.subspan(static_cast<std::size_t>(at - der.data()) + element.contents.size());
  return element;
}

/// The object that an OBJECT IDENTIFIER of these contents names.
int nid_of(Der oid) {
  ASN1_OBJECT* object = nullptr;
  // d2i wants tag and length as well.
  std::vector<unsigned char> whole = {V_ASN1_OBJECT, static_cast<unsigned char>(oid.size())};
  whole.insert(whole.end(), oid.begin(), oid.end());
  const unsigned char* at = whole.data();
  if (oid.size() > 127 || d2i_ASN1_OBJECT(&object, &at, static_cast<long>(whole.size())) == nullptr)
    return NID_undef;
  const int nid = OBJ_obj2nid(object);
  ASN1_OBJECT_free(object);
  return nid;
}

struct Parts {
  int curve = NID_undef;
  Der number;
  Der public_point;  ///< may be absent
};

/// ECPrivateKey ::= SEQUENCE { 1, privateKey OCTET STRING, [0] curve OPTIONAL, [1] point OPTIONAL }
std::optional<Parts> read_sec1(Der der, int curve) {
  const std::optional<Element> sequence = take(der);
  if (!is(sequence, V_ASN1_SEQUENCE)) return std::nullopt;
  Der rest = sequence->contents;
  Parts parts{.curve = curve, .number = {}, .public_point = {}};
  if (!is(take(rest), V_ASN1_INTEGER)) return std::nullopt;
  const std::optional<Element> number = take(rest);
  if (!is(number, V_ASN1_OCTET_STRING)) return std::nullopt;
  parts.number = number->contents;
  for (std::optional<Element> each = take(rest); each; each = take(rest)) {
    Der inner = each->contents;
    const std::optional<Element> value = take(inner);
    if (is(each, 0, V_ASN1_CONTEXT_SPECIFIC) && is(value, V_ASN1_OBJECT)) {
      parts.curve = nid_of(value->contents);
    }
    // The first byte of a BIT STRING counts its unused bits.
    if (is(each, 1, V_ASN1_CONTEXT_SPECIFIC) && is(value, V_ASN1_BIT_STRING) &&
        value->contents.size() > 1) {
      parts.public_point = value->contents.subspan(1);
    }
  }
  return parts;
}

/// PrivateKeyInfo ::= SEQUENCE { version, { algorithm, curve }, privateKey OCTET STRING, ... }
std::optional<Parts> read_pkcs8(Der der) {
  const std::optional<Element> sequence = take(der);
  if (!is(sequence, V_ASN1_SEQUENCE)) return std::nullopt;
  Der rest = sequence->contents;
  if (!is(take(rest), V_ASN1_INTEGER)) return std::nullopt;
  const std::optional<Element> algorithm = take(rest);
  const std::optional<Element> key = take(rest);
  if (!is(algorithm, V_ASN1_SEQUENCE) || !is(key, V_ASN1_OCTET_STRING)) return std::nullopt;
  Der names = algorithm->contents;
  const std::optional<Element> kind = take(names);
  const std::optional<Element> curve = take(names);
  if (!is(kind, V_ASN1_OBJECT) || nid_of(kind->contents) != NID_X9_62_id_ecPublicKey ||
      !is(curve, V_ASN1_OBJECT)) {
    return std::nullopt;
  }
  return read_sec1(key->contents, nid_of(curve->contents));
}

/// The public point that belongs to the number.
std::vector<unsigned char> compute_point(const EC_GROUP& group, const BIGNUM& number) {
  const PointPtr point(EC_POINT_new(&group));
  unsigned char* bytes = nullptr;
  if (point == nullptr ||
      EC_POINT_mul(&group, point.get(), &number, nullptr, nullptr, nullptr) != 1) {
    return {};
  }
  const std::size_t size =
      EC_POINT_point2buf(&group, point.get(), POINT_CONVERSION_UNCOMPRESSED, &bytes, nullptr);
  std::vector<unsigned char> copy(bytes, bytes + size);
  OPENSSL_free(bytes);
  return copy;
}

EvpPkeyPtr key_of(const Parts& parts) {
  const GroupPtr group(EC_GROUP_new_by_curve_name(parts.curve));
  const BignumPtr number(BN_secure_new());
  if (group == nullptr || number == nullptr ||
      BN_bin2bn(parts.number.data(), static_cast<int>(parts.number.size()), number.get()) ==
          nullptr ||
      BN_is_zero(number.get()) == 1 ||
      BN_cmp(number.get(), EC_GROUP_get0_order(group.get())) >= 0) {
    return nullptr;
  }
  const std::vector<unsigned char> point =
      parts.public_point.empty()
          ? compute_point(*group, *number)
          : std::vector<unsigned char>(parts.public_point.begin(), parts.public_point.end());
  const BuilderPtr builder(OSSL_PARAM_BLD_new());
  if (builder == nullptr ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME,
                                      OBJ_nid2sn(parts.curve), 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, number.get()) != 1) {
    return nullptr;
  }
  const ParamsPtr params(OSSL_PARAM_BLD_to_param(builder.get()));
  const PkeyCtxPtr context(EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nullptr));
  EVP_PKEY* key = nullptr;
  if (params == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, params.get()) != 1) {
    return nullptr;
  }
  return EvpPkeyPtr(key);
}

}  // namespace

EvpPkeyPtr read_ec_key(std::span<const unsigned char> der) {
  std::optional<Parts> parts = read_pkcs8(der);
  if (!parts) parts = read_sec1(der, NID_undef);
  EvpPkeyPtr key;
  if (parts && (parts->curve == NID_X9_62_prime256v1 || parts->curve == NID_secp384r1 ||
                parts->curve == NID_secp521r1)) {
    key = key_of(*parts);
  }
  take_openssl_error();
  return key;
}

}  // namespace sallyport
