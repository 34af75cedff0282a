#include "policy/pattern_regions.h"

#include <doctest/doctest.h>

#include "policy/aws/fill.h"
#include "tests/policy/policy_builder.h"

namespace sallyport {
namespace {

/// How many patterns of a set are left in these regions.
std::size_t left(std::string_view set, const std::vector<std::string>& regions) {
  std::size_t count = 0;
  for (const FilledPattern& each : fill(set, SetPlace::routes, {}, false).patterns) {
    HostPattern pattern = HostPattern::of(each);
    if (shows_region(pattern) && restrict_to(pattern, regions)) ++count;
  }
  return count;
}

TEST_CASE("patterns that show a region keep those that are asked for") {
  CHECK(left("sts", {"us-east-1"}) > 0);
  CHECK(left("sts", {"us-east-1", "cn-north-1"}) > left("sts", {"us-east-1"}));
  HostPattern pattern = pattern_of("sts.us-east-1.amazonaws.com");
  CHECK_FALSE(shows_region(pattern));
  CHECK(restrict_to(pattern, {"eu-west-1"}));  // it says nothing of one
}

TEST_CASE("what is left matches hosts of those regions alone") {
  for (const FilledPattern& each : fill("sts", SetPlace::routes, {}, false).patterns) {
    HostPattern pattern = HostPattern::of(each);
    if (!shows_region(pattern) || !restrict_to(pattern, {"us-east-1"})) continue;
    CHECK_FALSE(pattern.matches(*Host::parse("sts.eu-west-1.amazonaws.com"), true));
    CHECK_FALSE(restrict_to(pattern, {"eu-west-1"}));
  }
}

TEST_CASE("listed regions are written out, in labels that hold more too") {
  std::size_t count = 0;
  for (const FilledPattern& each :
       fill("s3", SetPlace::allow_hosts, {.regions = {{"us-east-1", "eu-west-1"}}}, false)
           .patterns) {
    const HostPattern pattern = HostPattern::of(each);
    if (!shows_region(pattern)) {
      CHECK(in_each_region(pattern).size() == 1);
      continue;
    }
    for (const HostPattern& one : in_each_region(pattern)) {
      CAPTURE(pattern.text);
      CHECK_FALSE(shows_region(one));
      for (const PatternLabel& label : one.labels) {
        CHECK((label.parts.size() < 2 || label.kind() == PatternLabel::Kind::composed));
      }
      ++count;
    }
  }
  CHECK(count > 10);
  CHECK(in_each_region(pattern_of("*")).size() == 1);
}

}  // namespace
}  // namespace sallyport
