#include "policy/aws/filled_pattern.h"

#include <initializer_list>
#include <string_view>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

FilledLabel label(std::initializer_list<FilledPart> parts) { return {.parts = parts}; }
FilledLabel literal(std::string_view text) { return label({FilledPart::of_literal(text)}); }

TEST_CASE("A composed label matches where the text can be cut into its parts") {
  const FilledLabel access_point =
      label({FilledPart::of_shape(TenantKind::access_point), FilledPart::of_literal("-"),
             FilledPart::of_shape(TenantKind::account)});
  CHECK(access_point.kind() == FilledLabel::Kind::composed);
  CHECK(matches(access_point, "my-ap-123456789012"));
  CHECK(matches(access_point, "1-123456789012"));
  CHECK_FALSE(matches(access_point, "-123456789012"));
  CHECK_FALSE(matches(access_point, "my-ap-12345678901"));
  CHECK_FALSE(matches(access_point, "my-ap-1234567890123"));
  CHECK_FALSE(matches(access_point, "123456789012"));
}

TEST_CASE("A part leaves out the values that it excepts") {
  FilledPart account = FilledPart::of_shape(TenantKind::account);
  account.except = {"111122223333"};
  CHECK(matches(label({account}), "999999999999"));
  CHECK_FALSE(matches(label({account}), "111122223333"));
  CHECK_FALSE(matches(label({account}), "abc"));
}

TEST_CASE("A region is one of a list, or has the shape of its partitions") {
  FilledPart region = FilledPart::of_region(PartitionSet::of(Partition::aws));
  CHECK(matches(label({region}), "us-east-1"));
  CHECK_FALSE(matches(label({region}), "us-gov-west-1"));
  region.one_of = {"eu-central-1"};
  CHECK(matches(label({region}), "eu-central-1"));
  CHECK_FALSE(matches(label({region}), "us-east-1"));
}

TEST_CASE("A leading wildcard stands for one or more labels, never for none") {
  const FilledPattern pattern{.leading_wildcard = true,
                              .labels = {literal("s3"), FilledLabel{}, literal("com")}};
  CHECK(pattern.text() == "*.s3.*.com");
  CHECK(matches(pattern, *Host::parse("a.s3.x.com")));
  CHECK(matches(pattern, *Host::parse("a.b.s3.x.com")));
  CHECK_FALSE(matches(pattern, *Host::parse("s3.x.com")));
  CHECK_FALSE(matches(pattern, *Host::parse("x.com")));
  CHECK_FALSE(matches(pattern, *Host::parse("a.s3.x.y.com")));
}

TEST_CASE("A pattern without a leading wildcard has as many labels as its hosts") {
  const FilledPattern pattern{.labels = {FilledLabel{}, literal("com")}};
  CHECK(matches(pattern, *Host::parse("a.com")));
  CHECK_FALSE(matches(pattern, *Host::parse("com")));
  CHECK_FALSE(matches(pattern, *Host::parse("b.a.com")));
}

}  // namespace
}  // namespace sallyport
