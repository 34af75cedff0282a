// Classes of ASCII characters in credentials: no locale, no Unicode. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "policy/values/ascii.h"

namespace sallyport {

/// A class of characters; a bit each, so that one table tells them all.
enum class CharacterClass : std::uint16_t {
  digit = 1,
  hex = 2,
  base32 = 4,         ///< RFC 4648 section 6, upper case
  word = 8,           ///< of an access key id
  region = 16,        ///< of a region
  service = 32,       ///< of a signing name: a few have upper-case letters (IoTSecuredTunneling)
  token = 64,         ///< of a field name (RFC 9110 section 5.6.2)
  lower_token = 128,  ///< the same in lower case, as SignedHeaders has them
  token68 = 256,      ///< base64 or its URL-safe form, padding apart (RFC 9110 section 11.2)
  boundary = 512,     ///< of a multipart boundary (RFC 2046 section 5.1.1), space apart
};

/// The classes of each byte.
inline constexpr auto kCharacterClasses = [] {
  using enum CharacterClass;
  std::array<std::uint16_t, 256> classes{};
  const auto add = [&classes](CharacterClass one, std::string_view marks, auto is_of) {
    for (std::size_t i = 0; i < 128; ++i) {
      const char c = static_cast<char>(i);
      if (!is_of(c) && marks.find(c) == std::string_view::npos) continue;
      classes[i] = static_cast<std::uint16_t>(classes[i] | static_cast<std::uint16_t>(one));
    }
  };
  constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";
  const auto is_lower_or_digit = [](char c) { return is_lower(c) || is_digit(c); };
  add(digit, "", is_digit);
  add(hex, "abcdefABCDEF", is_digit);
  add(base32, "234567", is_upper);
  add(word, "_", is_alphanumeric);
  add(region, "-", is_lower_or_digit);
  add(service, "-", is_alphanumeric);
  add(token, kTokenMarks, is_alphanumeric);
  add(lower_token, kTokenMarks, is_lower_or_digit);
  add(token68, "-._~+/", is_alphanumeric);
  add(boundary, "'()+_,-./:=?", is_alphanumeric);
  return classes;
}();

constexpr bool is_of(char c, CharacterClass one) {
  return (kCharacterClasses[static_cast<unsigned char>(c)] & static_cast<unsigned>(one)) != 0;
}

/// Some text, and every byte of it is of that class. The bound keeps what is shown short.
constexpr bool is_all_of(std::string_view text, std::size_t bytes_max, CharacterClass one) {
  if (text.empty() || text.size() > bytes_max) return false;
  unsigned shared = static_cast<unsigned>(one);
  const auto classes = [&text](std::size_t i) -> unsigned {
    return kCharacterClasses[static_cast<unsigned char>(text[i])];
  };
  std::size_t i = 0;
  // Four at a time: half of the time that a signed head takes is spent here.
  for (; i + 4 <= text.size(); i += 4) {
    shared &= classes(i) & classes(i + 1) & classes(i + 2) & classes(i + 3);
  }
  for (; i < text.size(); ++i) shared &= classes(i);
  return shared != 0;
}

}  // namespace sallyport
