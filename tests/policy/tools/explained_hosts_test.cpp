#include "policy/tools/explained_hosts.h"

#include <string>

#include <doctest/doctest.h>

#include "policy/aws/region.h"

namespace sallyport {
namespace {

std::string names(std::optional<std::vector<std::string>> regions) {
  OrganizationLabels organization;
  organization.regions = std::move(regions);
  std::string text;
  for (const InterceptedHost& each : explained_hosts(organization, Mark{2, 84})) {
    CHECK(each.rule.empty());
    CHECK(each.mark == Mark{2, 84});
    text += (text.empty() ? "" : " ") + each.pattern.text;
  }
  return text;
}

TEST_CASE("what is explained are all API hosts of the partitions that are in use") {
  using Regions = std::vector<std::string>;
  CHECK(names(std::nullopt) ==
        "*.amazonaws.com *.api.aws *.on.aws *.public.ecr.aws *.signin.aws.amazon.com");
  CHECK(names(Regions{"us-east-1"}) == names(std::nullopt));
  CHECK(names(Regions{"cn-north-1"}) ==
        "*.amazonaws.com.cn *.api.amazonwebservices.com.cn *.on.amazonwebservices.com.cn "
        "*.public.ecr.aws *.signin.amazonaws.cn");
  CHECK(names(Regions{"us-east-1", "eusc-de-east-1"}) ==
        "*.amazonaws.com *.amazonaws.eu *.api.amazonwebservices.eu *.api.aws "
        "*.on.amazonwebservices.eu *.on.aws *.public.ecr.aws *.signin.aws.amazon.com");
}

TEST_CASE("each region's partition has hosts to explain") {
  for (const KnownRegion& region : known_regions()) {
    CAPTURE(region.name);
    CHECK_FALSE(names(std::vector{std::string(region.name)}).empty());
  }
}

}  // namespace
}  // namespace sallyport
