#include "policy/loader/text_check.h"

#include <string>

#include "policy/values/utf8.h"

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
