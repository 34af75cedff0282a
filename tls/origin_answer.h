// What the origin answers to the first ClientHello of a tunnel: whether it asks for another one.
// Looks at the first handshake message alone, copies 38 bytes at most. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "tls/record_walker.h"

namespace sallyport {

/// Fed with all that the origin sends, from its first byte on.
class OriginAnswer {
 public:
  enum class Kind : std::uint8_t {
    unknown,        ///< not told yet
    retry_request,  ///< a HelloRetryRequest (RFC 8446 4.1.4): another ClientHello follows
    settled,        ///< a ServerHello, a fatal alert, or nothing that TLS knows
  };

  /// Takes the next chunk; once known, the answer stays.
  Kind feed(ByteSpan chunk);

 private:
  Kind judge(const RecordWalker::Piece& piece);
  Kind judge_message() const;

  // Handshake header, legacy_version, random.
  static constexpr std::size_t kStartBytes = 4 + 2 + 32;

  RecordWalker walker_;
  std::array<std::uint8_t, kStartBytes> start_{};
  std::size_t start_size_ = 0;
  Kind kind_ = Kind::unknown;
};

}  // namespace sallyport
