#include "tls/origin_answer.h"

#include <algorithm>

namespace sallyport {
namespace {

constexpr std::uint8_t kWarningLevel = 1;

// RFC 8446 4.1.3: a ServerHello with this random is a HelloRetryRequest.
constexpr std::array<std::uint8_t, 32> kRetryRandom = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

}  // namespace

void OriginAnswer::feed(ByteSpan chunk) {
  while (!is_settled_) {
    RecordWalker::Piece piece;
    const auto step = walker_.next(chunk, piece);
    if (step == RecordWalker::Step::need_more) return;
    if (step == RecordWalker::Step::broken) {
      is_settled_ = true;
    } else {
      judge(piece);
    }
  }
}

void OriginAnswer::judge(const RecordWalker::Piece& piece) {
  if (piece.type == kChangeCipherSpecRecord) return;
  if (piece.type == kAlertRecord) {
    // A warning (unrecognized_name, in TLS 1.2) comes before the answer and is none.
    const bool is_warning = !piece.payload.empty() && piece.payload[0] == kWarningLevel;
    if (piece.begins && !is_warning) is_settled_ = true;
    return;
  }
  if (piece.type != kHandshakeRecord) {
    is_settled_ = true;
    return;
  }
  ByteSpan payload = piece.payload;
  while (!payload.empty() && !is_settled_) payload = take_message(payload);
}

// Takes the next bytes of a message off the front of the payload.
ByteSpan OriginAnswer::take_message(ByteSpan payload) {
  if (bytes_to_skip_ > 0) {
    const std::size_t skipped = std::min(bytes_to_skip_, payload.size());
    bytes_to_skip_ -= skipped;
    return payload.subspan(skipped);
  }
  const std::size_t size = std::min(payload.size(), kStartBytes - start_size_);
  std::copy_n(payload.begin(), size, start_.begin() + start_size_);
  start_size_ += size;
  judge_message();
  return payload.subspan(size);
}

void OriginAnswer::judge_message() {
  if (start_[0] != kServerHelloType) {
    is_settled_ = true;
    return;
  }
  if (start_size_ < kStartBytes) return;
  const auto random = ByteSpan(start_).last<kRetryRandom.size()>();
  if (!std::equal(random.begin(), random.end(), kRetryRandom.begin())) {
    is_settled_ = true;
    return;
  }
  ++retry_requests_;
  bytes_to_skip_ = std::max(message_bytes(start_), kStartBytes) - kStartBytes;
  start_size_ = 0;
}

}  // namespace sallyport
