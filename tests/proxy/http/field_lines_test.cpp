#include "proxy/http/field_lines.h"

#include <string>

#include <doctest/doctest.h>

using namespace sallyport;

TEST_CASE("a field line is a token, a colon and a value without the space around it") {
  REQUIRE(split_field_line("Host: a"));
  CHECK(split_field_line("Host: a")->name == "Host");
  CHECK(split_field_line("Host:\t a b \t")->value == "a b");
  CHECK(split_field_line("X:")->value == "");
  CHECK(split_field_line("X: \t ")->value == "");
  CHECK(split_field_line("X:a:b")->value == "a:b");
  for (const char* line : {"", ":", ": a", "X", "X a", "X : a", " X: a", "X\t: a", "X/Y: a"}) {
    CAPTURE(line);
    CHECK_FALSE(split_field_line(line));
  }
}

TEST_CASE("fields are walked in their order and found whatever their case") {
  const FieldLines fields("Host: a\r\nX-One: 1\r\nx-one:  2 \r\nEmpty:\r\n");
  std::string walked;
  for (const Field& field : fields) {
    walked += std::string(field.name) + "=" + std::string(field.value) + ";";
  }
  CHECK(walked == "Host=a;X-One=1;x-one=2;Empty=;");
  CHECK(fields.find("X-ONE") == "1");
  CHECK(fields.count("X-One") == 2);
  CHECK(fields.find("empty") == "");
  CHECK_FALSE(fields.find("X-On"));
  CHECK(fields.count("hos") == 0);
  CHECK(FieldLines().empty());
  CHECK(FieldLines().begin() == FieldLines().end());
}
