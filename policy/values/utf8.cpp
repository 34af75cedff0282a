#include "policy/values/utf8.h"

#include <array>
#include <cstdint>

namespace sallyport {

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

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace sallyport
