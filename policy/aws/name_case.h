// Names of header fields, parameters, members and actions, compared without regard to the case of
// ASCII letters: no locale, no Unicode. Pure; safe from any thread.
#pragma once

#include <algorithm>
#include <string_view>

namespace sallyport {

/// The letter in lower case; every other byte is itself.
constexpr char lower_case(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// The name, in whatever case it was sent, is `lower`. REQUIRES: `lower` is in lower case.
constexpr bool is_name(std::string_view name, std::string_view lower) {
  return name.size() == lower.size() &&
         std::equal(name.begin(), name.end(), lower.begin(),
                    [](char sent, char own) { return lower_case(sent) == own; });
}

/// An order of names in which those that differ in case alone are equal.
constexpr bool is_before_ignoring_case(std::string_view a, std::string_view b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [](char x, char y) { return lower_case(x) < lower_case(y); });
}

/// Both are the same name, in whatever case.
constexpr bool is_same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return lower_case(x) == lower_case(y);
         });
}

}  // namespace sallyport
