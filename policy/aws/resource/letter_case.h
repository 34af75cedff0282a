// Text compared without the case of its ASCII letters. Pure.
#pragma once

#include <algorithm>
#include <string_view>

namespace sallyport {

/// The letter in lower case; any other byte as it is.
constexpr char lower_letter(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

inline bool is_equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower_letter(x) == lower_letter(y); });
}

/// An order of texts in which those that differ in case alone are equal.
inline bool is_before_ignoring_case(std::string_view a, std::string_view b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return lower_letter(x) < lower_letter(y);
  });
}

}  // namespace sallyport
