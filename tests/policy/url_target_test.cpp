#include "policy/url_target.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

std::vector<std::string> segments(std::string_view path, EncodedSlash encoded,
                                  RepeatedSlash repeated) {
  std::vector<std::string> all;
  PathSegments walk(path, encoded, repeated);
  while (const auto segment = walk.next()) all.emplace_back(*segment);
  return all;
}

using Segments = std::vector<std::string>;

TEST_CASE("a target is cut at its first question mark") {
  CHECK(UrlTarget::of("/a?b?c").path == "/a");
  CHECK(UrlTarget::of("/a?b?c").query == "b?c");
  CHECK(UrlTarget::of("/a?").query == "");
  CHECK_FALSE(UrlTarget::of("/a").query);
  CHECK(UrlTarget::of("*").path == "*");
}

TEST_CASE("segments of a path under each reading of its slashes") {
  constexpr auto data = EncodedSlash::is_data;
  constexpr auto separates = EncodedSlash::separates;
  constexpr auto empty = RepeatedSlash::is_empty_segment;
  constexpr auto one = RepeatedSlash::is_one;
  CHECK(segments("/", data, empty) == Segments{""});
  CHECK(segments("/a/b", data, empty) == Segments{"a", "b"});
  CHECK(segments("/a/", data, empty) == Segments{"a", ""});
  CHECK(segments("//a//b", data, empty) == Segments{"", "a", "", "b"});
  CHECK(segments("//a//b", data, one) == Segments{"a", "b"});
  CHECK(segments("/a//", data, one) == Segments{"a", ""});
  CHECK(segments("/a%2fb%2F", data, empty) == Segments{"a%2fb%2F"});
  CHECK(segments("/a%2fb%2F", separates, empty) == Segments{"a", "b", ""});
  CHECK(segments("/a/%2Fb", separates, one) == Segments{"a", "b"});
  CHECK(segments("/a%252Fb", separates, empty) == Segments{"a%252Fb"});
  CHECK(segments("", data, empty).empty());
}

TEST_CASE("text is decoded once") {
  CHECK(decodes_to("a%62c", "abc"));
  CHECK(decodes_to("", ""));
  CHECK(decodes_to("%2562", "%62"));
  CHECK_FALSE(decodes_to("%2562", "b"));
  CHECK_FALSE(decodes_to("ab", "abc"));
  CHECK_FALSE(decodes_to("abc", "ab"));
  CHECK_FALSE(decodes_to("a%6", "a%6"));
}

TEST_CASE("a glob fits decoded text; a broken escape fits a wildcard alone") {
  CHECK(fits_glob("", "*"));
  CHECK(fits_glob("%61b", "a*"));
  CHECK(fits_glob("aXbXc", "a*X*c"));
  CHECK(fits_glob("a%2Fb", "a*b"));
  CHECK_FALSE(fits_glob("ab", "a"));
  CHECK_FALSE(fits_glob("a", "ab"));
  CHECK_FALSE(fits_glob("a%", "a%"));
}

TEST_CASE("NUL and broken escapes are seen, plain and encoded") {
  CHECK(has_nul(std::string_view("a\0b", 3)));
  CHECK(has_nul("a%00"));
  CHECK_FALSE(has_nul("a%2500"));
  CHECK(has_broken_escape("%"));
  CHECK(has_broken_escape("%4"));
  CHECK(has_broken_escape("%4x"));
  CHECK_FALSE(has_broken_escape("%41"));
}

TEST_CASE("an ambiguous path is one without a single reading") {
  for (const char* const target : {"/..", "/.", "/a/../b", "/%2e%2E", "/a%2f..", "/a\\b", "/a;b",
                                   "/%3b", "/%5C", "/%", "/%00", "/%c0%ae", "/%e0%80%af"}) {
    CAPTURE(std::string(target));
    CHECK(is_ambiguous_path(target));
  }
  for (const char* const target :
       {"/", "*", "/a", "/...", "/a?..", "/a?x;%", "//", "/%2F", "/%252e%252e", "/%c3%a9"}) {
    CAPTURE(std::string(target));
    CHECK_FALSE(is_ambiguous_path(target));
  }
}

}  // namespace
}  // namespace sallyport
