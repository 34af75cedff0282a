// Classes of ASCII characters in credentials: no locale, no Unicode. Pure.
#pragma once

#include <algorithm>
#include <string_view>

namespace sallyport {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_alphanumeric(char c) { return is_digit(c) || is_lower(c) || is_upper(c); }
constexpr bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// A byte of base64, or of its URL-safe form, padding apart (RFC 9110 section 11.2, token68).
constexpr bool is_token68_byte(char c) {
  return is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~' || c == '+' || c == '/';
}

/// Some text, and every byte of it is of that class. The bound keeps what is shown short.
template <class Class>
constexpr bool is_all_of(std::string_view text, std::size_t bytes_max, Class is_one) {
  return !text.empty() && text.size() <= bytes_max && std::all_of(text.begin(), text.end(), is_one);
}

}  // namespace sallyport
