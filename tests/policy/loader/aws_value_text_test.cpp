#include "policy/loader/aws_value_text.h"

#include <doctest/doctest.h>

namespace sallyport {

TEST_CASE("the values of an aws block") {
  struct Row {
    std::optional<std::string> (*parse)(std::string_view, std::string&);
    std::string_view text;
    bool is_right;
  };
  const Row rows[] = {
      {parse_bucket, "ml-data", true},
      {parse_bucket, "my.bucket", true},
      {parse_bucket, "b1--use1-az4--x-s3", true},
      {parse_bucket, "ab", false},
      {parse_bucket, "ml-data-", false},
      {parse_bucket, "a..b", false},
      {parse_bucket, "ml/data", false},
      {parse_bucket, "ml-dat?", false},
      {parse_region, "us-east-1", true},
      {parse_region, "cn-north-1", true},
      {parse_region, "*", false},
      {parse_service, "s3", true},
      {parse_service, "sagemaker", true},
      {parse_service, "S3", false},
      {parse_action, "s3:GetObject", true},
      {parse_action, "s3:*", true},
      {parse_action, "execute-api:Invoke", true},
      {parse_action, "*", true},
      {parse_action, "s3:", false},
      {parse_action, ":GetObject", false},
      {parse_action, "s3:Get Object", false},
      {parse_arn_pattern, "arn:aws:s3:::ml-data/*", true},
      {parse_arn_pattern, "arn:*:s3:::ml-data", true},
      {parse_arn_pattern, "arn:aws:sns:us-east-1:111122223333:topic", true},
      {parse_arn_pattern, "*", true},
      {parse_arn_pattern, "arn:aws:s3:::", false},
      {parse_arn_pattern, "arn:aws:s3:ml-data", false},
      {parse_arn_pattern, "s3://ml-data", false},
      {parse_signature, "sigv4-query", true},
      {parse_signature, "unknown", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    std::string error;
    CHECK(row.parse(row.text, error).has_value() == row.is_right);
    CHECK(error.empty() == row.is_right);
  }
}

TEST_CASE("an account is quoted, so that its zeros stay") {
  YamlNode node;
  std::string error;
  node.text = "012345678901";
  CHECK_FALSE(parse_account(node, error));
  node.is_quoted = true;
  CHECK(parse_account(node, error) == "012345678901");
  node.text = "12345678901";
  CHECK_FALSE(parse_account(node, error));
}

}  // namespace sallyport
