// The byte classes of HTTP/1.x heads (RFC 9110 section 5.6, RFC 9112). Pure functions over views;
// nothing is kept.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "policy/values/ascii.h"

namespace sallyport {

/// 0x80 to 0xff: obs-text, which only field values may hold (RFC 9110 section 5.5).
constexpr bool is_obs_text(char byte) { return static_cast<unsigned char>(byte) >= 0x80; }

/// 0x21 to 0x7e.
constexpr bool is_visible(char byte) { return byte >= 0x21 && byte <= 0x7e; }

/// How many bytes at the front are 0x20 to 0x7e for sure: whole words of eight, for speed.
inline std::size_t printable_words(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  std::size_t run = 0;
  for (std::uint64_t word; run + sizeof word <= text.size(); run += sizeof word) {
    std::memcpy(&word, text.data() + run, sizeof word);
    // Of each byte the high bit: set below 0x20, at 0x7f, and from 0x80 on. Above such a byte it
    // may be set for no cause, which ends the run early and harms nothing.
    const std::uint64_t deleted = word ^ 0x7f * kOnes;
    const std::uint64_t odd = (word - 0x20 * kOnes) | (deleted - kOnes) | word;
    if ((odd & 0x80 * kOnes) != 0) break;
  }
  return run;
}

/// For each byte whether it is a `tchar`.
inline constexpr std::array<bool, 256> kTokenBytes = [] {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  std::array<bool, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    const char byte = static_cast<char>(i);
    table[i] = is_alphanumeric(byte) || kMarks.find(byte) != std::string_view::npos;
  }
  return table;
}();

/// `tchar` of RFC 9110 section 5.6.2.
constexpr bool is_token_byte(char byte) { return kTokenBytes[static_cast<unsigned char>(byte)]; }

/// Methods are tokens, here without lower-case letters and `#`. Case matters in them (RFC 9110
/// section 9.1), but some origins fold it: `put` would then pass a rule that denies PUT.
constexpr bool is_method_byte(char byte) {
  return is_token_byte(byte) && !is_lower(byte) && byte != '#';
}

/// One or more token bytes.
constexpr bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_byte);
}

constexpr bool is_blank(char byte) { return byte == ' ' || byte == '\t'; }

/// Without spaces and tabs around (OWS of RFC 9110 section 5.6.3).
constexpr std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace sallyport
