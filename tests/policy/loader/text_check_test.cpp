#include "policy/loader/text_check.h"

#include <doctest/doctest.h>

namespace sallyport {
namespace {

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
