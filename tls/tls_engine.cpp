#include "tls/tls_engine.h"

#include <algorithm>
#include <cstring>
#include <new>

#include <openssl/err.h>

namespace sallyport {

/// The BIO by which OpenSSL reaches an engine's memory.
struct TlsEngineBio {
  static TlsEngine& engine(BIO* bio) { return *static_cast<TlsEngine*>(BIO_get_data(bio)); }

  static int read(BIO* bio, char* into, std::size_t size, std::size_t* count) {
    std::string_view& in = engine(bio).in_;
    BIO_clear_retry_flags(bio);
    if (engine(bio).is_flooded()) return 0;  // and no retry: the connection fails
    if (in.empty()) {
      BIO_set_retry_read(bio);
      return 0;
    }
    *count = std::min(size, in.size());
    std::memcpy(into, in.data(), *count);
    in.remove_prefix(*count);
    return 1;
  }

  // An exception may not pass through OpenSSL.
  static int write(BIO* bio, const char* bytes, std::size_t size, std::size_t* count) noexcept {
    try {
      engine(bio).out_->append(bytes, size);
    } catch (const std::bad_alloc&) {
      return 0;
    }
    *count = size;
    return 1;
  }

  static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

  static const BIO_METHOD* method() {
    static BIO_METHOD* const made = [] {
      BIO_METHOD* fresh = BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(), "TLS engine");
      BIO_meth_set_read_ex(fresh, read);
      BIO_meth_set_write_ex(fresh, write);
      BIO_meth_set_ctrl(fresh, control);
      return fresh;
    }();
    return made;
  }
};

TlsEngine::TlsEngine(SslPtr ssl, std::string_view first) : ssl_(std::move(ssl)), rest_(first) {
  BIO* bio = BIO_new(TlsEngineBio::method());
  if (bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_msg_callback(ssl_.get(), saw_message);
  // SSL_set_msg_callback_arg() without its cast.
  SSL_ctrl(ssl_.get(), SSL_CTRL_SET_MSG_CALLBACK_ARG, 0, this);
}

void TlsEngine::saw_message(int is_written, int, int type, const void*, std::size_t, SSL* ssl,
                            void* engine) {
  if (is_written != 0 || type != SSL3_RT_HANDSHAKE) return;
  auto& self = *static_cast<TlsEngine*>(engine);
  if (!self.is_established_) return;
  const unsigned most =
      SSL_version(ssl) == TLS1_3_VERSION ? kLateMessagesMax : kLateMessagesMaxOfTls12;
  if (++self.late_messages_ > most) self.has_late_flood_ = true;
}

void TlsEngine::begin(TlsWire& wire) {
  ERR_clear_error();  // what another connection left would be taken for this one's
  barren_bytes_ += wire.in.size();
  out_ = &wire.out;
  if (rest_.empty()) {
    in_ = wire.in;
  } else {
    rest_ += wire.in;
    in_ = rest_;
  }
}

void TlsEngine::end() {
  std::string left(in_);
  rest_ = std::move(left);
  in_ = {};
  out_ = nullptr;
}

void TlsEngine::note_failure(int result) {
  const unsigned long code = ERR_peek_error();
  const int reason = ERR_GET_REASON(code);
  const bool is_alert = ERR_GET_LIB(code) == ERR_LIB_SSL && reason > SSL_AD_REASON_OFFSET;
  if (is_alert) peer_alert_ = reason - SSL_AD_REASON_OFFSET;
  const long verified = SSL_get_verify_result(ssl_.get());
  const bool is_untrusted = result != 1 && verified != X509_V_OK;
  const std::string words =
      is_flooded() ? "it floods the connection with what is no data" : take_openssl_error();
  failure_ = is_untrusted ? X509_verify_cert_error_string(verified) : words;
}

std::string_view TlsEngine::peer_alert_words() const {
  return SSL_alert_desc_string_long(peer_alert_);
}

bool TlsEngine::is_certificate_refused() const {
  return (peer_alert_ >= SSL_AD_BAD_CERTIFICATE && peer_alert_ <= SSL_AD_CERTIFICATE_UNKNOWN) ||
         peer_alert_ == SSL_AD_UNKNOWN_CA;
}

TlsEngine::Progress TlsEngine::handshake(TlsWire wire) {
  begin(wire);
  const int result = SSL_do_handshake(ssl_.get());
  Progress progress = Progress::done;
  if (result != 1) {
    const int error = SSL_get_error(ssl_.get(), result);
    progress = error == SSL_ERROR_WANT_READ ? Progress::need_more : Progress::failed;
    if (progress == Progress::failed) note_failure(result);
  } else {
    is_established_ = true;
    barren_bytes_ = 0;
  }
  end();
  return progress;
}

TlsEngine::Read TlsEngine::read(std::span<char> into, TlsWire wire) {
  Read found;
  found.state = ended_;
  if (ended_ != Read::State::need_more) return found;
  begin(wire);
  for (;;) {
    if (found.bytes == into.size()) {
      found.state = Read::State::full;
      break;
    }
    std::size_t count = 0;
    const int result =
        SSL_read_ex(ssl_.get(), into.data() + found.bytes, into.size() - found.bytes, &count);
    found.bytes += count;
    if (result == 1) {
      barren_bytes_ = 0;
      continue;
    }
    const int error = SSL_get_error(ssl_.get(), result);
    if (error == SSL_ERROR_WANT_READ) break;
    ended_ = error == SSL_ERROR_ZERO_RETURN ? Read::State::closed : Read::State::failed;
    if (ended_ == Read::State::failed) note_failure(result);
    found.state = ended_;
    break;
  }
  end();
  return found;
}

bool TlsEngine::write(std::string_view plaintext, std::string& out) {
  if (plaintext.empty()) return true;
  TlsWire wire{{}, out};
  begin(wire);
  std::size_t count = 0;
  const int result = SSL_write_ex(ssl_.get(), plaintext.data(), plaintext.size(), &count);
  if (result != 1) note_failure(result);
  end();
  return result == 1 && count == plaintext.size();
}

void TlsEngine::close(std::string& out) {
  TlsWire wire{{}, out};
  begin(wire);
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
  end();
}

}  // namespace sallyport
