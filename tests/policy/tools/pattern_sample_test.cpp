#include "policy/tools/pattern_sample.h"

#include <doctest/doctest.h>

#include "policy/aws/fill.h"
#include "tests/policy/policy_builder.h"

namespace sallyport {
namespace {

TEST_CASE("a host stands for itself, and no label of it is a stranger's") {
  const PatternSample sample(pattern_of("a.example.org"));
  CHECK(sample.host == Host::parse("a.example.org"));
  CHECK_FALSE(sample.has_wild);
  CHECK(sample.is_wild == std::vector<bool>{false, false, false});
  CHECK(sample.name_from(1) == "example.org");
  CHECK(sample.wildcards.labels.size() == 3);
}

TEST_CASE("a wildcard stands for some name, and is open") {
  const PatternSample leading(pattern_of("*.example.org"));
  CHECK(leading.host == Host::parse("x.example.org"));
  CHECK(leading.has_wild);
  CHECK(leading.wildcards.leading_wildcard);
  CHECK(leading.name_from(0) == "example.org");

  const PatternSample within(pattern_of("sts.*.amazonaws.com"));
  CHECK(within.host == Host::parse("sts.us-east-1.amazonaws.com"));
  CHECK(within.is_wild == std::vector<bool>{false, true, false, false});
  CHECK(within.wildcards.labels[1] == "*");
}

TEST_CASE("each pattern of a built-in set that nobody filled has a host that it matches") {
  for (const char* set : {"aws-api", "s3", "aws-console"}) {
    for (const FilledPattern& each : fill(set, SetPlace::deny_hosts, {}, false).patterns) {
      const HostPattern pattern = HostPattern::of(each);
      const PatternSample sample(pattern);
      CAPTURE(pattern.text);
      REQUIRE(sample.host.has_value());
      CHECK(pattern.matches(*sample.host, true));
    }
  }
}

}  // namespace
}  // namespace sallyport
