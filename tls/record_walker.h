// Walks a stream of TLS records (RFC 8446 5.1) whatever the pieces it arrives in. It looks at
// record headers alone, copies no payload and allocates nothing. Used for both directions of a
// tunnel; no OpenSSL. Not thread-safe; owned by whoever reads the stream.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sallyport {

/// Bytes as they came from a socket; never owned.
using ByteSpan = std::span<const std::uint8_t>;

/// The same bytes, as TLS reads them.
inline ByteSpan bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// TLS content types, RFC 8446 5.1 (heartbeat: RFC 6520).
inline constexpr std::uint8_t kChangeCipherSpecRecord = 20;
inline constexpr std::uint8_t kAlertRecord = 21;
inline constexpr std::uint8_t kHandshakeRecord = 22;
inline constexpr std::uint8_t kApplicationDataRecord = 23;
inline constexpr std::uint8_t kHeartbeatRecord = 24;

/// The largest plaintext record, in bytes (RFC 8446 5.1).
inline constexpr std::size_t kPlaintextBytesMax = 16384;
/// The largest protected record of TLS 1.2, which allows more than TLS 1.3 (RFC 5246 6.2.3).
inline constexpr std::size_t kCiphertextBytesMax = kPlaintextBytesMax + 2048;

/// True for the content types that can begin a TLS record.
constexpr bool is_record_type(std::uint8_t byte) {
  return byte >= kChangeCipherSpecRecord && byte <= kHeartbeatRecord;
}

/// Finds the records in successive chunks of one stream.
class RecordWalker {
 public:
  enum class Step : std::uint8_t {
    need_more,  ///< the chunk is used up
    piece,      ///< a piece of a record was taken off the chunk
    broken,     ///< no TLS record; every later call says so too
  };

  /// The part of one record that lay in the chunk: all of it, if it `begins` and `ends`.
  struct Piece {
    std::uint8_t type = 0;
    std::size_t record_bytes = 0;  ///< payload of the whole record
    bool begins = false;
    bool ends = false;
    ByteSpan payload;  ///< views the chunk; empty only for an empty record
  };

  /// Takes the next piece off the front of `chunk` and sets `piece`. A record header is broken if
  /// its type is unknown, its version is not 3.x, or it promises more than a handshake record (16
  /// KiB) or a protected one may hold.
  Step next(ByteSpan& chunk, Piece& piece);

  /// True if the next byte begins a record.
  bool is_at_boundary() const { return header_size_ == 0; }

 private:
  static constexpr std::size_t kHeaderBytes = 5;

  bool take_header(ByteSpan& chunk);
  bool is_header_sound() const;
  std::size_t record_bytes() const;

  std::array<std::uint8_t, kHeaderBytes> header_{};
  std::size_t header_size_ = 0;
  std::size_t payload_taken_ = 0;
  bool is_broken_ = false;
};

}  // namespace sallyport
