#include "policy/loader/text_check.h"

#include <array>
#include <cstdint>
#include <string>

namespace sallyport {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

std::string hex(unsigned char byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  return {'0', 'x', kDigits[byte >> 4U], kDigits[byte & 15U]};
}

/// What is wrong with the character at the front, `""` if nothing; `length` is its length.
std::string fault_at(std::string_view text, std::size_t& length) {
  const auto byte = static_cast<unsigned char>(text.front());
  length = utf8_length(text);
  if (length == 0) return "byte " + hex(byte) + " is not UTF-8; save the file as UTF-8";
  const bool is_line_end = byte == '\n' || (byte == '\r' && text.substr(1, 1) == "\n");
  if (byte == '\r' && !is_line_end) return "a carriage return without a line feed; end lines by LF";
  if ((byte < 0x20 && byte != '\t' && !is_line_end) || byte == 0x7f) {
    return "control byte " + hex(byte) + "; take it out";
  }
  // U+0085, U+2028, U+2029 are line breaks to some readers and not to others.
  const std::string_view character = text.substr(0, length);
  if (character == "\xc2\x85" || character == "\xe2\x80\xa8" || character == "\xe2\x80\xa9") {
    return "a Unicode line separator; end lines by LF";
  }
  return {};
}

}  // namespace

std::size_t utf8_length(std::string_view text) {
  struct Row {
    std::uint8_t first, last;  // the lead byte
    std::uint8_t second_min, second_max;
    std::size_t length;
  };
  // RFC 3629 section 4.
  constexpr std::array<Row, 9> kRows{{{0x00, 0x7f, 0, 0, 1},
                                      {0xc2, 0xdf, 0x80, 0xbf, 2},
                                      {0xe0, 0xe0, 0xa0, 0xbf, 3},
                                      {0xe1, 0xec, 0x80, 0xbf, 3},
                                      {0xed, 0xed, 0x80, 0x9f, 3},
                                      {0xee, 0xef, 0x80, 0xbf, 3},
                                      {0xf0, 0xf0, 0x90, 0xbf, 4},
                                      {0xf1, 0xf3, 0x80, 0xbf, 4},
                                      {0xf4, 0xf4, 0x80, 0x8f, 4}}};
  if (text.empty()) return 0;
  const auto at = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  for (const Row& row : kRows) {
    if (at(0) < row.first || at(0) > row.last) continue;
    if (text.size() < row.length) return 0;
    if (row.length > 1 && (at(1) < row.second_min || at(1) > row.second_max)) return 0;
    for (std::size_t i = 2; i < row.length; ++i) {
      if (at(i) < 0x80 || at(i) > 0xbf) return 0;
    }
    return row.length;
  }
  return 0;
}

bool check_text(std::string_view text, std::string_view file, Diagnostics& diagnostics,
                std::size_t bytes_max) {
  if (text.size() > bytes_max) {
    diagnostics.error_in(file, {},
                         "the file has more than " + std::to_string(bytes_max / (1024 * 1024)) +
                             " MiB; a longer one is not read");
    return false;
  }
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    diagnostics.error_in(file, {}, "a byte order mark; save the file as UTF-8 without one");
    return false;
  }
  Mark mark;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] >= 0x20 && text[i] < 0x7f) {  // most of every file
      ++mark.column;
      ++i;
      continue;
    }
    std::size_t length = 0;
    if (std::string fault = fault_at(text.substr(i), length); !fault.empty()) {
      diagnostics.error_in(file, mark, std::move(fault));
      return false;
    }
    if (text[i] == '\n') {
      mark = {mark.line + 1, 1};
    } else {
      mark.column += static_cast<std::uint32_t>(length);
    }
    i += length;
  }
  return true;
}

}  // namespace sallyport
