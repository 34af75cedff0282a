#include "policy/values/utf8.h"

#include <string>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

TEST_CASE("UTF-8 has one spelling a character") {
  struct Row {
    std::string_view bytes;
    std::size_t length;
  };
  const Row rows[] = {
      {"a", 1},
      {"\x7f", 1},
      {"\xc2\x80", 2},
      {"\xdf\xbf", 2},
      {"\xe0\xa0\x80", 3},
      {"\xed\x9f\xbf", 3},
      {"\xee\x80\x80", 3},
      {"\xf0\x90\x80\x80", 4},
      {"\xf4\x8f\xbf\xbf", 4},
      {"", 0},
      {"\x80", 0},
      {"\xc0\xaf", 0},          // overlong '/'
      {"\xc1\xbf", 0},          // overlong
      {"\xe0\x9f\xbf", 0},      // overlong
      {"\xed\xa0\x80", 0},      // a surrogate
      {"\xf0\x8f\xbf\xbf", 0},  // overlong
      {"\xf4\x90\x80\x80", 0},  // beyond U+10FFFF
      {"\xf5\x80\x80\x80", 0},
      {"\xc2", 0},
      {"\xe2\x82", 0},
      {"\xe2\x82\x41", 0},
  };
  for (const Row& row : rows) {
    CAPTURE(row.bytes);
    CHECK(utf8_length(row.bytes) == row.length);
    const bool is_whole = row.length == row.bytes.size();
    CHECK(is_utf8(row.bytes) == is_whole);
    CHECK(is_utf8("a" + std::string(row.bytes) + "\xc3\xa9") == is_whole);
  }
}

}  // namespace
}  // namespace sallyport
