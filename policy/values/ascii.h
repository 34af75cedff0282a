// ASCII characters and comparison: no locale, no Unicode. Every byte from 0x80 on is itself. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace sallyport {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_alphanumeric(char c) { return is_digit(c) || is_lower(c) || is_upper(c); }

/// One or more digits.
constexpr bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

/// Of a hexadecimal digit of either case, 0 to 15; -1 for every other character.
constexpr int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The letter in lower case; every other byte is itself.
constexpr char to_lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

/// Equal but for the case of letters.
constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i] && to_lower(a[i]) != to_lower(b[i])) return false;
  }
  return true;
}

/// `text` begins with `begin`, but for the case of letters.
constexpr bool begins_ignoring_case(std::string_view text, std::string_view begin) {
  return equal_ignoring_case(text.substr(0, begin.size()), begin);
}

/// An order in which texts that differ in case alone are equal.
constexpr bool is_before_ignoring_case(std::string_view a, std::string_view b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [](char x, char y) { return to_lower(x) < to_lower(y); });
}

}  // namespace sallyport
