#include "tls/hello_assembler.h"

#include <utility>

#include "tls/handshake_message.h"

namespace sallyport {

HelloAssembler::Progress HelloAssembler::add(const RecordWalker::Piece& piece) {
  if (piece.begins && !count_record(piece)) return Progress::malformed;
  ByteSpan message = piece.payload;
  const bool is_whole = message_.empty() && message.size() >= kMessageHeaderBytes &&
                        message.size() == message_bytes(message);
  if (!is_whole) {
    message_.insert(message_.end(), message.begin(), message.end());
    message = message_;
  }
  if (!is_start_sound(message, bytes_promised_)) return Progress::malformed;
  if (message.size() < kMessageHeaderBytes || message.size() < message_bytes(message)) {
    return Progress::need_more;
  }
  return finish(message);
}

bool HelloAssembler::count_record(const RecordWalker::Piece& piece) {
  bytes_promised_ += piece.record_bytes;
  if (piece.record_bytes == 0) ++empty_records_;
  return ++records_ <= kHelloRecordsMax && empty_records_ <= kHelloEmptyRecordsMax;
}

// Judged on what is there of the header, so that a giant or foreign message is never waited for.
bool HelloAssembler::is_start_sound(ByteSpan message, std::size_t bytes_promised) {
  if (!message.empty() && message[0] != kClientHelloType) return false;
  if (message.size() < kMessageHeaderBytes) return true;
  const std::size_t size = message_bytes(message);
  return size <= kMessageHeaderBytes + kHelloBytesMax && bytes_promised <= size;
}

HelloAssembler::Progress HelloAssembler::finish(ByteSpan message) {
  auto hello = parse_hello_message(message.subspan(kMessageHeaderBytes));
  message_ = {};
  if (!hello) return Progress::malformed;
  hello_ = std::move(*hello);
  return Progress::done;
}

}  // namespace sallyport
