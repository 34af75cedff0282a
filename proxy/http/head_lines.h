// The lines of a head, found as the bytes come: each byte is looked at once, must be one that may
// stand in its place, and a line ends with CR LF alone (RFC 9112 section 2.2). What the readers of
// requests and of responses have in common; it holds places, never bytes or views. Inline, since
// nearly all bytes of a head are judged here and nowhere else. Not for sharing between threads.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "proxy/http/field_lines.h"
#include "proxy/http/octets.h"

namespace sallyport {

/// What a head may measure.
struct HeadBounds {
  std::size_t bytes = 65536;  ///< first line, fields and the empty line (`limits.header_bytes`)
  std::size_t field_lines = 128;
};

/// What a reader has to say of the bytes so far.
enum class HeadProgress : std::uint8_t { need_more, done, refused };

/// Where a byte may stand: in a method, in the rest of a request line, in a field line. The status
/// line of a response holds what a field line holds (RFC 9112 section 4).
enum class LinePart : std::uint8_t { method = 1, request_line = 2, fields = 4 };

/// One bit of LinePart each.
inline constexpr std::array<std::uint8_t, 256> kLinePartTable = [] {
  std::array<std::uint8_t, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    const char byte = static_cast<char>(i);
    if (is_method_byte(byte)) table[i] |= 1;
    if (byte == ' ' || is_visible(byte)) table[i] |= 2 | 4;
    if (byte == '\t' || is_obs_text(byte)) table[i] |= 4;
  }
  return table;
}();

/// May that byte stand there?
constexpr bool may_stand(char byte, LinePart part) {
  return (kLinePartTable[static_cast<unsigned char>(byte)] & static_cast<std::uint8_t>(part)) != 0;
}

/// Finds the lines of one head.
class HeadLines {
 public:
  /// Why a scan ended.
  enum class Stop : std::uint8_t {
    need_more,   ///< the line is not all there
    line,        ///< scanned() stands behind its CR LF
    wrong_byte,  ///< the byte at scanned() may not stand there
    bare_cr,     ///< the CR at scanned() has no LF behind it
  };

  /// How many bytes are known to be fine where they stand.
  std::size_t scanned() const { return scanned_; }

  /// Moves on over bytes that may stand in that part; false if no others came yet. `bytes` is
  /// everything since the head's first byte, here and below.
  bool skip(std::string_view bytes, LinePart part) {
    std::size_t at = scanned_;
    // What is printable may stand everywhere but in a method, and is nearly all of a head.
    const bool is_usual = part != LinePart::method && at < bytes.size();
    if (is_usual) at += printable_words(bytes.substr(at));
    while (at < bytes.size() && may_stand(bytes[at], part)) ++at;
    scanned_ = at;
    return at < bytes.size();
  }

  /// Moves on to the end of the line.
  Stop scan(std::string_view bytes, LinePart part) {
    if (!skip(bytes, part)) return Stop::need_more;
    if (bytes[scanned_] != '\r') return Stop::wrong_byte;
    if (scanned_ + 1 == bytes.size()) return Stop::need_more;
    if (bytes[scanned_ + 1] != '\n') return Stop::bare_cr;
    scanned_ += 2;
    return Stop::line;
  }

  /// The line that was found, without its CR LF; the next one begins behind it. REQUIRES: scan()
  /// just said `line`.
  std::string_view take(std::string_view bytes) {
    const std::string_view line = bytes.substr(line_begin_, scanned_ - 2 - line_begin_);
    line_begin_ = scanned_;
    return line;
  }

 private:
  std::size_t scanned_ = 0;
  std::size_t line_begin_ = 0;
};

/// What is wrong with that byte in a field line, in words.
const char* wrong_byte_words(char byte);

/// What is wrong where a CR has no LF behind it.
inline constexpr const char* kBareCrWords = "lines end with CR LF, not with CR alone";

/// Splits a field line, which is not empty, into `out`; null on success, else what is wrong with it
/// in words (RFC 9112 sections 5.1 and 5.2).
const char* read_field_line(std::string_view line, Field& out);

}  // namespace sallyport
