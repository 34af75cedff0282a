#include "tls/record_walker.h"

#include <algorithm>

namespace sallyport {

RecordWalker::Step RecordWalker::next(ByteSpan& chunk, Piece& piece) {
  if (is_broken_ || !take_header(chunk)) {
    is_broken_ = true;
    return Step::broken;
  }
  if (header_size_ < kHeaderBytes) return Step::need_more;
  const std::size_t left = record_bytes() - payload_taken_;
  if (chunk.empty() && left > 0) return Step::need_more;

  const std::size_t size = std::min(left, chunk.size());
  piece.type = header_[0];
  piece.record_bytes = record_bytes();
  piece.begins = payload_taken_ == 0;
  piece.ends = size == left;
  piece.payload = chunk.first(size);
  chunk = chunk.subspan(size);
  payload_taken_ += size;
  if (piece.ends) {
    header_size_ = 0;
    payload_taken_ = 0;
  }
  return Step::piece;
}

// Byte by byte, so that what is no record is known at the same byte in whatever pieces it comes.
bool RecordWalker::take_header(ByteSpan& chunk) {
  while (header_size_ < kHeaderBytes && !chunk.empty()) {
    header_[header_size_++] = chunk.front();
    chunk = chunk.subspan(1);
    if (!is_header_sound()) return false;
  }
  return true;
}

bool RecordWalker::is_header_sound() const {
  if (header_size_ >= 1 && !is_record_type(header_[0])) return false;
  // OpenSSL takes 0x0300 to 0x03ff and refuses the rest.
  if (header_size_ >= 2 && header_[1] != 3) return false;
  if (header_size_ < kHeaderBytes) return true;
  // Handshake records that we look at are never protected: encrypted ones of TLS 1.3 have type 23.
  return record_bytes() <=
         (header_[0] == kHandshakeRecord ? kPlaintextBytesMax : kCiphertextBytesMax);
}

std::size_t RecordWalker::record_bytes() const {
  return (std::size_t{header_[3]} << 8) | header_[4];
}

}  // namespace sallyport
