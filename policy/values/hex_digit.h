// Hexadecimal digits, of escapes and of chunk sizes. Pure.
#pragma once

namespace sallyport {

/// 0 to 15, of either case; -1 for every other character.
constexpr int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace sallyport
