#include "tls/origin_trust.h"

#include <new>

#include <openssl/x509v3.h>

#include "tls/tls_terms.h"

namespace sallyport {
namespace {

/// Of TLS 1.2: without finite fields, whose size is the origin's to choose and ours to pay for.
constexpr char kCiphersOfTls12[] = "DEFAULT:!DHE:!PSK:!SRP";

/// The name or address that the origin's certificate must show.
bool expect(SSL* ssl, const Host& host) {
  X509_VERIFY_PARAM* param = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(
      param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (host.is_literal()) {
    return X509_VERIFY_PARAM_set1_ip_asc(param, host.address().text().c_str()) == 1;
  }
  std::string name(host.text());
  // SSL_set_tlsext_host_name() without its cast.
  return SSL_set1_host(ssl, name.c_str()) == 1 &&
         SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) == 1;
}

}  // namespace

std::shared_ptr<const OriginTrust> OriginTrust::load(const std::string& bundle,
                                                     std::string& error) {
  X509StorePtr store(X509_STORE_new());
  if (!store) throw std::bad_alloc();
  if (X509_STORE_load_file(store.get(), bundle.c_str()) != 1) {
    error = take_openssl_error();
    return nullptr;
  }
  return std::shared_ptr<const OriginTrust>(new OriginTrust(std::move(store)));
}

OriginTls::OriginTls(const OriginTrust& trust) : context_(SSL_CTX_new(TLS_client_method())) {
  if (!context_) throw std::bad_alloc();
  SSL_CTX* context = context_.get();
  set_tls_terms(*context);
  SSL_CTX_set_cipher_list(context, kCiphersOfTls12);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set1_cert_store(context, trust.store());
  SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(kHttp11Protocols.data()),
                          static_cast<unsigned int>(kHttp11Protocols.size()));
}

SslPtr OriginTls::connect(const Host& host) const {
  SslPtr ssl(SSL_new(context_.get()));
  if (!ssl || !expect(ssl.get(), host)) throw std::bad_alloc();
  SSL_set_connect_state(ssl.get());
  return ssl;
}

}  // namespace sallyport
