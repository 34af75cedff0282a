#include "policy/loader/pattern_cover.h"

#include <doctest/doctest.h>

namespace sallyport {
namespace {

HostPattern pattern(std::string_view text) {
  std::string error;
  auto parsed = HostPattern::parse(text, error);
  REQUIRE_MESSAGE(parsed, error);
  return *parsed;
}

TEST_CASE("a pattern covers another where every host of it matches") {
  struct Row {
    std::string_view outer, inner;
    bool covers, overlaps;
  };
  const Row rows[] = {
      {"a.example.org", "a.example.org", true, true},
      {"a.example.org", "b.example.org", false, false},
      {"*.example.org", "a.example.org", true, true},
      {"*.example.org", "a.b.example.org", true, true},
      {"*.example.org", "example.org", false, false},
      {"*.example.org", "xn--caf-dma.example.org", true, true},
      {"a.example.org", "*.example.org", false, true},
      {"*.example.org", "*.example.org", true, true},
      {"*.example.org", "*.b.example.org", true, true},
      {"*.b.example.org", "*.example.org", false, true},
      {"*.example.org", "*.example.net", false, false},
      {"a.*.example.org", "a.b.example.org", true, true},
      {"a.*.example.org", "a.*.example.org", true, true},
      {"a.*.example.org", "b.*.example.org", false, false},
      {"a.*.example.org", "a.b.c.example.org", false, false},
      {"a.*.example.org", "*.b.example.org", false, true},
      {"*.example.org", "a.*.example.org", true, true},
      {"a.*.example.org", "*.example.org", false, true},
      {"*.c.example.org", "a.b.example.org", false, false},
      {"*", "a.example.org", true, true},
      {"*", "*.example.org", true, true},
      {"*", "re:.*", true, true},
      {"*", "192.0.2.1", true, true},
      {"*.example.org", "*", false, true},
      {"192.0.2.1", "192.0.2.1", true, true},
      {"192.0.2.1", "192.0.2.2", false, false},
      {"192.0.2.1", "*.example.org", false, false},
      {"re:.*[.]example[.]org", "a.example.org", true, true},
      {"re:.*[.]example[.]org", "a.example.net", false, false},
      {"re:.*[.]example[.]org", "*.example.org", false, true},
      {"re:.*[.]example[.]org", "re:.*[.]example[.]org", true, true},
      {"re:.*[.]example[.]org", "re:.*[.]example[.]net", false, true},
      {"*.example.org", "re:a[.]example[.]org", false, true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.outer);
    CAPTURE(row.inner);
    CHECK(covers(pattern(row.outer), pattern(row.inner)) == row.covers);
    CHECK(may_overlap(pattern(row.outer), pattern(row.inner)) == row.overlaps);
    CHECK(may_overlap(pattern(row.inner), pattern(row.outer)) == row.overlaps);
  }
}

TEST_CASE("only a pattern that names one host has one") {
  CHECK(host_of(pattern("A.example.org"))->text() == "a.example.org");
  CHECK(host_of(pattern("[2001:DB8::1]"))->text() == "2001:db8::1");
  for (const std::string_view text : {"*", "*.example.org", "a.*.example.org", "re:a"}) {
    CAPTURE(text);
    CHECK_FALSE(host_of(pattern(text)));
  }
}

}  // namespace
}  // namespace sallyport
