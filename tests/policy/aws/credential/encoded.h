// Base64 for what the tests of credentials make up. Used by them alone.
#pragma once

#include <string>
#include <string_view>

namespace sallyport::test {

/// RFC 4648 section 4, with padding.
inline std::string base64(std::string_view bytes) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  unsigned bits = 0;
  unsigned count = 0;
  for (const char c : bytes) {
    bits = (bits << 8U | static_cast<unsigned char>(c)) & 0xffffU;
    for (count += 8; count >= 6; count -= 6) text += kAlphabet[bits >> (count - 6U) & 63U];
  }
  if (count > 0) text += kAlphabet[bits << (6U - count) & 63U];
  while (text.size() % 4 != 0) text += '=';
  return text;
}

}  // namespace sallyport::test
