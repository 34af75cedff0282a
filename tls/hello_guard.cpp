#include "tls/hello_guard.h"

#include <algorithm>
#include <utility>

#include "tls/handshake_message.h"

namespace sallyport {
namespace {

bool may_precede_answer(std::uint8_t record_type) {
  return record_type >= kChangeCipherSpecRecord && record_type <= kApplicationDataRecord;
}

}  // namespace

HelloGuard::Passage HelloGuard::on_client(ByteSpan chunk) {
  if (verdict_ != Verdict::proceed) return {verdict_, 0};
  const std::size_t kept = held_.size();
  if (scan_client(chunk) != Verdict::proceed) return {verdict_, 0};
  // What was kept, or released and not yet taken, goes first.
  const std::size_t pass = kept == 0 ? std::exchange(cleared_, 0) : 0;
  const ByteSpan rest = chunk.subspan(pass);
  held_.insert(held_.end(), rest.begin(), rest.end());
  return {Verdict::proceed, pass};
}

HelloGuard::Verdict HelloGuard::on_origin(ByteSpan chunk) {
  if (is_open_ || verdict_ != Verdict::proceed) return verdict_;
  origin_.feed(chunk);
  // What must follow a HelloRetryRequest is a hello.
  if (is_asked() && first_ == Message::other) return refuse(Verdict::malformed);
  release_if_answered(held_.size());
  return Verdict::proceed;
}

std::vector<std::uint8_t> HelloGuard::take_released() {
  if (cleared_ == 0) return {};
  auto released = std::exchange(held_, {});
  const auto end = released.begin() + static_cast<std::ptrdiff_t>(std::exchange(cleared_, 0));
  held_.assign(end, released.end());
  released.erase(end, released.end());
  return released;
}

// Walks the records of the chunk until the guard opens. `cleared_` becomes the offset, in held_ and
// the chunk behind it, at which holding begins.
HelloGuard::Verdict HelloGuard::scan_client(ByteSpan chunk) {
  const std::size_t end = held_.size() + chunk.size();
  while (!chunk.empty() && !is_open_) {
    if (client_.is_at_boundary() && chunk[0] == kHandshakeRecord) {
      holds_ = true;
      awaits_message_ = true;
    }
    RecordWalker::Piece piece;
    const auto step = client_.next(chunk, piece);
    if (step == RecordWalker::Step::broken) return refuse(Verdict::malformed);
    if (step == RecordWalker::Step::piece && scan_piece(piece) != Verdict::proceed) return verdict_;
    const std::size_t scanned = end - chunk.size();
    if (!holds_) cleared_ = scanned;
    if (scanned - cleared_ > kHeldBytesMax) return refuse(Verdict::malformed);
    release_if_answered(scanned);
  }
  if (is_open_) cleared_ = end;
  return Verdict::proceed;
}

HelloGuard::Verdict HelloGuard::scan_piece(const RecordWalker::Piece& piece) {
  if (piece.type == kHandshakeRecord) {
    awaits_message_ = false;
    return scan_handshake(piece);
  }
  // RFC 8446 5.1: nothing stands between the records of one handshake message.
  if (message_ != Message::none || !may_precede_answer(piece.type)) {
    return refuse(Verdict::malformed);
  }
  return Verdict::proceed;
}

HelloGuard::Verdict HelloGuard::scan_handshake(const RecordWalker::Piece& piece) {
  if (message_ == Message::hello) return add_to_hello(piece);
  ByteSpan payload = piece.payload;
  while (!payload.empty()) {
    if (message_ == Message::none && payload[0] == kClientHelloType) {
      // No hello begins in the middle of a record that holds something else.
      const bool begins_record = piece.begins && payload.size() == piece.payload.size();
      if (!begins_record) return refuse(Verdict::malformed);
      message_ = Message::hello;
      assembler_.emplace();
      return add_to_hello(piece);
    }
    if (message_ == Message::none) {
      if (is_asked() && first_ != Message::hello) return refuse(Verdict::malformed);
      message_ = Message::other;
      if (first_ == Message::none) first_ = message_;
      other_header_bytes_ = 0;
      other_bytes_left_ = 0;
    }
    // What is no hello opens the guard, at its first byte: the rest of the chunk is as free as what
    // comes in a chunk behind it.
    if (origin_.is_settled()) return Verdict::proceed;
    payload = skip_other(payload);
  }
  return Verdict::proceed;
}

HelloGuard::Verdict HelloGuard::add_to_hello(const RecordWalker::Piece& piece) {
  const auto progress = assembler_->add(piece);
  if (progress == HelloAssembler::Progress::need_more) return Verdict::proceed;
  if (progress == HelloAssembler::Progress::malformed) return refuse(Verdict::malformed);
  const Verdict verdict = check_name(assembler_->hello());
  if (verdict != Verdict::proceed) {
    is_refused_by_name_ = true;
    return refuse(verdict);
  }
  assembler_.reset();
  message_ = Message::none;
  if (first_ == Message::none) first_ = Message::hello;
  return Verdict::proceed;
}

HelloGuard::Verdict HelloGuard::check_name(const ClientHello& hello) const {
  if (hello.server_name.has_value() != expected_.has_value()) return Verdict::mismatch;
  if (!expected_) return Verdict::proceed;
  const auto name = Host::parse_name(*hello.server_name);
  if (!name) return Verdict::malformed;
  return *name == *expected_ ? Verdict::proceed : Verdict::mismatch;
}

std::string_view HelloGuard::refused_name() const {
  if (!is_refused_by_name_ || !assembler_->hello().server_name) return {};
  return *assembler_->hello().server_name;
}

// Takes what belongs to a message that is no hello off the front of the payload.
ByteSpan HelloGuard::skip_other(ByteSpan payload) {
  while (other_header_bytes_ < kMessageHeaderBytes && !payload.empty()) {
    if (other_header_bytes_ > 0) other_bytes_left_ = other_bytes_left_ << 8 | payload[0];
    ++other_header_bytes_;
    payload = payload.subspan(1);
  }
  if (other_header_bytes_ < kMessageHeaderBytes) return payload;
  const std::size_t size = std::min(other_bytes_left_, payload.size());
  other_bytes_left_ -= size;
  if (other_bytes_left_ == 0) message_ = Message::none;
  return payload.subspan(size);
}

// A hello that was begun before the origin answered is finished and checked first, also where the
// answer asks for none. `scanned`: bytes of the client that were looked at, from held_ on.
void HelloGuard::release_if_answered(std::size_t scanned) {
  if (message_ == Message::hello || (awaits_message_ && message_ == Message::none)) return;
  if (is_asked()) {
    if (first_ != Message::hello) return;
    // The origin has not answered this hello yet: what follows is a flight to be watched anew.
    answered_requests_ = origin_.retry_requests();
    first_ = Message::none;
    holds_ = false;
    cleared_ = scanned;
  }
  if (!origin_.is_settled()) return;
  is_open_ = true;
  cleared_ = scanned;
}

HelloGuard::Verdict HelloGuard::refuse(Verdict verdict) {
  verdict_ = verdict;
  held_ = {};
  cleared_ = 0;
  return verdict;
}

}  // namespace sallyport
