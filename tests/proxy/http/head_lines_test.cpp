#include "proxy/http/head_lines.h"

#include <string>

#include <doctest/doctest.h>

using namespace sallyport;

TEST_CASE("each byte stands where HTTP allows it and nowhere else") {
  const std::string method = "!$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (int i = 0; i < 256; ++i) {
    CAPTURE(i);
    const char byte = static_cast<char>(i);
    const bool is_printable = i >= 0x20 && i < 0x7f;
    CHECK(may_stand(byte, LinePart::method) == (method.find(byte) != std::string::npos));
    CHECK(may_stand(byte, LinePart::request_line) == is_printable);
    CHECK(may_stand(byte, LinePart::fields) == (is_printable || i == '\t' || i >= 0x80));
  }
}

TEST_CASE("lines are found as their bytes come") {
  using Stop = HeadLines::Stop;
  const std::string bytes = "a: b\r\n\r\nc\rd";
  HeadLines lines;
  for (std::size_t size = 0; size < 6; ++size) {
    CHECK(lines.scan(std::string_view(bytes).substr(0, size), LinePart::fields) == Stop::need_more);
  }
  CHECK(lines.scanned() == 4);
  REQUIRE(lines.scan(std::string_view(bytes).substr(0, 6), LinePart::fields) == Stop::line);
  CHECK(lines.scanned() == 6);
  CHECK(lines.take(bytes) == "a: b");
  REQUIRE(lines.scan(bytes, LinePart::fields) == Stop::line);
  CHECK(lines.take(bytes).empty());
  CHECK(lines.scan(bytes, LinePart::fields) == Stop::bare_cr);
  CHECK(lines.scanned() == 9);
}

TEST_CASE("a scan that skips whole words ends where one that looks at each byte does") {
  for (const LinePart part : {LinePart::request_line, LinePart::fields}) {
    for (std::size_t place = 0; place < 24; ++place) {
      for (int i = 0; i < 256; ++i) {
        CAPTURE(place);
        CAPTURE(i);
        std::string bytes(24, '~');
        bytes[place] = static_cast<char>(i);
        HeadLines lines;
        const bool has_other = lines.skip(bytes, part);
        CHECK(has_other == !may_stand(bytes[place], part));
        CHECK(lines.scanned() == (has_other ? place : bytes.size()));
      }
    }
  }
}

TEST_CASE("a scan ends at the byte that may not stand there") {
  HeadLines lines;
  CHECK(lines.scan("ab\ncd\r\n", LinePart::fields) == HeadLines::Stop::wrong_byte);
  CHECK(lines.scanned() == 2);
  HeadLines skipping;
  CHECK_FALSE(skipping.skip("GE", LinePart::method));
  CHECK(skipping.skip("GET /", LinePart::method));
  CHECK(skipping.scanned() == 3);
}

TEST_CASE("what is wrong with a field line is said") {
  Field field;
  CHECK(read_field_line("X-a:  b ", field) == nullptr);
  CHECK(field.name == "X-a");
  CHECK(field.value == "b");
  for (const char* folded : {" x: y", "\tx: y"}) {
    CHECK(std::string_view(read_field_line(folded, field)) ==
          "a field stands on one line; folded lines are refused");
  }
  for (const char* wrong : {"x", ": y", "x : y", "x y: z"}) {
    CHECK(std::string_view(read_field_line(wrong, field)) ==
          "a field line is a name, a colon at once behind it, and a value");
  }
  CHECK(std::string_view(wrong_byte_words('\n')) == "lines end with CR LF, not with LF alone");
  CHECK(std::string_view(wrong_byte_words('\0')) == "a head holds no NUL");
  CHECK(std::string_view(wrong_byte_words('\x01')) == "a field holds no control bytes");
}
