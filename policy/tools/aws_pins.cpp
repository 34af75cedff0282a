#include "policy/tools/aws_pins.h"

#include <algorithm>
#include <string_view>

#include "policy/values/take_part.h"

namespace sallyport {
namespace {

bool has_wildcard(std::string_view pattern) {
  return pattern.find_first_of("*?") != std::string_view::npos;
}

/// `arn:aws:s3:::ml-data/*`: no wildcard can stand for the name of a bucket, nor for the account of
/// an access point.
bool names_one_bucket(std::string_view arn_pattern) {
  std::string_view account;
  for (int i = 0; i < 5; ++i) account = take_until(arn_pattern, ':');
  const std::string_view bucket = take_until(arn_pattern, '/');
  return !bucket.empty() && !has_wildcard(bucket) && !has_wildcard(account);
}

}  // namespace

AwsPins AwsPins::of(const Rule& rule) {
  AwsPins pins;
  for (const ValueCondition& each : rule.values) {
    switch (each.kind) {
      case ConditionKind::principal_accounts:
        pins.signer = true;
        break;
      case ConditionKind::buckets:
      case ConditionKind::expected_bucket_owner:
        pins.buckets = true;
        break;
      case ConditionKind::resources:
        pins.buckets =
            pins.buckets || std::all_of(each.values.begin(), each.values.end(), names_one_bucket);
        break;
      default:
        break;
    }
  }
  return pins;
}

}  // namespace sallyport
