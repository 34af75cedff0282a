#include "policy/tools/aws_pins.h"

#include <utility>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

TEST_CASE("what pins a rule's buckets") {
  const auto pins_buckets = [](ValueCondition condition) {
    Rule rule;
    rule.values.push_back(std::move(condition));
    return AwsPins::of(rule).buckets;
  };
  CHECK(pins_buckets({ConditionKind::buckets, {"ml-data"}}));
  CHECK(pins_buckets({ConditionKind::expected_bucket_owner, {"111122223333"}}));
  CHECK(pins_buckets({ConditionKind::resources, {"arn:aws:s3:::ml-data/*", "arn:aws:s3:::b"}}));
  CHECK_FALSE(pins_buckets({ConditionKind::resources, {"arn:aws:s3:::ml-data*"}}));
  CHECK_FALSE(pins_buckets({ConditionKind::resources, {"arn:aws:s3:::b", "*"}}));
  CHECK_FALSE(pins_buckets({ConditionKind::resources, {"arn:aws:s3:::"}}));
  CHECK_FALSE(pins_buckets({ConditionKind::resources, {"arn:aws:s3:*:*:accesspoint/a"}}));
  CHECK(pins_buckets({ConditionKind::resources, {"arn:aws:s3:*:111122223333:accesspoint/a"}}));
  // What stands before the resource is no resource.
  CHECK_FALSE(pins_buckets({ConditionKind::resources, {"arn:::ml-data/*:s3:x:111122223333:*"}}));
  CHECK_FALSE(pins_buckets({ConditionKind::actions, {"s3:GetObject"}}));
}

}  // namespace
}  // namespace sallyport
