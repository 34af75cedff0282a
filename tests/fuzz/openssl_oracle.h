// What OpenSSL, in the part of an origin, makes of a ClientHello: the oracle of the gate's readers.
// Whatever they accept, an origin that runs OpenSSL must read the same name in the same bytes, or
// refuse it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include <openssl/ssl.h>

#include "tests/fuzz/require.h"
#include "tls/record_walker.h"

namespace sallyport::fuzz {

/// What OpenSSL made of a hello.
struct OpensslReading {
  bool has_hello = false;               ///< it read one, to its end
  std::optional<std::string> raw_name;  ///< first entry of the extension, as sent
  bool has_name = false;                ///< it went on to the server name callback
  std::optional<std::string> name;      ///< what an application is told
};

inline int on_hello(SSL* ssl, int*, void* argument) {
  auto& reading = *static_cast<OpensslReading*>(argument);
  reading.has_hello = true;
  const unsigned char* data = nullptr;
  std::size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &data, &size) == 1) {
    reading.raw_name.emplace();  // there, whatever is in it
    if (size >= 5) {
      const std::size_t name_size = std::size_t{data[3]} << 8 | data[4];
      if (name_size <= size - 5) reading.raw_name->assign(data + 5, data + 5 + name_size);
    }
  }
  return SSL_CLIENT_HELLO_SUCCESS;
}

inline int on_name(SSL* ssl, int*, void* argument) {
  auto& reading = *static_cast<OpensslReading*>(argument);
  reading.has_name = true;
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (name != nullptr) reading.name = name;
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/// `hello` is records that hold one hello, which we read to have this name.
inline void compare_with_openssl(ByteSpan hello, const std::optional<std::string>& name) {
  OpensslReading reading;
  static SSL_CTX* const context = [] {
    SSL_CTX* made = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_min_proto_version(made, 0);
    SSL_CTX_set_security_level(made, 0);
    // What SSL_CTX_set_tlsext_servername_callback is, without its cast.
    SSL_CTX_callback_ctrl(made, SSL_CTRL_SET_TLSEXT_SERVERNAME_CB,
                          reinterpret_cast<void (*)()>(on_name));
    return made;
  }();
  SSL_CTX_set_client_hello_cb(context, on_hello, &reading);
  SSL_CTX_set_tlsext_servername_arg(context, &reading);
  const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context), SSL_free);
  BIO* in = BIO_new_mem_buf(hello.data(), static_cast<int>(hello.size()));
  BIO_set_mem_eof_return(in, -1);
  SSL_set_bio(ssl.get(), in, BIO_new(BIO_s_mem()));
  const int result = SSL_accept(ssl.get());

  if (reading.has_hello) require(reading.raw_name == name, "OpenSSL sees the same name sent");
  if (reading.has_name) require(reading.name == name, "OpenSSL tells its origin the same name");
  // To want more where we saw the end is another reading, too.
  const bool wants_more = SSL_get_error(ssl.get(), result) == SSL_ERROR_WANT_READ;
  require(reading.has_hello || !wants_more, "OpenSSL sees the hello's end");
}

}  // namespace sallyport::fuzz
