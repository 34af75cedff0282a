#include "policy/aws/request/shown_resources.h"

#include <doctest/doctest.h>

namespace sallyport {
namespace {

using Depth = ShownResources::Depth;

constexpr MemberKinds kArn{MemberKinds::arn};
constexpr MemberKinds kMaybeArn{MemberKinds::maybe_arn};
constexpr MemberKinds kAccount{MemberKinds::account};
constexpr MemberKinds kLocation{MemberKinds::s3_uri};
constexpr MemberKinds kBucket{MemberKinds::bucket};
constexpr MemberKinds kBucketOrLocation{MemberKinds::bucket | MemberKinds::s3_uri};
constexpr MemberKinds kQueue{MemberKinds::queue_url};
constexpr MemberKinds kImage{MemberKinds::image_uri};
constexpr MemberKinds kAnything{MemberKinds::anything};
constexpr MemberKinds kPath{MemberKinds::bucket_path};
constexpr MemberKinds kHost{MemberKinds::bucket_host};
constexpr MemberKinds kRegistry{MemberKinds::registry};

std::string joined(const ShownTexts& values) {
  std::string text;
  for (const std::string& each : values) text += (text.empty() ? "" : " ") + each;
  return text;
}

/// What a value makes of a request of that service: `acts A, refers B, bucket C, arn D`.
std::string shown(std::string_view service, MemberKinds kinds, std::string_view value,
                  Depth depth) {
  ShownResources resources(service);
  resources.add(kinds, value, depth);
  std::string text;
  const auto say = [&](const char* what, const ShownTexts& values) {
    if (values.empty()) return;
    text += (text.empty() ? "" : ", ") + std::string(what) + " " + joined(values);
  };
  say("acts", resources.acted_accounts);
  say("refers", resources.referenced_accounts);
  say("bucket", resources.buckets);
  say("arn", resources.arns);
  if (resources.has_untold) text += text.empty() ? "untold" : ", untold";
  return text;
}

TEST_CASE("what a request acts on is told from what it only refers to") {
  struct Row {
    const char* service;
    MemberKinds kinds;
    const char* value;
    Depth depth;
    const char* shown;
  };
  const Row rows[] = {
      {"sns", kArn, "arn:aws:sns:us-east-1:999999999999:t", Depth::top,
       "acts 999999999999, arn arn:aws:sns:us-east-1:999999999999:t"},
      {"dynamodb", kArn, "arn:aws:dynamodb:us-east-1:999999999999:table/t", Depth::deep,
       "acts 999999999999, arn arn:aws:dynamodb:us-east-1:999999999999:table/t"},
      {"sagemaker", kArn, "arn:aws:iam::999999999999:role/r", Depth::top, "refers 999999999999"},
      {"sts", kArn, "arn:aws:iam::999999999999:role/r", Depth::top,
       "acts 999999999999, arn arn:aws:iam::999999999999:role/r"},
      {"lambda", kArn, "arn:aws:kms:us-east-1:999999999999:key/k", Depth::deep,
       "refers 999999999999"},
      {"tag", kArn, "arn:aws:sqs:us-east-1:999999999999:q", Depth::head,
       "acts 999999999999, arn arn:aws:sqs:us-east-1:999999999999:q"},
      // AWS's own, in a body, is only referred to.
      {"sagemaker", kArn, "arn:aws:sagemaker:us-east-1:763104351884:algorithm/a", Depth::deep,
       "refers 763104351884"},
      {"iam", kArn, "arn:aws:iam::aws:policy/ReadOnlyAccess", Depth::top, "refers aws"},
      {"sagemaker", kImage, "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch:2", Depth::deep,
       "refers 763104351884"},
      {"sqs", kQueue, "https://sqs.us-east-1.amazonaws.com/999999999999/q", Depth::top,
       "acts 999999999999"},
      {"sqs", kQueue, "q", Depth::top, ""},
      {"ec2", kAccount, "999999999999", Depth::top, "acts 999999999999"},
      {"ec2", kAccount, "999999999999", Depth::deep, "refers 999999999999"},
      {"ec2", kAccount, "self", Depth::top, ""},
      {"sagemaker", kLocation, "s3://a-bucket/key", Depth::deep, "bucket a-bucket"},
      {"sagemaker", kLocation, "https://s3.us-east-1.amazonaws.com/a-bucket/key", Depth::deep,
       "bucket a-bucket"},
      {"sagemaker", kLocation, "https://a-bucket.s3.amazonaws.com/key", Depth::deep,
       "bucket a-bucket"},
      {"firehose", kArn, "arn:aws:s3:::a-bucket", Depth::deep, "bucket a-bucket"},
      {"athena", kBucket, "a-bucket", Depth::deep, "bucket a-bucket"},
      {"s3control", kBucket, "arn:aws:s3:::a-bucket", Depth::top, "bucket a-bucket"},
      {"codebuild", kBucket, "a-bucket/prefix/x", Depth::deep, "bucket a-bucket"},
      {"codebuild", kBucket, "arn:aws:s3:::a-bucket/prefix", Depth::deep, "bucket a-bucket"},
      {"codebuild", kBucket, "/a-bucket/prefix", Depth::deep, "bucket /a-bucket/prefix"},
      {"codebuild", kBucket, "s3://a-bucket/prefix", Depth::deep, "bucket s3:"},
      {"auditmanager", kBucketOrLocation, "s3://a-bucket/x", Depth::deep, "bucket a-bucket"},
      {"auditmanager", kBucketOrLocation, "a-bucket", Depth::deep, "bucket a-bucket"},
      {"auditmanager", kBucketOrLocation, "ftp://a-bucket/x", Depth::deep, "untold"},
      // A name, where an ARN may stand.
      {"lambda", kMaybeArn, "my-function", Depth::head, ""},
      {"lambda", kMaybeArn, "arn:aws:lambda:us-east-1:999999999999:function:f", Depth::head,
       "acts 999999999999, arn arn:aws:lambda:us-east-1:999999999999:function:f"},
      {"lambda", kMaybeArn, "999999999999:function:f", Depth::head, "acts 999999999999"},
      {"lambda", kMaybeArn, "999999999999:f:PROD", Depth::top, "acts 999999999999"},
      {"lambda", kMaybeArn, "us-east-1:999999999999:function:f", Depth::head, "acts 999999999999"},
      {"lambda", kMaybeArn, "f:999999999999", Depth::head, ""},
      {"lambda", kMaybeArn, "999999999999", Depth::head, ""},
      {"kms", kMaybeArn, "ARN:aws:kms:us-east-1:999999999999:key/k", Depth::top, "untold"},
      // What claims to be one, and is none, is not guessed at.
      {"lambda", kMaybeArn, "arn:aws:lambda", Depth::head, "untold"},
      {"sagemaker", kLocation, "ftp://a-bucket/key", Depth::deep, "untold"},
      {"emr", kLocation, "https://example.org/x.jar", Depth::deep, "untold"},
      {"emr", kLocation, "hdfs:///apps/x.jar", Depth::deep, ""},
      {"emr", kLocation, "HDFS://nn:8020/x.jar", Depth::deep, ""},
      {"emr", kLocation, "file:///usr/lib/x.jar", Depth::deep, ""},
      // Integrations of API Gateway.
      {"apigateway", kMaybeArn, "arn:aws:apigateway:us-east-1:sqs:path/999999999999/q", Depth::top,
       "refers 999999999999"},
      {"apigateway", kMaybeArn, "arn:aws:apigateway:us-east-1:s3:path/a-bucket/k", Depth::top,
       "bucket a-bucket"},
      {"apigateway", kMaybeArn, "arn:aws:apigateway:us-east-1:dynamodb:action/PutItem", Depth::top,
       ""},
      {"apigateway", kMaybeArn, "arn:aws:apigateway:us-east-1:kinesis:path/x", Depth::top,
       "untold"},
      // Among values of all sorts.
      {"glue", kAnything, "s3://a-bucket/key", Depth::deep, "bucket a-bucket"},
      {"glue", kAnything, "https://a-bucket.s3.amazonaws.com/key", Depth::deep, "bucket a-bucket"},
      {"glue", kAnything, "arn:aws:iam::999999999999:role/r", Depth::deep, "refers 999999999999"},
      {"glue", kAnything, "https://sqs.us-east-1.amazonaws.com/999999999999/q", Depth::deep,
       "acts 999999999999"},
      {"glue", kAnything, "'arn%3Aaws%3Aiam%3A%3A999999999999%3Arole%2Fr'", Depth::deep,
       "refers 999999999999"},
      {"glue", kAnything, "\"s3://a-bucket/key\"", Depth::deep, "bucket a-bucket"},
      {"glue", kAnything, "arn:aws:apigateway:us-east-1:s3:path/a-bucket/k", Depth::deep,
       "bucket a-bucket"},
      {"glue", kAnything, "999999999999", Depth::deep, ""},
      {"glue", kAnything, "was s3://a-bucket/key", Depth::deep, ""},
      {"glue", kAnything, "s3://a-bucket/a.py,s3://another/b.py, s3://third/c", Depth::deep,
       "bucket a-bucket another third"},
      {"glue", kAnything, "s3://a-bucket/a,b", Depth::deep, "bucket a-bucket"},
      {"glue", kAnything, "as in s3://a-bucket/a,s3://another/b", Depth::deep, ""},
      {"glue", kAnything, "arn: a word", Depth::deep, ""},
      {"glue", kAnything, "100%", Depth::deep, ""},
      {"glue", kAnything, "https://example.org/x", Depth::deep, ""},
      {"glue", kAnything, "'", Depth::deep, ""},
      // Paths, hosts, registries.
      {"transfer", kPath, "/a-bucket/home", Depth::top, "bucket a-bucket"},
      {"transfer", kPath, "/fs-0123abcd/home", Depth::top, ""},
      {"cloudfront", kHost, "a-bucket.s3.amazonaws.com", Depth::deep, "bucket a-bucket"},
      {"codebuild", kBucket, "a-bucket.s3.amazonaws.com", Depth::deep,
       "bucket a-bucket.s3.amazonaws.com"},
      {"ecr", kRegistry, "999999999999.dkr.ecr.us-east-1.amazonaws.com", Depth::top,
       "refers 999999999999"},
      {"ecr", kRegistry, "registry-1.docker.io", Depth::top, ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.value);
    CHECK(shown(row.service, row.kinds, row.value, row.depth) == row.shown);
  }
}

TEST_CASE("a value that comes twice is told once, and buckets that may change stand apart") {
  ShownResources resources("s3");
  resources.add_bucket("ours", true);
  resources.add_bucket("source", false);
  resources.add_bucket("ours", false);
  CHECK(joined(resources.buckets) == "ours source");
  CHECK(joined(resources.changed_buckets) == "ours");
  resources.add_account("111122223333");
  resources.add_account("111122223333");
  resources.add_account("");
  CHECK(joined(resources.acted_accounts) == "111122223333");
}

}  // namespace
}  // namespace sallyport
