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

/// A label of literals and regions before `.amazonaws.com`.
HostPattern of_label(std::vector<FilledPart> parts) {
  FilledPattern filled;
  filled.labels = {{std::move(parts)},
                   {{FilledPart::of_literal("amazonaws")}},
                   {{FilledPart::of_literal("com")}}};
  return HostPattern::of(filled);
}

TEST_CASE("labels with regions in them meet where some region makes them the same") {
  const FilledPart any_region = FilledPart::of_region(PartitionSet::of(Partition::aws));
  FilledPart own = any_region;
  own.one_of = {"us-east-1"};
  FilledPart others = any_region;
  others.one_of = {"us-east-1", "eu-west-1"};
  const FilledPart s3 = FilledPart::of_literal("s3-");
  CHECK_FALSE(may_overlap(of_label({any_region}), of_label({s3, any_region})));
  CHECK_FALSE(may_overlap(of_label({s3, own}), of_label({any_region})));
  CHECK(may_overlap(of_label({any_region}), of_label({FilledPart::of_literal("us-"), any_region})));
  CHECK(may_overlap(of_label({s3, own}), of_label({s3, any_region})));
  CHECK(covers(of_label({s3, any_region}), of_label({s3, own})));
  CHECK(covers(of_label({s3, others}), of_label({s3, own})));
  CHECK_FALSE(covers(of_label({s3, own}), of_label({s3, others})));
  CHECK_FALSE(covers(of_label({s3, own}), of_label({s3, any_region})));
  CHECK_FALSE(covers(of_label({any_region}), of_label({s3, any_region})));
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
