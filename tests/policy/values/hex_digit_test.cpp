#include "policy/values/hex_digit.h"

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

}  // namespace
}  // namespace sallyport
