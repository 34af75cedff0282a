#include "policy/values/ascii.h"

#include <string_view>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

TEST_CASE("hexadecimal digits of either case have a value, and no other character") {
  constexpr std::string_view kLower = "0123456789abcdef";
  constexpr std::string_view kUpper = "0123456789ABCDEF";
  int digits = 0;
  for (int c = -128; c < 128; ++c) {
    const int value = hex_value(static_cast<char>(c));
    if (value < 0) continue;
    ++digits;
    const auto place = static_cast<std::size_t>(value);
    CHECK((kLower[place] == static_cast<char>(c) || kUpper[place] == static_cast<char>(c)));
  }
  CHECK(digits == 22);
}

TEST_CASE("texts are compared without regard to the case of ASCII letters alone") {
  CHECK(equal_ignoring_case("aB-1", "Ab-1"));
  CHECK_FALSE(equal_ignoring_case("a", "ab"));
  CHECK_FALSE(equal_ignoring_case("\xc3\xa4", "\xc3\x84"));
  CHECK_FALSE(equal_ignoring_case("[", "{"));
  CHECK(begins_ignoring_case("X-Amz-Date", "x-amz-"));
  CHECK_FALSE(begins_ignoring_case("x-am", "x-amz-"));
  CHECK(is_before_ignoring_case("A", "b"));
  CHECK(is_before_ignoring_case("a", "B"));
  CHECK_FALSE(is_before_ignoring_case("a", "A"));
}

}  // namespace
}  // namespace sallyport
