// One end of a TLS connection without its I/O: ciphertext in and out through memory, so that who
// holds it reads and writes the socket as it likes. Between two calls it holds no more than the
// part of a record that is not whole yet, and what did not fit. One per connection, on its worker's
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "tls/openssl_ptr.h"

namespace sallyport {

/// What a call may read, and where it writes: ciphertext both.
struct TlsWire {
  std::string_view in;  ///< from the peer, fresh; taken in whole
  std::string& out;     ///< for the peer, appended; to be sent whatever the call said
};

class TlsEngine {
 public:
  /// `ssl`: in connect or accept state, its certificate, names and verification set. `first`:
  /// ciphertext of the peer that was read already.
  explicit TlsEngine(SslPtr ssl, std::string_view first = {});
  TlsEngine(const TlsEngine&) = delete;
  TlsEngine& operator=(const TlsEngine&) = delete;

  /// Handshake messages that a peer may send once the handshake is done: key updates and tickets of
  /// TLS 1.3; requests to renegotiate, which are refused, of TLS 1.2. More fail the connection:
  /// each costs us more than it costs the peer.
  static constexpr unsigned kLateMessagesMax = 1000;
  static constexpr unsigned kLateMessagesMaxOfTls12 = 16;
  /// Ciphertext of the peer that may come in a row without a byte of plaintext; more is a flood.
  static constexpr std::size_t kBarrenBytesMax = 256 * 1024;

  enum class Progress : std::uint8_t { done, need_more, failed };
  /// Goes on with the handshake.
  Progress handshake(TlsWire wire);

  struct Read {
    std::size_t bytes = 0;
    enum class State : std::uint8_t {
      need_more,
      full,    ///< `into` is; there may be more
      closed,  ///< the peer has said that nothing follows (close_notify)
      failed,
    };
    State state = State::need_more;
  };
  /// Plaintext of the peer; what was read before the end or a failure comes with it.
  Read read(std::span<char> into, TlsWire wire);

  /// Encrypts all of it; false: the connection has failed. REQUIRES: the handshake is done.
  bool write(std::string_view plaintext, std::string& out);

  /// Says that nothing follows. Not for a connection that failed, nor before its handshake.
  void close(std::string& out);

  /// A call of read() without fresh ciphertext has something to say: bytes, or the end that came
  /// along with the last ones.
  bool has_unread() const {
    return !rest_.empty() || SSL_has_pending(ssl_.get()) == 1 || ended_ != Read::State::need_more;
  }
  /// The peer ended it by an alert that says why (RFC 8446 section 6).
  bool has_peer_alert() const { return peer_alert_ != 0; }
  /// What that alert says, in words. REQUIRES: has_peer_alert().
  std::string_view peer_alert_words() const;
  /// It speaks of our certificate, which the peer does not take.
  bool is_certificate_refused() const;
  /// Why it failed, in OpenSSL's words.
  const std::string& failure() const { return failure_; }
  SSL* ssl() { return ssl_.get(); }
  const SSL* ssl() const { return ssl_.get(); }

 private:
  friend struct TlsEngineBio;

  static void saw_message(int is_written, int version, int type, const void* bytes,
                          std::size_t size, SSL* ssl, void* engine);
  /// The peer sends what only costs.
  bool is_flooded() const { return barren_bytes_ > kBarrenBytesMax || has_late_flood_; }
  void begin(TlsWire& wire);
  /// Keeps what was not taken in.
  void end();
  void note_failure(int result);

  SslPtr ssl_;
  std::string rest_;                            ///< ciphertext that was not taken in
  std::string_view in_;                         ///< during a call
  std::string* out_ = nullptr;                  ///< during a call
  Read::State ended_ = Read::State::need_more;  ///< closed or failed, for good
  std::string failure_;
  int peer_alert_ = 0;            ///< its number, RFC 8446 section 6
  std::size_t barren_bytes_ = 0;  ///< since the last plaintext
  unsigned late_messages_ = 0;
  bool has_late_flood_ = false;
  bool is_established_ = false;
};

}  // namespace sallyport
