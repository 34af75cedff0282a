#include "tls/authority_path.h"

#include <algorithm>

#include <openssl/x509v3.h>

#include "tls/certificate_text.h"

namespace sallyport {
namespace {

// Clients give up on longer chains (RFC 5280 sets no bound; OpenSSL's is 100, others' 10 or less).
// It ends the walk around a ring of CAs that signed each other, too.
constexpr std::size_t kPathCertificatesMax = 8;

bool is_signed_by(X509& certificate, X509& issuer) {
  if (X509_NAME_cmp(X509_get_issuer_name(&certificate), X509_get_subject_name(&issuer)) != 0) {
    return false;
  }
  EVP_PKEY* key = X509_get0_pubkey(&issuer);
  const bool fits = key != nullptr && X509_verify(&certificate, key) == 1;
  take_openssl_error();
  return fits;
}

}  // namespace

bool is_root(X509& certificate) {
  const bool is_self_signed = X509_self_signed(&certificate, 1) == 1;
  take_openssl_error();
  return is_self_signed;
}

std::vector<const FiledCertificate*> roots_of(const std::vector<FiledCertificate>& pool) {
  std::vector<const FiledCertificate*> roots;
  for (const FiledCertificate& each : pool) {
    const bool is_known =
        std::any_of(roots.begin(), roots.end(), [&each](const FiledCertificate* root) {
          return X509_cmp(root->certificate.get(), each.certificate.get()) == 0;
        });
    const bool is_authority = (X509_get_extension_flags(each.certificate.get()) & EXFLAG_CA) != 0;
    if (!is_known && is_authority && is_root(*each.certificate)) roots.push_back(&each);
  }
  return roots;
}

std::vector<std::size_t> path_to_root(const std::vector<FiledCertificate>& pool,
                                      std::string& error) {
  std::vector<std::size_t> path = {0};
  while (!is_root(*pool[path.back()].certificate) && path.size() < kPathCertificatesMax) {
    X509& last = *pool[path.back()].certificate;
    const auto issuer = std::find_if(pool.begin(), pool.end(), [&](const FiledCertificate& each) {
      return is_signed_by(last, *each.certificate);
    });
    if (issuer == pool.end()) {
      error = "who signed `" + subject_text(last) +
              "` is missing: put the intermediates and the root behind it in the same file";
      return path;
    }
    path.push_back(static_cast<std::size_t>(issuer - pool.begin()));
  }
  if (!is_root(*pool[path.back()].certificate)) error = "leads to no root within 8 certificates";
  return path;
}

}  // namespace sallyport
