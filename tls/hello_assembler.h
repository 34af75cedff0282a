// Puts a ClientHello message together from the pieces of the handshake records that carry it. One
// that lies whole in one piece is read where it lies; only a split one is copied to the heap.
// Shared by the reader of the first hello and by the guard of later ones. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tls/hello_message.h"
#include "tls/record_walker.h"

namespace sallyport {

/// Bounds of one hello. A post-quantum one is 2 KB; Chromium's and Go's fit one record.
inline constexpr std::size_t kHelloBytesMax = 64 * 1024;
inline constexpr int kHelloRecordsMax = 64;
inline constexpr int kHelloEmptyRecordsMax = 16;

/// Assembles one hello. Which pieces the bytes come in does not change the outcome.
class HelloAssembler {
 public:
  enum class Progress : std::uint8_t { need_more, done, malformed };

  /// Takes a piece of a handshake record; the first one must begin its record. The hello must end
  /// where a record ends: a second message in its record has no honest use. REQUIRES: the last call
  /// said need_more.
  Progress add(const RecordWalker::Piece& piece);

  /// REQUIRES: the last call of add() said done.
  const ClientHello& hello() const { return hello_; }

 private:
  bool count_record(const RecordWalker::Piece& piece);
  static bool is_start_sound(ByteSpan message, std::size_t bytes_promised);
  Progress finish(ByteSpan message);

  std::vector<std::uint8_t> message_;  ///< of a split hello, what came of it with its header
  std::size_t bytes_promised_ = 0;     ///< by the headers of all records so far
  int records_ = 0;
  int empty_records_ = 0;
  ClientHello hello_;
};

}  // namespace sallyport
