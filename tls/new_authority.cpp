#include "tls/new_authority.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <string_view>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "tls/certificate_fields.h"
#include "tls/certificate_text.h"

namespace sallyport {
namespace {

using BasicConstraintsPtr =
    std::unique_ptr<BASIC_CONSTRAINTS, OpensslDeleter<BASIC_CONSTRAINTS_free>>;
using NameConstraintsPtr = std::unique_ptr<NAME_CONSTRAINTS, OpensslDeleter<NAME_CONSTRAINTS_free>>;
using SubtreePtr = std::unique_ptr<GENERAL_SUBTREE, OpensslDeleter<GENERAL_SUBTREE_free>>;
using OctetsPtr = std::unique_ptr<ASN1_OCTET_STRING, OpensslDeleter<ASN1_OCTET_STRING_free>>;

// ub-common-name, RFC 5280 appendix A.
constexpr std::size_t kCommonNameBytesMax = 64;

bool add_subtree(STACK_OF(GENERAL_SUBTREE) * *list, int kind, int string_kind,
                 std::string_view bytes) {
  if (*list == nullptr) *list = sk_GENERAL_SUBTREE_new_null();
  SubtreePtr subtree(GENERAL_SUBTREE_new());
  ASN1_STRING* text = ASN1_STRING_type_new(string_kind);
  if (*list == nullptr || subtree == nullptr || text == nullptr) {
    ASN1_STRING_free(text);
    return false;
  }
  GENERAL_NAME_set0_value(subtree->base, kind, text);
  if (ASN1_STRING_set(text, bytes.data(), static_cast<int>(bytes.size())) != 1 ||
      sk_GENERAL_SUBTREE_push(*list, subtree.get()) == 0) {
    return false;
  }
  subtree.release();
  return true;
}

/// Address and mask, as iPAddress has them in a constraint (RFC 5280 4.2.1.10).
std::string one_address(const IpAddress& address) {
  const auto bytes = address.bytes();
  return std::string(bytes.begin(), bytes.end()) + std::string(bytes.size(), '\xff');
}

bool permit(NAME_CONSTRAINTS& constraints, const std::vector<Host>& hosts) {
  bool has_name = false;
  for (const Host& host : hosts) {
    has_name = has_name || !host.is_literal();
    const bool is_added =
        host.is_literal()
            ? add_subtree(&constraints.permittedSubtrees, GEN_IPADD, V_ASN1_OCTET_STRING,
                          one_address(host.address()))
            : add_subtree(&constraints.permittedSubtrees, GEN_DNS, V_ASN1_IA5STRING, host.text());
    if (!is_added) return false;
  }
  // A kind of name that no subtree speaks of is free. An excluded empty name would bar all names,
  // but Java takes no certificate that has one; nobody has names under this one (RFC 2606 2).
  return has_name ||
         add_subtree(&constraints.permittedSubtrees, GEN_DNS, V_ASN1_IA5STRING, "invalid");
}

/// Without an address that is permitted, all are excluded. With one, the other family is bound by
/// an address of it that nobody has, since an exclusion of all of one family breaks Java (17) on
/// leaves of the other, and GnuTLS (3.7) does not take a family that is not spoken of as barred.
bool bind_addresses(NAME_CONSTRAINTS& constraints, const std::vector<Host>& hosts) {
  const auto permits = [&hosts](bool is_v4) {
    return std::any_of(hosts.begin(), hosts.end(), [is_v4](const Host& host) {
      return host.is_literal() && host.address().is_v4() == is_v4;
    });
  };
  const auto add = [](auto list, const std::string& range) {
    return add_subtree(list, GEN_IPADD, V_ASN1_OCTET_STRING, range);
  };
  if (!permits(true) && !permits(false)) {
    return add(&constraints.excludedSubtrees, std::string(8, '\0')) &&
           add(&constraints.excludedSubtrees, std::string(32, '\0'));
  }
  if (!permits(true)) {
    // Of TEST-NET-1, RFC 5737.
    return add(&constraints.permittedSubtrees, one_address(IpAddress::v4({192, 0, 2, 0})));
  }
  // Of the discard prefix, RFC 6666.
  return permits(false) ||
         add(&constraints.permittedSubtrees, one_address(IpAddress::v6({0x01, 0x00})));
}

bool add_name_constraints(X509& certificate, const std::vector<Host>& hosts) {
  const NameConstraintsPtr constraints(NAME_CONSTRAINTS_new());
  return constraints != nullptr && permit(*constraints, hosts) &&
         bind_addresses(*constraints, hosts) &&
         add_extension(certificate, NID_name_constraints, constraints.get(), true);
}

bool add_basic_constraints(X509& certificate, long authorities_below) {
  const BasicConstraintsPtr constraints(BASIC_CONSTRAINTS_new());
  if (constraints == nullptr) return false;
  constraints->ca = 0xff;
  constraints->pathlen = ASN1_INTEGER_new();
  return constraints->pathlen != nullptr &&
         ASN1_INTEGER_set(constraints->pathlen, authorities_below) == 1 &&
         add_extension(certificate, NID_basic_constraints, constraints.get(), true);
}

/// The hash of the public key (RFC 5280 4.2.1.2, method 1; clients compare it, nothing more).
bool add_subject_key_id(X509& certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned bytes = 0;
  const OctetsPtr id(ASN1_OCTET_STRING_new());
  return id != nullptr && X509_pubkey_digest(&certificate, EVP_sha1(), hash.data(), &bytes) == 1 &&
         ASN1_OCTET_STRING_set(id.get(), hash.data(), static_cast<int>(bytes)) == 1 &&
         add_extension(certificate, NID_subject_key_identifier, id.get(), false);
}

bool set_subject(X509& certificate, std::string name) {
  name.resize(std::min(name.size(), kCommonNameBytesMax));
  return X509_NAME_add_entry_by_txt(X509_get_subject_name(&certificate), "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1,
                                    0) == 1;
}

struct Signer {
  X509Ptr certificate;
  EvpPkeyPtr key;
};

/// A CA of that subject, signed by `issuer`; without one, a root.
std::optional<Signer> make_one(const AuthorityWish& wish, const std::string& subject,
                               const Signer* issuer) {
  Signer made{X509Ptr(X509_new()), EvpPkeyPtr(EVP_EC_gen("P-256"))};
  if (made.certificate == nullptr || made.key == nullptr) return std::nullopt;
  X509& certificate = *made.certificate;
  const Signer& signer = issuer == nullptr ? made : *issuer;
  const TimePoint from = wish.now - std::chrono::hours(1);
  const bool is_whole =
      X509_set_version(&certificate, X509_VERSION_3) == 1 && set_random_serial(certificate) &&
      set_subject(certificate, subject) &&
      X509_set_issuer_name(&certificate, X509_get_subject_name(signer.certificate.get())) == 1 &&
      set_validity(certificate, from, from + std::chrono::days(wish.days)) &&
      X509_set_pubkey(&certificate, made.key.get()) == 1 && add_subject_key_id(certificate) &&
      (issuer == nullptr || add_authority_key_id(certificate, *signer.certificate)) &&
      add_basic_constraints(certificate, issuer == nullptr ? 1 : 0) &&
      add_key_usage(certificate, KU_KEY_CERT_SIGN | KU_CRL_SIGN) && add_server_auth(certificate) &&
      (!wish.hosts || add_name_constraints(certificate, *wish.hosts));
  if (!is_whole || X509_sign(&certificate, signer.key.get(), EVP_sha256()) == 0) {
    return std::nullopt;
  }
  return made;
}

SecretBytes key_pem_of(EVP_PKEY& key) {
  const BioPtr memory(BIO_new(BIO_s_secmem()));
  const char* text = nullptr;
  if (memory == nullptr || PEM_write_bio_PKCS8PrivateKey(memory.get(), &key, nullptr, nullptr, 0,
                                                         nullptr, nullptr) != 1) {
    return {};
  }
  const auto size = static_cast<std::size_t>(BIO_get_mem_data(memory.get(), &text));
  SecretBytes bytes(size);
  if (bytes.empty()) return bytes;
  std::copy(text, text + size, bytes.data());
  bytes.resize(size);
  return bytes;
}

}  // namespace

std::optional<NewAuthority> make_authority(const AuthorityWish& wish) {
  const std::optional<Signer> root = make_one(wish, "sallyport CA " + wish.name, nullptr);
  if (!root) return std::nullopt;
  const std::optional<Signer> signer = make_one(wish, "sallyport signing CA " + wish.name, &*root);
  if (!signer) return std::nullopt;
  NewAuthority made;
  made.root_pem = pem_of(*root->certificate);
  made.certificates_pem = pem_of(*signer->certificate) + made.root_pem;
  made.key_pem = key_pem_of(*signer->key);
  const std::optional<TimePoint> expires = time_of(*X509_get0_notAfter(signer->certificate.get()));
  if (made.root_pem.empty() || made.key_pem.empty() || !expires) return std::nullopt;
  made.expires = *expires;
  return made;
}

}  // namespace sallyport
