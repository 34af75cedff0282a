#include "tls/client_tls.h"

#include <new>

#include <openssl/x509v3.h>

#include "tls/leaf.h"
#include "tls/tls_terms.h"

namespace sallyport {
namespace {

/// Forward secrecy and authenticated encryption alone.
constexpr char kCiphersOfTls12[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-CHACHA20-POLY1305:ECDHE-RSA-AES256-GCM-SHA384";
constexpr char kGroups[] = "X25519:P-256:P-384";
/// A leaf is good for a day; it is made anew long before.
constexpr std::chrono::hours kLeafUse{12};

// What is read is HTTP/1.x; `curl --http1.0` offers the second alone. The first that a client
// offers is taken. RFC 7301: lists are of lengths and names.
constexpr std::string_view kHttp1{"\x08http/1.1\x08http/1.0", 18};

int select_protocol(SSL*, const unsigned char** chosen, unsigned char* size,
                    const unsigned char* offered, unsigned int offered_size, void*) {
  unsigned char* out = nullptr;
  const int result =
      SSL_select_next_proto(&out, size, reinterpret_cast<const unsigned char*>(kHttp1.data()),
                            static_cast<unsigned int>(kHttp1.size()), offered, offered_size);
  if (result != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = out;
  return SSL_TLSEXT_ERR_OK;
}

// What an end's app data says of names: only the addresses mean something. Null: a hello has none.
char named_tag;
char mismatch_tag;
char malformed_tag;

int refuse_name(SSL* ssl, int* alert, char& tag) {
  SSL_set_app_data(ssl, &tag);
  *alert = SSL_AD_ACCESS_DENIED;
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

// Called for each hello, the one behind a HelloRetryRequest too.
int check_server_name(SSL* ssl, int* alert, void*) {
  const bool must_be_named = SSL_get_app_data(ssl) == &named_tag;
  const char* sent = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (sent == nullptr && !must_be_named) return SSL_TLSEXT_ERR_OK;
  if (sent == nullptr) return refuse_name(ssl, alert, mismatch_tag);
  const auto name = Host::parse_name(sent);
  if (!name) return refuse_name(ssl, alert, malformed_tag);
  const std::string_view text = name->text();
  const int found = X509_check_host(SSL_get_certificate(ssl), text.data(), text.size(), 0, nullptr);
  return found == 1 ? SSL_TLSEXT_ERR_OK : refuse_name(ssl, alert, mismatch_tag);
}

SslCtxPtr make_context() {
  SslCtxPtr made(SSL_CTX_new(TLS_server_method()));
  if (!made) throw std::bad_alloc();
  SSL_CTX* context = made.get();
  set_tls_terms(*context);
  SSL_CTX_set_cipher_list(context, kCiphersOfTls12);
  SSL_CTX_set1_groups_list(context, kGroups);
  SSL_CTX_set_options(
      context, SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_max_early_data(context, 0);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(context, select_protocol, nullptr);
  // SSL_CTX_set_tlsext_servername_callback() without its cast.
  SSL_CTX_callback_ctrl(context, SSL_CTRL_SET_TLSEXT_SERVERNAME_CB,
                        reinterpret_cast<void (*)()>(check_server_name));
  return made;
}

}  // namespace

ClientTls::ClientTls(std::shared_ptr<const CertificateAuthority> authority)
    : authority_(std::move(authority)), leaf_key_(make_leaf_key()), context_(make_context()) {
  if (!leaf_key_) throw std::bad_alloc();
}

X509* ClientTls::leaf_for(const Host& host, TimePoint now) {
  if (const auto found = by_name_.find(host.text()); found != by_name_.end()) {
    const auto leaf = found->second;
    const bool is_fresh = now >= leaf->minted && now - leaf->minted < kLeafUse;
    if (is_fresh) {
      leaves_.splice(leaves_.begin(), leaves_, leaf);
      return leaf->certificate.get();
    }
    by_name_.erase(found);
    leaves_.erase(leaf);
  }
  if (!can_show(host)) return nullptr;
  X509Ptr certificate = mint_leaf(*authority_, *leaf_key_, host, now);
  if (!certificate) return nullptr;
  ++leaves_minted_;
  if (leaves_.size() == kLeavesMax) {
    by_name_.erase(leaves_.back().name);
    leaves_.pop_back();
  }
  leaves_.push_front({std::string(host.text()), std::move(certificate), now});
  by_name_.emplace(leaves_.front().name, leaves_.begin());
  return leaves_.front().certificate.get();
}

SslPtr ClientTls::accept(const Host& host, Naming naming, TimePoint now) {
  X509* leaf = leaf_for(host, now);
  if (leaf == nullptr) return nullptr;
  SslPtr ssl(SSL_new(context_.get()));
  if (!ssl || SSL_use_certificate(ssl.get(), leaf) != 1 ||
      SSL_use_PrivateKey(ssl.get(), leaf_key_.get()) != 1 ||
      SSL_set1_chain(ssl.get(), authority_->chain()) != 1) {
    throw std::bad_alloc();
  }
  if (naming == Naming::named) SSL_set_app_data(ssl.get(), &named_tag);
  SSL_set_accept_state(ssl.get());
  return ssl;
}

std::optional<Reason> ClientTls::naming_fault(const TlsEngine& end) {
  const void* tag = SSL_get_app_data(end.ssl());
  if (tag == &mismatch_tag) return Reason::sni_mismatch;
  if (tag == &malformed_tag) return Reason::malformed_client_hello;
  return std::nullopt;
}

bool offers_http_1(std::string_view alpn) {
  if (alpn.empty()) return true;
  while (!alpn.empty()) {
    const auto comma = alpn.find(',');
    const std::string_view name = alpn.substr(0, comma);
    if (name == "http/1.1" || name == "http/1.0") return true;
    alpn.remove_prefix(comma == std::string_view::npos ? alpn.size() : comma + 1);
  }
  return false;
}

}  // namespace sallyport
