#include "policy/aws/percent.h"

#include <string>
#include <string_view>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

TEST_CASE("A text is decoded once; a broken escape or NUL is no text") {
  CHECK(percent_decoded("") == "");
  CHECK(percent_decoded("a b+c") == "a b+c");
  CHECK(percent_decoded("%41%2f%2F%7e") == "A//~");
  CHECK(percent_decoded("%2541") == "%41");
  CHECK(percent_decoded("%c3%A4") == "\xc3\xa4");
  for (const auto* text : {"%", "%4", "%4g", "%g4", "a%", "%%41", "%00", "%+1"}) {
    CAPTURE(text);
    CHECK_FALSE(percent_decoded(text));
  }
  CHECK_FALSE(percent_decoded(std::string_view("a\0b", 3)));
}

TEST_CASE("Letters and digits are never encoded by an SDK") {
  CHECK(encodes_letters("%41"));
  CHECK(encodes_letters("a=b&%74agging"));
  CHECK(encodes_letters("%2F%30"));
  CHECK_FALSE(encodes_letters(""));
  CHECK_FALSE(encodes_letters("tagging%2F%3A%c3%A4%7E%20"));
  CHECK_FALSE(encodes_letters("%4"));
}

TEST_CASE("A plain path has one reading, whoever reads it") {
  for (const auto* path : {"/", "/a", "/a/", "/a//b", "/a%2Fb", "/a%3Ab%20c", "/a.b", "/..a",
                           "/...", "/a%7Eb", "/%C3%A4", "/a+b", "/a%2F"}) {
    CAPTURE(path);
    CHECK(is_plain_path(path));
  }
  for (const auto* path :
       {"/.", "/..", "/a/./b", "/a/../b", "/a/..", "/%2e", "/%2E%2E/a", "/.%2e", "/a%2F..%2Fb",
        "/a%2F.", "/a%5C..", "/a;b", "/a\\b", "/%61", "/%", "/%4", "/%zz", "/%00"}) {
    CAPTURE(path);
    CHECK_FALSE(is_plain_path(path));
  }
}

}  // namespace
}  // namespace sallyport
