#include "policy/aws/resource/resource_names.h"

#include <string>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

TEST_CASE("An ARN tells partition, service, region, account and resource") {
  struct Row {
    std::string_view text;
    std::string_view parts;  ///< separated by `|`; empty: no ARN
    std::string_view bucket = {};
  };
  const Row rows[] = {
      {"arn:aws:iam::111122223333:role/train", "aws|iam||111122223333|role/train"},
      {"arn:aws:sagemaker:us-east-1:111122223333:model/m",
       "aws|sagemaker|us-east-1|111122223333|model/m"},
      {"arn:aws:iam::aws:policy/ReadOnlyAccess", "aws|iam||aws|policy/ReadOnlyAccess"},
      {"arn:aws-cn:sqs:cn-north-1:111122223333:q", "aws-cn|sqs|cn-north-1|111122223333|q"},
      {"arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/k",
       "aws-us-gov|kms|us-gov-west-1|111122223333|key/k"},
      {"arn:aws-eusc:s3:::b", "aws-eusc|s3|||b", "b"},
      {"arn:aws-iso-b:s3:::b", "aws-iso-b|s3|||b", "b"},
      {"arn:aws:lambda:us-east-1:111122223333:function:f:PROD",
       "aws|lambda|us-east-1|111122223333|function:f:PROD"},
      // Where CloudWatch has a service instead of an account, of one service alone.
      {"arn:aws:automate:us-east-1:ec2:stop", "aws|automate|us-east-1||stop"},
      {"arn:aws:automate:us-east-1:sqs:stop", ""},
      {"arn:aws:sns:us-east-1:ec2:stop", ""},
      {"arn:aws:s3:::bucket", "aws|s3|||bucket", "bucket"},
      {"arn:aws:s3:::bucket/a key/b", "aws|s3|||bucket/a key/b", "bucket"},
      {"arn:aws:s3:::bucket/*", "aws|s3|||bucket/*", "bucket"},
      {"arn:aws:s3:::*", "aws|s3|||*", "*"},
      {"arn:aws:s3:::/key", "aws|s3|||/key"},
      // With an account it is no bucket's name: the account decides.
      {"arn:aws:s3:us-west-2:111122223333:accesspoint/ap/object/k",
       "aws|s3|us-west-2|111122223333|accesspoint/ap/object/k"},
      {"arn:aws:s3::111122223333:accesspoint/mfzwi23gnjvgw.mrap",
       "aws|s3||111122223333|accesspoint/mfzwi23gnjvgw.mrap"},
      {"arn:aws:s3-object-lambda:us-east-1:111122223333:accesspoint/ol",
       "aws|s3-object-lambda|us-east-1|111122223333|accesspoint/ol"},
      {"arn:aws:s3-outposts:us-east-1:111122223333:outpost/op-01/bucket/b",
       "aws|s3-outposts|us-east-1|111122223333|outpost/op-01/bucket/b"},
      {"arn:aws:lambda:*:999988887777:function:f", "aws|lambda|*|999988887777|function:f"},
      {"arn:aws:ec2:us-east-1::image/ami-1", "aws|ec2|us-east-1||image/ami-1"},
      // Almost.
      {"", ""},
      {"arn", ""},
      {"arn:aws:iam::111122223333:", ""},
      {"arn:aws:iam::111122223333", ""},
      {"arn:aws:iam:111122223333:role/x", ""},
      {"arn:aws::us-east-1:111122223333:x", ""},
      {"arn::iam::111122223333:role/x", ""},
      {"ARN:aws:iam::111122223333:role/x", ""},
      {"arn:awsx:iam::111122223333:role/x", ""},
      {"arn:aws:iam::11112222333:role/x", ""},
      {"arn:aws:iam::1111222233334:role/x", ""},
      {"arn:aws:iam::11112222333x:role/x", ""},
      {"arn:aws:iam::cloudfront:user/oai", ""},
      {" arn:aws:iam::111122223333:role/x", ""},
      {"see arn:aws:iam::111122223333:role/x", ""},
      {"arn:aws:iam::\xef\xbc\x91"
       "11122223333:role/x",
       ""},  // a full-width digit
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto arn = Arn::parse(row.text);
    REQUIRE(arn.has_value() == !row.parts.empty());
    if (!arn) continue;
    std::string parts;
    for (const auto part :
         {arn->partition, arn->service, arn->region, arn->account, arn->resource}) {
      parts += (parts.empty() ? "" : "|") + std::string(part);
    }
    CHECK(parts == row.parts);
    CHECK(arn->bucket() == row.bucket);
  }
}

