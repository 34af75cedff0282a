// What somebody wrote, as messages show it. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace sallyport {

/// Of a longer text the beginning is enough to find it by.
inline constexpr std::size_t kQuotedBytesMax = 80;

/// `text` in single quotes, cut where it is long, on one line.
inline std::string quoted(std::string_view text) {
  std::string shown(text.substr(0, kQuotedBytesMax));
  if (text.size() > kQuotedBytesMax) shown += "...";
  // Line ends of block scalars would break the one line of a message.
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return c >= 0 && c < ' '; }, ' ');
  return "'" + shown + "'";
}

}  // namespace sallyport
