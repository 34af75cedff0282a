#include "tls/leaf.h"

#include <algorithm>
#include <chrono>

#include "tls/certificate_fields.h"

namespace sallyport {
namespace {

constexpr std::chrono::hours kBackdated{48};
constexpr std::chrono::hours kLifetime{72};

bool add_host(X509& leaf, const Host& host) {
  return add_extension(leaf, NID_subject_alt_name, general_names(host).get(), true);
}

}  // namespace

EvpPkeyPtr make_leaf_key() { return EvpPkeyPtr(EVP_EC_gen("P-256")); }

X509Ptr mint_leaf(const CertificateAuthority& authority, EVP_PKEY& leaf_key, const Host& host,
                  TimePoint now) {
  X509Ptr leaf(X509_new());
  X509* signer = authority.certificate();
  if (leaf == nullptr) return nullptr;
  const TimePoint from = now - kBackdated;
  // X509_set_pubkey is four fifths of a mint that P-256 signs: OpenSSL 3.0 encodes and decodes the
  // key each time. A leaf is minted once a host and a day.
  const bool is_whole =
      X509_set_version(leaf.get(), X509_VERSION_3) == 1 && set_random_serial(*leaf) &&
      set_validity(*leaf, from, std::min<TimePoint>(from + kLifetime, authority.expires())) &&
      X509_set_issuer_name(leaf.get(), X509_get_subject_name(signer)) == 1 &&
      X509_set_pubkey(leaf.get(), &leaf_key) == 1 && add_authority_key_id(*leaf, *signer) &&
      add_key_usage(*leaf, KU_DIGITAL_SIGNATURE) && add_server_auth(*leaf) && add_host(*leaf, host);
  if (!is_whole) return nullptr;
  // The size of the signature; 0 is a failure.
  if (X509_sign(leaf.get(), authority.key(), hash_for(*authority.key())) == 0) return nullptr;
  return leaf;
}

}  // namespace sallyport
