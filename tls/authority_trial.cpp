#include "tls/authority_trial.h"

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include <openssl/x509_vfy.h>

#include "tls/certificate_text.h"
#include "tls/leaf.h"
#include "tls/tls_terms.h"

namespace sallyport {
namespace {

using StoreCtxPtr = std::unique_ptr<X509_STORE_CTX, OpensslDeleter<X509_STORE_CTX_free>>;

std::string verify(X509_STORE_CTX& verification) {
  if (X509_verify_cert(&verification) == 1) return {};
  const int error = X509_STORE_CTX_get_error(&verification);
  std::string words = X509_verify_cert_error_string(error);
  const X509* at = X509_STORE_CTX_get_current_cert(&verification);
  // The leaf's subject is empty: what is wrong there is wrong with what signs it.
  if (at != nullptr && X509_STORE_CTX_get_error_depth(&verification) > 0) {
    words += ", of `" + subject_text(*at) + "`";
  }
  take_openssl_error();
  return words;
}

void set_strict(X509_VERIFY_PARAM& wanted, const Host& host, TimePoint now) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  X509_VERIFY_PARAM_set_flags(&wanted, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE);
  X509_VERIFY_PARAM_set_purpose(&wanted, X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM_set_auth_level(&wanted, kSecurityLevel);
  X509_VERIFY_PARAM_set_time(&wanted, static_cast<std::time_t>(seconds));
  const std::string text(host.text());
  if (host.is_literal()) {
    X509_VERIFY_PARAM_set1_ip_asc(&wanted, text.c_str());
  } else {
    X509_VERIFY_PARAM_set1_host(&wanted, text.c_str(), text.size());
  }
}

/// Hosts that the constraints speak of, as far as one may be permitted; one of them will be.
std::vector<Host> candidates(const CertificateAuthority& authority) {
  std::vector<Host> hosts;
  const auto add = [&hosts](const std::optional<Host>& host) {
    if (host) hosts.push_back(*host);
  };
  for (const Host& base : authority.constraints().permitted_bases()) {
    if (!base.is_literal()) add(Host::parse_name("sallyport-trial." + std::string(base.text())));
    hosts.push_back(base);
  }
  // Where nothing is permitted by name, all is that is not excluded.
  add(Host::parse_name("sallyport-trial.example.org"));
  add(Host::parse_name("sallyport-trial.invalid"));
  add(Host::parse("192.0.2.1"));
  return hosts;
}

}  // namespace

std::string trial_fault(const CertificateAuthority& authority, X509& root, TimePoint now) {
  for (const Host& host : candidates(authority)) {
    if (!authority.permits(host)) continue;
    const EvpPkeyPtr key = make_leaf_key();
    const X509Ptr leaf = key == nullptr ? nullptr : mint_leaf(authority, *key, host, now);
    if (leaf == nullptr) return "cannot sign: " + take_openssl_error();
    const X509StorePtr trusted(X509_STORE_new());
    const StoreCtxPtr verification(X509_STORE_CTX_new());
    if (trusted == nullptr || verification == nullptr ||
        X509_STORE_add_cert(trusted.get(), &root) != 1 ||
        X509_STORE_CTX_init(verification.get(), trusted.get(), leaf.get(), authority.chain()) !=
            1) {
      return "cannot be tried out: " + take_openssl_error();
    }
    set_strict(*X509_STORE_CTX_get0_param(verification.get()), host, now);
    const std::string fault = verify(*verification);
    return fault.empty() ? fault : "signs leaves that a strict client refuses: " + fault;
  }
  return "has name constraints that leave no name to vouch for";
}

}  // namespace sallyport
