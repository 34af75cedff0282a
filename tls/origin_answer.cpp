#include "tls/origin_answer.h"

#include <algorithm>

namespace sallyport {
namespace {

constexpr std::uint8_t kServerHelloType = 2;
constexpr std::uint8_t kWarningLevel = 1;

// RFC 8446 4.1.3: a ServerHello with this random is a HelloRetryRequest.
constexpr std::array<std::uint8_t, 32> kRetryRandom = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

}  // namespace

OriginAnswer::Kind OriginAnswer::feed(ByteSpan chunk) {
  while (kind_ == Kind::unknown) {
    RecordWalker::Piece piece;
    const auto step = walker_.next(chunk, piece);
    if (step == RecordWalker::Step::need_more) break;
    kind_ = step == RecordWalker::Step::broken ? Kind::settled : judge(piece);
  }
  return kind_;
}

OriginAnswer::Kind OriginAnswer::judge(const RecordWalker::Piece& piece) {
  if (piece.type == kAlertRecord) {
    // A warning (unrecognized_name, in TLS 1.2) comes before the answer and is none.
    if (!piece.begins) return Kind::unknown;
    const bool is_warning = !piece.payload.empty() && piece.payload[0] == kWarningLevel;
    return is_warning ? Kind::unknown : Kind::settled;
  }
  if (piece.type != kHandshakeRecord) return Kind::settled;
  const std::size_t size = std::min(piece.payload.size(), kStartBytes - start_size_);
  std::copy_n(piece.payload.begin(), size, start_.begin() + start_size_);
  start_size_ += size;
  return judge_message();
}

OriginAnswer::Kind OriginAnswer::judge_message() const {
  if (start_size_ == 0) return Kind::unknown;
  if (start_[0] != kServerHelloType) return Kind::settled;
  if (start_size_ < kStartBytes) return Kind::unknown;
  const auto random = ByteSpan(start_).last<kRetryRandom.size()>();
  return std::equal(random.begin(), random.end(), kRetryRandom.begin()) ? Kind::retry_request
                                                                        : Kind::settled;
}

}  // namespace sallyport
