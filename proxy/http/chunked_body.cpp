#include "proxy/http/chunked_body.h"

#include <algorithm>
#include <limits>

#include "policy/values/ascii.h"
#include "proxy/http/head_lines.h"
#include "proxy/http/octets.h"

namespace sallyport {
namespace {

constexpr std::uint16_t kSizeDigitsMax = 16;
constexpr std::uint64_t kSizeMax = std::numeric_limits<std::int64_t>::max();
constexpr std::uint16_t kExtensionBytesMax = 1024;  // of one chunk
constexpr std::uint16_t kTrailerBytesMax = 16384;
constexpr std::uint16_t kTrailersMax = 64;

}  // namespace

// What is forwarded lies together: reading ends where it would go on behind a gap.
Piece ChunkedBody::read(std::string_view bytes) {
  std::size_t at = 0;
  std::size_t forward_begin = 0;
  std::size_t forward_end = 0;
  while (at < bytes.size() && progress() == BodyProgress::more) {
    const bool is_left_out = leaves_out(bytes[at]);
    const bool is_behind_gap = forward_end > forward_begin && forward_end < at;
    if (!is_left_out && is_behind_gap) break;
    const std::size_t begin = at;
    if (state_ == State::data) {
      const std::size_t taken = std::min<std::uint64_t>(left_, bytes.size() - at);
      pass(taken);
      at += taken;
    } else if (const char* what = step(bytes[at])) {
      what_ = what;
      state_ = State::refused;
      break;
    } else {
      ++at;
    }
    if (is_left_out) continue;
    if (forward_end == forward_begin) forward_begin = begin;
    forward_end = at;
  }
  return {at, bytes.substr(forward_begin, forward_end - forward_begin), progress()};
}

void ChunkedBody::pass(std::uint64_t bytes) {
  if (state_ != State::data) return;
  left_ -= bytes;
  payload_bytes_ += bytes;
  if (left_ == 0) state_ = State::data_cr;
}

BodyProgress ChunkedBody::progress() const {
  if (state_ == State::done) return BodyProgress::done;
  return state_ == State::refused ? BodyProgress::refused : BodyProgress::more;
}

// Of a request nothing is: what is not to go on is refused.
bool ChunkedBody::leaves_out(char byte) const {
  if (side_ == Side::client) return false;
  if (side_ != Side::origin) return state_ != State::data;
  switch (state_) {
    case State::size:
      return byte == ';';
    case State::extension_begin:
    case State::extension_name:
    case State::value_begin:
    case State::value:
    case State::quoted_value:
    case State::quoted_pair:
    case State::quoted_end:
    case State::trailer_begin:
      return byte != '\r';
    case State::trailer_name:
    case State::trailer_value:
    case State::trailer_lf:
      return true;
    default:
      return false;
  }
}

const char* ChunkedBody::step(char byte) {
  switch (state_) {
    case State::size_begin:
    case State::size:
      return step_size(byte);
    case State::size_lf:
      return end_size_line(byte);
    case State::data_cr:
      return expect(byte, '\r', State::data_lf);
    case State::data_lf:
      return expect(byte, '\n', State::size_begin);
    case State::trailer_begin:
    case State::trailer_name:
    case State::trailer_value:
    case State::trailer_lf:
      return step_trailer(byte);
    case State::end_lf:
      return expect(byte, '\n', State::done);
    default:
      return step_extension(byte);
  }
}

const char* ChunkedBody::step_size(char byte) {
  const int digit = hex_value(byte);
  if (state_ == State::size_begin) {
    if (digit < 0) return "a chunk begins with its size in hexadecimal digits";
    state_ = State::size;
    size_digits_ = 0;
    extension_bytes_ = 0;
    left_ = 0;
  }
  if (digit < 0) return end_size(byte);
  if (size_digits_ == kSizeDigitsMax) return "the size of a chunk has more than 16 digits";
  ++size_digits_;
  if (left_ > kSizeMax >> 4U) return "the size of a chunk is larger than anything";
  left_ = left_ << 4U | static_cast<std::uint64_t>(digit);
  return nullptr;
}

// Takes what stands behind a size or behind an extension.
const char* ChunkedBody::end_size(char byte) {
  if (byte == '\r') {
    state_ = State::size_lf;
    return nullptr;
  }
  if (byte != ';') return "behind the size of a chunk stands CR LF, without white space";
  if (is_client(side_)) return "chunk extensions are refused in requests";
  state_ = State::extension_begin;
  return nullptr;
}

const char* ChunkedBody::end_size_line(char byte) {
  return expect(byte, '\n', left_ == 0 ? State::trailer_begin : State::data);
}

// RFC 9112 section 7.1.1, without the white space that it calls bad.
const char* ChunkedBody::step_extension(char byte) {
  constexpr const char* kWrong = "a chunk extension is ;name, ;name=value or ;name=\"value\"";
  if (byte != '\r' && ++extension_bytes_ > kExtensionBytesMax)
    return "the extensions of a chunk are too long";
  switch (state_) {
    case State::extension_begin:
      if (!is_token_byte(byte)) return kWrong;
      state_ = State::extension_name;
      return nullptr;
    case State::extension_name:
      if (is_token_byte(byte)) return nullptr;
      if (byte != '=') break;
      state_ = State::value_begin;
      return nullptr;
    case State::value_begin:
      if (byte != '"' && !is_token_byte(byte)) return kWrong;
      state_ = byte == '"' ? State::quoted_value : State::value;
      return nullptr;
    case State::value:
      if (is_token_byte(byte)) return nullptr;
      break;
    case State::quoted_value:
      if (!may_stand(byte, LinePart::fields)) return wrong_byte_words(byte);
      if (byte == '"') state_ = State::quoted_end;
      if (byte == '\\') state_ = State::quoted_pair;
      return nullptr;
    case State::quoted_pair:
      if (!may_stand(byte, LinePart::fields)) return wrong_byte_words(byte);
      state_ = State::quoted_value;
      return nullptr;
    default:
      break;
  }
  return byte == '\r' || byte == ';' ? end_size(byte) : kWrong;
}

const char* ChunkedBody::step_trailer(char byte) {
  if (state_ == State::trailer_begin && byte == '\r') {
    state_ = State::end_lf;
    return nullptr;
  }
  if (++trailer_bytes_ > kTrailerBytesMax) return "the trailers of a body are too long";
  if (state_ == State::trailer_begin) {
    if (++trailers_ > kTrailersMax) return "a body has more trailers than the gate accepts";
    if (byte == ':') return "a trailer has a name";
    state_ = State::trailer_name;
  }
  if (state_ == State::trailer_lf) return expect(byte, '\n', State::trailer_begin);
  if (state_ == State::trailer_value) {
    if (byte == '\r') {
      state_ = State::trailer_lf;
      return nullptr;
    }
    return may_stand(byte, LinePart::fields) ? nullptr : wrong_byte_words(byte);
  }
  if (byte != ':' && !is_token_byte(byte)) return "a trailer is a name, a colon and a value";
  if (is_client(side_) && !trailer_names_.read(byte)) {
    return "a request has only the trailers that x-amz-trailer names";
  }
  if (byte == ':') state_ = State::trailer_value;
  return nullptr;
}

const char* ChunkedBody::expect(char byte, char expected, State next) {
  if (byte != expected) return "a chunk and each of its lines end with CR LF";
  state_ = next;
  return nullptr;
}

}  // namespace sallyport
