// What the origin answers to the ClientHellos of a tunnel: whether it asks for another one. Looks
// at its handshake messages up to the first that asks for none, copies 38 bytes of each at most.
// Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "tls/handshake_message.h"
#include "tls/record_walker.h"

namespace sallyport {

/// Fed with all that the origin sends, from its first byte on.
class OriginAnswer {
 public:
  /// Takes the next chunk. Change_cipher_spec and warnings are no answer (RFC 8446 5: a record that
  /// either side drops).
  void feed(ByteSpan chunk);

  /// How many HelloRetryRequests came so far (RFC 8446 4.1.4): another ClientHello follows each.
  int retry_requests() const { return retry_requests_; }

  /// A ServerHello came, a fatal alert, or nothing that TLS knows. That stays: what comes behind it
  /// is not looked at.
  bool is_settled() const { return is_settled_; }

 private:
  void judge(const RecordWalker::Piece& piece);
  ByteSpan take_message(ByteSpan payload);
  void judge_message();

  // Handshake header, legacy_version, random.
  static constexpr std::size_t kStartBytes = kMessageHeaderBytes + 2 + 32;

  RecordWalker walker_;
  std::array<std::uint8_t, kStartBytes> start_{};
  std::size_t start_size_ = 0;
  std::size_t bytes_to_skip_ = 0;  ///< of a HelloRetryRequest, behind its start
  int retry_requests_ = 0;
  bool is_settled_ = false;
};

}  // namespace sallyport
