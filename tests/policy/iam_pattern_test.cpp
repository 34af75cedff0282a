#include "policy/iam_pattern.h"

#include <doctest/doctest.h>

namespace sallyport {

TEST_CASE("actions match as IAM has it: `*` and `?` in the name, case aside") {
  struct Row {
    const char* pattern;
    const char* action;
    bool matches;
  };
  const Row rows[] = {
      {"s3:GetObject", "s3:GetObject", true},
      {"s3:getobject", "s3:GetObject", true},
      {"S3:GetObject", "s3:GetObject", true},
      {"s3:Get*", "s3:GetObject", true},
      {"s3:Get*", "s3:PutObject", false},
      {"s3:*Object", "s3:GetObject", true},
      {"s3:*Object", "s3:GetObjectAcl", false},
      {"s3:*Obj*", "s3:GetObjectAcl", true},
      {"s3:Get?bject", "s3:GetObject", true},
      {"s3:Get?", "s3:Get", false},
      {"s3:*", "s3:GetObject", true},
      {"s3:*", "s3express:CreateSession", false},
      {"*", "s3:GetObject", true},
      {"*:GetObject", "s3:GetObject", true},
      {"s3:GetObject", "s3:GetObjectAcl", false},
      {"s3:GetObjectAcl", "s3:GetObject", false},
      {"s3:***t", "s3:GetObject", true},
      {"", "s3:GetObject", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.pattern);
    CAPTURE(row.action);
    CHECK(action_matches(row.pattern, row.action) == row.matches);
  }
}

TEST_CASE("ARNs match part by part: a `*` crosses no colon before the resource") {
  struct Row {
    const char* pattern;
    const char* arn;
    bool matches;
  };
  const Row rows[] = {
      {"arn:aws:s3:::ml-data/*", "arn:aws:s3:::ml-data/a/b", true},
      {"arn:aws:s3:::ml-data/*", "arn:aws:s3:::ml-data", false},
      {"arn:aws:s3:::ml-data/*", "arn:aws:s3:::ml-data-2/a", false},
      {"arn:aws:s3:::ml-data*", "arn:aws:s3:::ml-data-of-a-stranger/a", true},
      {"arn:aws:s3:::ml-data", "arn:aws:s3:::ML-data", false},
      {"arn:aws:s3:::*/x", "arn:aws:s3:::ml-data/a/x", true},
      {"arn:*:s3:::ml-data", "arn:aws-cn:s3:::ml-data", true},
      {"arn:aws:sns:*:111122223333:t", "arn:aws:sns:eu-west-1:111122223333:t", true},
      {"arn:aws:sns:*:t", "arn:aws:sns:eu-west-1:111122223333:t", false},
      {"arn:aws:sns:us-east-1:*", "arn:aws:sns:us-east-1:999999999999:t", false},
      {"arn:aws:sns:us-east-1:*:*", "arn:aws:sns:us-east-1:999999999999:t", true},
      {"arn:aws:logs:*:*:log-group:*", "arn:aws:logs:eu-west-1:111122223333:log-group:a:b", true},
      {"*", "arn:aws:sns:us-east-1:999999999999:t", true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.pattern);
    CAPTURE(row.arn);
    CHECK(arn_matches(row.pattern, row.arn) == row.matches);
  }
}

TEST_CASE("a bucket is ruled out only where no object of it can match") {
  struct Row {
    const char* pattern;
    bool may;
  };
  const Row rows[] = {
      {"arn:aws:s3:::ml-data", true},
      {"arn:aws:s3:::ml-data/*", true},
      {"arn:aws:s3:::ml-data/a/b", true},
      {"arn:aws:s3:::ml-*", true},
      {"arn:aws:s3:::*", true},
      {"*", true},
      {"arn:aws:s3:::*/train/*", true},
      {"arn:aws:s3:::ml-*/train/*", true},
      {"arn:aws:s3:::ml-data?a", true},
      {"arn:aws:s3:::ml?data/x", true},
      {"arn:aws:s3:::ml-data-2", false},
      {"arn:aws:s3:::ml-dat", false},
      {"arn:aws:s3:::ml-dat/a", false},
      {"arn:aws:s3:::ml-data2/*", false},
      {"arn:aws:s3:::other/*", false},
      {"arn:aws:s3:::x*", false},
      {"arn:aws:sns:us-east-1:111122223333:t", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.pattern);
    CHECK(arn_may_be_of_bucket(row.pattern, "ml-data") == row.may);
  }
}

}  // namespace sallyport
