#include "policy/aws/region.h"

#include <string_view>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

struct Row {
  std::string_view label;
  std::string_view partition;  ///< empty: no region
};

constexpr Row kRows[] = {
    {"us-east-1", "aws"},
    {"ap-southeast-7", "aws"},
    {"mx-central-1", "aws"},
    {"eu-west-12", "aws"},  // not opened yet
    {"cn-north-1", "aws-cn"},
    {"us-gov-west-1", "aws-us-gov"},
    {"eusc-de-east-1", "aws-eusc"},
    {"us-iso-east-1", ""},  // partitions that have no public names
    {"us-isob-east-1", ""},
    {"xx-east-1", ""},
    {"us-east", ""},
    {"us-east-", ""},
    {"us--1", ""},
    {"us-east-1a", ""},
    {"us-east-1-2", ""},
    {"useast1", ""},
    {"eusc-fr-east-1", ""},
    {"aws-global", ""},
    {"", ""},
};

TEST_CASE("A label is a region of the partition whose shape it has") {
  for (const Row& row : kRows) {
    CAPTURE(row.label);
    const PartitionSet found = partition_of_region(row.label);
    CHECK(is_region(row.label) == !row.partition.empty());
    for (const Partition partition :
         {Partition::aws, Partition::aws_cn, Partition::aws_us_gov, Partition::aws_eusc}) {
      CHECK(found.contains(partition) == (text(partition) == row.partition));
    }
  }
}

TEST_CASE("Every known region has the shape of its partition") {
  CHECK(known_regions().size() == 39);
  for (const KnownRegion& region : known_regions()) {
    CAPTURE(region.name);
    CHECK(partition_of_region(region.name) == PartitionSet::of(region.partition));
    CHECK(is_known_region(region.name));
  }
  CHECK_FALSE(is_known_region("us-fake-1"));
}

TEST_CASE("what no region begins with") {
  for (const std::string_view begin : {"", "u", "us", "us-", "us-east-", "eusc-de-", "cn-", "e"}) {
    CAPTURE(begin);
    CHECK(may_begin_region(begin));
  }
  for (const std::string_view other : {"s3-", "s3", "x", "usa-", "-", "vpce-", "s3express-us-"}) {
    CAPTURE(other);
    CHECK_FALSE(may_begin_region(other));
  }
}

}  // namespace
}  // namespace sallyport