TEST_CASE("An S3 URI names what stands where a bucket stands") {
  struct Row {
    std::string_view text;
    std::string_view bucket;  ///< empty: none
    std::string_view key = {};
  };
  const Row rows[] = {
      {"s3://bucket/a/b", "bucket", "a/b"},
      {"s3://bucket/", "bucket"},
      {"s3://bucket", "bucket"},
      {"S3://bucket/k", "bucket", "k"},
      {"s3a://bucket/k", "bucket", "k"},
      {"s3n://bucket/k", "bucket", "k"},
      {"s3ssl://bucket/k", "bucket", "k"},
      {"S3A://bucket/k", "bucket", "k"},
      {"s3://bucket//k", "bucket", "/k"},
      {"s3://user@bucket/k", "user@bucket", "k"},  // on no list, so not let through
      {"s3://good?x=/evil", "good?x=", "evil"},    // likewise
      {"s3://%67ood/k", "%67ood", "k"},            // likewise
      {"s3://good\\evil/k", "good\\evil", "k"},    // likewise
      {"s3:///k", ""},
      {"s3://", ""},
      {"s3:/bucket/k", ""},
      {"s3b://bucket/k", ""},
      {"https://bucket/k", ""},
      {"://bucket/k", ""},
      {" s3://bucket/k", ""},
      {"", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto uri = S3Uri::parse(row.text);
    REQUIRE(uri.has_value() == !row.bucket.empty());
    if (!uri) continue;
    CHECK(uri->bucket == row.bucket);
    CHECK(uri->key == row.key);
  }
}

struct QueueRow {
  std::string_view text;
  std::string_view account;  ///< empty: none
  std::string_view name = {};
};

TEST_CASE("A queue URL of SQS tells account and queue, in every form that SQS has had") {
  const QueueRow rows[] = {
      {"https://sqs.us-east-1.amazonaws.com/111122223333/q", "111122223333", "q"},
      {"http://sqs.us-east-1.amazonaws.com/111122223333/q", "111122223333", "q"},
      {"HTTPS://SQS.us-east-1.AmazonAWS.com:443/111122223333/q", "111122223333", "q"},
      {"https://sqs.us-east-1.amazonaws.com/111122223333/q.fifo", "111122223333", "q.fifo"},
      {"https://us-east-2.queue.amazonaws.com/111122223333/q", "111122223333", "q"},
      {"https://queue.amazonaws.com/111122223333/q", "111122223333", "q"},
      {"https://sqs-fips.us-gov-west-1.amazonaws.com/111122223333/q", "111122223333", "q"},
      {"https://sqs.us-east-1.api.aws/111122223333/q", "111122223333", "q"},
      {"https://sqs.cn-north-1.amazonaws.com.cn/111122223333/q", "111122223333", "q"},
      {"https://sqs.eusc-de-east-1.amazonaws.eu/111122223333/q", "111122223333", "q"},
      {"https://vpce-0a1b-2c3d.sqs.us-east-1.vpce.amazonaws.com/111122223333/q", "111122223333",
       "q"},
      {"https://sqs.us-east-1.amazonaws.com/x/111122223333/q", "111122223333", "q"},
      {"https://sqs.us-east-1.amazonaws.com/111122223333/999988887777", "111122223333",
       "999988887777"},
      // Almost.
      {"https://sqs.us-east-1.amazonaws.com/111122223333", ""},
      {"https://sqs.us-east-1.amazonaws.com/q", ""},
      {"https://sqs.us-east-1.amazonaws.com/11112222333/q", ""},
      {"https://sqs.us-east-1.amazonaws.com", ""},
      {"https://sqs.us-east-1.amazonaws.com.example.org/111122223333/q", ""},
      {"https://sqs.nowhere.amazonaws.com/111122223333/q", ""},
      {"https://queue.s3.amazonaws.com/111122223333/q", ""},  // a bucket called queue
      {"https://sqs.us-east-1.example.org/111122223333/q", ""},
      {"sqs.us-east-1.amazonaws.com/111122223333/q", ""},
      {"ftp://sqs.us-east-1.amazonaws.com/111122223333/q", ""},
      {"https://example.org/?https://sqs.us-east-1.amazonaws.com/111122223333/q", ""},
      {"q", ""},
      {"", ""},
  };
  for (const QueueRow& row : rows) {
    CAPTURE(row.text);
    const auto queue = QueueUrl::parse(row.text);
    REQUIRE(queue.has_value() == !row.account.empty());
    if (!queue) continue;
    CHECK(queue->account == row.account);
    CHECK(queue->name == row.name);
  }
}

TEST_CASE("To SQS the path alone of a queue's URL counts, at whatever host it says") {
  const QueueRow rows[] = {
      {"https://sqs.us-east-1.amazonaws.com/111122223333/q", "111122223333", "q"},
      {"https://example.org/999988887777/q", "999988887777", "q"},
      {"http://127.0.0.1:4566/999988887777/q", "999988887777", "q"},
      {"https://user@/999988887777/q", "999988887777", "q"},
      {"https://111122223333/999988887777/q", "999988887777", "q"},
      {"x://y/999988887777/q", "999988887777", "q"},
      {"https://example.org/a/b/999988887777/q", "999988887777", "q"},
      {"sqs.us-east-1.amazonaws.com/999988887777/q", "999988887777", "q"},
      {"/999988887777/q", "999988887777", "q"},
      {"999988887777/q", "999988887777", "q"},
      {"q", ""},  // one of our own
      {"https://example.org/q", ""},
      {"999988887777", ""},
      {"", ""},
  };
  for (const QueueRow& row : rows) {
    CAPTURE(row.text);
    const auto queue = QueueUrl::parse_at_any_host(row.text);
    REQUIRE(queue.has_value() == !row.account.empty());
    if (!queue) continue;
    CHECK(queue->account == row.account);
    CHECK(queue->name == row.name);
  }
}

TEST_CASE("A queue's path in which SQS might find another account than we do is nobody's") {
  for (const std::string_view path :
       {"111122223333/999988887777/q", "111122223333/q/r", "111122223333/", "111122223333//q",
        "%39%39%39%39%38%38%38%38%37%37%37%37/q", "111122223333/../999988887777/q",
        "q?/999988887777/q", "q#/999988887777/q", "x\\999988887777\\q", "999988887777 /q"}) {
    CAPTURE(path);
    const std::string url = "https://sqs.us-east-1.amazonaws.com/" + std::string(path);
    for (const std::string_view text : {path, std::string_view(url)}) {
      const auto queue = QueueUrl::parse_at_any_host(text);
      REQUIRE(queue);
      CHECK_FALSE(is_account_id(queue->account));
    }
  }
}

TEST_CASE("An image's URI tells the account of its registry") {
  struct Row {
    std::string_view text;
    std::string_view account;  ///< empty: none
    std::string_view repository = {};
  };
  const Row rows[] = {
      {"763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.3-gpu", "763104351884",
       "pytorch-training"},
      {"111122223333.dkr.ecr.us-east-1.amazonaws.com/a/b@sha256:00", "111122223333", "a/b"},
      {"111122223333.dkr.ecr.us-east-1.amazonaws.com/a:1@sha256:00", "111122223333", "a"},
      {"111122223333.dkr.ecr.us-east-1.amazonaws.com/a", "111122223333", "a"},
      {"https://111122223333.dkr.ecr.us-east-1.amazonaws.com/a", "111122223333", "a"},
      {"docker://111122223333.dkr.ecr.us-east-1.amazonaws.com/a", "111122223333", "a"},
      {"111122223333.DKR.ECR.us-east-1.Amazonaws.COM:443/a", "111122223333", "a"},
      {"111122223333.dkr.ecr-fips.us-gov-west-1.amazonaws.com/a", "111122223333", "a"},
      {"111122223333.dkr-ecr.us-east-1.on.aws/a", "111122223333", "a"},
      {"111122223333.dkr-ecr-fips.us-east-1.on.aws/a", "111122223333", "a"},
      {"111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/a", "111122223333", "a"},
      {"111122223333.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn/a", "111122223333", "a"},
      {"111122223333.dkr.ecr.eusc-de-east-1.amazonaws.eu/a", "111122223333", "a"},
      // Others' registries, and almost.
      {"public.ecr.aws/lambda/python:3.12", ""},
      {"docker.io/library/python", ""},
      {"python:3.12", ""},
      {"11112222333.dkr.ecr.us-east-1.amazonaws.com/a", ""},
      {"111122223333.dkr.ecr.us-east-1.amazonaws.com/", ""},
      {"111122223333.dkr.ecr.us-east-1.amazonaws.com", ""},
      {"111122223333.dkr.ecr.us-east-1.amazonaws.com/:tag", ""},
      {"111122223333.dkr.ecr.us-east-1.amazonaws.com.example.org/a", ""},
      {"111122223333.dkr.ecs.us-east-1.amazonaws.com/a", ""},
      {"111122223333.dkr.ecr.amazonaws.com/a", ""},
      {"x.111122223333.dkr.ecr.us-east-1.amazonaws.com/a", ""},
      {"example.org/111122223333.dkr.ecr.us-east-1.amazonaws.com/a", ""},
      {"", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto image = ImageUri::parse(row.text);
    REQUIRE(image.has_value() == !row.account.empty());
    if (!image) continue;
    CHECK(image->account == row.account);
    CHECK(image->repository == row.repository);
  }
}

TEST_CASE("An account's id is twelve digits") {
  CHECK(is_account_id("111122223333"));
  CHECK(is_account_id("000000000000"));
  for (const std::string_view text : {"", "11112222333", "1111222233334", "1111-2222-3333",
                                      "11112222333a", " 111122223333", "+11122223333", "aws"}) {
    CAPTURE(text);
    CHECK_FALSE(is_account_id(text));
  }
}

TEST_CASE("The URI of an integration names a function, a queue's account, a bucket, or nobody") {
  struct Row {
    std::string_view behind;  ///< `arn:aws:apigateway:us-east-1:`
    std::string_view names;   ///< function, account, bucket, with `|` between them; or `none`
  };
  const Row rows[] = {
      {"lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:999999999999:function:f/"
       "invocations",
       "arn:aws:lambda:us-east-1:999999999999:function:f||"},
      {"lambda:path/2015-03-31/functions/f/invocations", "f||"},
      {"dynamodb:action/PutItem", "||"},
      {"states:action/StartExecution", "||"},
      {"sqs:path/999999999999/q", "|999999999999|"},
      {"s3:path/bucket/a/key", "||bucket"},
      {"s3:path/{bucket}", "||{bucket}"},
      {"my.bucket.s3:path/key", "||my.bucket"},
      // What may name more than we find, or finds somebody else.
      {"lambda:path/2015-03-31/functions//invocations", "none"},
      {"lambda:path/2015-03-31/functions/arn:aws:lambda", "none"},
      {"sqs:action/SendMessage&QueueUrl=https://sqs.us-east-1.amazonaws.com/999999999999/q",
       "none"},
      {"sqs:path/999999999999", "none"},
      {"sqs:path/999999999999/", "none"},
      {"sqs:path/999999999999/111122223333/q", "none"},
      {"sqs:path/q/999999999999", "none"},
      {"sqs:path/999999999999/q?x=1", "none"},
      {"s3:path/good/../evil/key", "none"},
      {"s3:path/", "none"},
      {".s3:path/key", "none"},
      {"kinesis:path/x", "none"},
      {"dynamodb:action/", "none"},
      {"x y:action/A", "none"},
      {":/restapis/a", "none"},
      {"", "none"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.behind);
    const std::string text = "arn:aws:apigateway:us-east-1:" + std::string(row.behind);
    const auto uri = IntegrationUri::parse(text);
    if (!uri) {
      CHECK(row.names == "none");
      continue;
    }
    CHECK(std::string(uri->function) + "|" + std::string(uri->account) + "|" +
              std::string(uri->bucket) ==
          row.names);
  }
  CHECK_FALSE(IntegrationUri::parse("arn:aws:sqs:us-east-1:sqs:path/999999999999/q"));
  CHECK_FALSE(IntegrationUri::parse("urn:aws:apigateway:us-east-1:sqs:path/999999999999/q"));
}

TEST_CASE("A registry's host tells its account, with or without a path") {
  CHECK(account_of_registry("999999999999.dkr.ecr.us-east-1.amazonaws.com") == "999999999999");
  CHECK(account_of_registry("https://999999999999.dkr.ecr.us-east-1.amazonaws.com/") ==
        "999999999999");
  CHECK(account_of_registry("999999999999.dkr-ecr.us-east-1.on.aws/a:1") == "999999999999");
  CHECK(account_of_registry("public.ecr.aws").empty());
  CHECK(account_of_registry("registry-1.docker.io").empty());
  CHECK(account_of_registry("").empty());
}

TEST_CASE("A path names the bucket that it begins with, and none where it is a file system's") {
  struct Row {
    std::string_view path;
    std::string_view bucket;
  };
  const Row rows[] = {
      {"/bucket/home", "bucket"},
      {"/bucket", "bucket"},
      {"bucket/file.txt", "bucket"},
      {"//bucket/home", "bucket"},
      {"/bucket/${transfer:UserName}", "bucket"},
      {"/", ""},
      {"", ""},
      {"/fs-0123abcd/home", ""},
      {"/fs-0123456789abcdef0", ""},
      // Not quite an id of EFS.
      {"/fs-0123abcde/home", "fs-0123abcde"},
      {"/fs-0123abcg/home", "fs-0123abcg"},
      {"/fs-bucket/home", "fs-bucket"},
      {"fs-0123abcd/home", "fs-0123abcd"},
      // Whoever resolves the dots finds another: nobody's.
      {"/good/../evil", "/good/../evil"},
      {"/./evil", "/./evil"},
      {"/good/%2e%2E/evil", "/good/%2e%2E/evil"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.path);
    CHECK(bucket_of_path(row.path) == row.bucket);
  }
}

}  // namespace
}  // namespace sallyport
