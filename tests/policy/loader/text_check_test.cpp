#include "policy/loader/text_check.h"

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
  }
}

TEST_CASE("the first unreadable byte of a file is told with its place") {
  struct Row {
    std::string_view text;
    std::string_view error;  ///< empty: none
  };
  const Row rows[] = {
      {"", ""},
      {"plain\ttext\r\nand more\n", ""},
      {"a\nb\xff", "f:2:2: byte 0xff is not UTF-8; save the file as UTF-8"},
      {"\xc3\xa9\x01", "f:1:3: control byte 0x01; take it out"},
      {"a\x7f", "f:1:2: control byte 0x7f; take it out"},
      {"a\rb", "f:1:2: a carriage return without a line feed; end lines by LF"},
      {"a\r", "f:1:2: a carriage return without a line feed; end lines by LF"},
      {"\xef\xbb\xbf"
       "a",
       "f:1:1: a byte order mark; save the file as UTF-8 without one"},
      {"a\xc2\x85", "f:1:2: a Unicode line separator; end lines by LF"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    Diagnostics diagnostics("f");
    CHECK(check_text(row.text, "f", diagnostics) == row.error.empty());
    const auto errors = diagnostics.errors();
    REQUIRE(errors.size() == (row.error.empty() ? 0 : 1));
    if (!errors.empty()) CHECK(errors[0].text() == row.error);
  }
  Diagnostics diagnostics("f");
  CHECK_FALSE(check_text(std::string_view("a\0b", 3), "f", diagnostics));
}

}  // namespace
}  // namespace sallyport
