#include "policy/aws/request/aws_request.h"

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "tests/policy/aws/request/sent_request.h"

namespace sallyport {
namespace {

TEST_CASE("an upload to S3: who signs, what is done, on which bucket and object") {
  const Shown found = read({"PUT",
                            "ml-data.s3.us-east-1.amazonaws.com",
                            "/a/b%20c",
                            {{"Authorization", signed_by(kOurs)}},
                            "payload",
                            JudgedBody::State::unread});
  const AwsFacts& facts = found.facts;
  CHECK_FALSE(found.facts.contradiction);
  CHECK(said(facts.signatures) == "sigv4");
  CHECK(said(facts.access_keys) == kOurs);
  CHECK(said(facts.principal_accounts) == "111122223333");
  CHECK(said(facts.services) == "s3");
  CHECK(said(facts.regions) == "us-east-1");
  CHECK(facts.operation == "PutObject");
  CHECK(said(facts.actions) == "s3:PutObject");
  CHECK(said(facts.buckets) == "ml-data");
  CHECK(facts.changed_buckets == ShownTexts{"ml-data"});
  CHECK(said(facts.resources) == "arn:aws:s3:::ml-data/a/b c");
  CHECK(said(facts.resource_accounts) == "");
  CHECK(facts.can_name_bucket_owner);
  CHECK_FALSE(facts.is_unsigned);
  CHECK_FALSE(facts.reads_resources);
  CHECK(found.protocol == AwsProtocol::rest_xml);
}

TEST_CASE("the bucket is the same in every style of addressing") {
  struct Row {
    const char* host;
    const char* target;
    const char* bucket;
    const char* resource;
  };
  const Row rows[] = {
      {"s3.us-east-1.amazonaws.com", "/ml-data/k", "ml-data", "arn:aws:s3:::ml-data/k"},
      {"s3.us-east-1.amazonaws.com", "/%6dl-data/k", "ml-data", "arn:aws:s3:::ml-data/k"},
      {"s3.amazonaws.com", "/ml-data/k", "ml-data", "arn:aws:s3:::ml-data/k"},
      {"ml-data.s3.amazonaws.com", "/k", "ml-data", "arn:aws:s3:::ml-data/k"},
      {"ml-data.s3-accelerate.amazonaws.com", "/k", "ml-data", "arn:aws:s3:::ml-data/k"},
      {"ml-data.s3.dualstack.us-east-1.amazonaws.com", "/k", "ml-data", "arn:aws:s3:::ml-data/k"},
      {"ml-data.s3-fips.us-east-1.amazonaws.com", "/k", "ml-data", "arn:aws:s3:::ml-data/k"},
      {"ml-data.bucket.vpce-0a1b-c2d3.s3.us-east-1.vpce.amazonaws.com", "/k", "ml-data",
       "arn:aws:s3:::ml-data/k"},
      {"ml-data.s3.cn-north-1.amazonaws.com.cn", "/k", "ml-data", "arn:aws-cn:s3:::ml-data/k"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.host);
    CAPTURE(row.target);
    const AwsFacts facts = read({"GET", row.host, row.target, {}}).facts;
    CHECK(said(facts.buckets) == row.bucket);
    CHECK(said(facts.resources) == row.resource);
  }
}

TEST_CASE("an access point stands for its bucket, and shows whose it is") {
  struct Row {
    const char* host;
    const char* resource;
  };
  const Row rows[] = {
      {"ap-999999999999.s3-accesspoint.us-east-1.amazonaws.com",
       "arn:aws:s3:us-east-1:999999999999:accesspoint/ap/object/k"},
      {"ap-999999999999.s3-object-lambda.us-east-1.amazonaws.com",
       "arn:aws:s3-object-lambda:us-east-1:999999999999:accesspoint/ap"},
      {"ap-999999999999.op-01234567890123456.s3-outposts.us-east-1.amazonaws.com",
       "arn:aws:s3-outposts:us-east-1:999999999999:outpost/op-01234567890123456/accesspoint/ap/"
       "object/k"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.host);
    const AwsFacts facts = read({"GET", row.host, "/k", {}}).facts;
    CHECK(said(facts.buckets) == "");
    CHECK(said(facts.resource_accounts) == "999999999999");
    CHECK(said(facts.resources) == row.resource);
  }
}

TEST_CASE("a copy shows both buckets and both actions, and changes one of them") {
  const AwsFacts facts =
      read({"PUT",
            "ml-data.s3.us-east-1.amazonaws.com",
            "/k",
            {{"Authorization", signed_by(kOurs)}, {"x-amz-copy-source", "/source/secret"}}})
          .facts;
  CHECK(said(facts.actions) == "s3:PutObject s3:GetObject");
  CHECK(said(facts.buckets) == "ml-data source");
  CHECK(facts.changed_buckets == ShownTexts{"ml-data"});
  CHECK(said(facts.resources) == "arn:aws:s3:::ml-data/k arn:aws:s3:::source/secret");
}

TEST_CASE("what a copy reads is told from the query of a presigned request, too") {
  const AwsFacts facts =
      read(
          {"PUT", "ml-data.s3.us-east-1.amazonaws.com", "/k?X-Amz-Copy-Source=source%2Fsecret", {}})
          .facts;
  CHECK(said(facts.buckets) == "ml-data source");
  CHECK(said(facts.actions).find("s3:GetObject") != std::string::npos);
}

TEST_CASE("the key that encrypts an upload is referred to") {
  constexpr const char* kKey = "arn:aws:kms:us-east-1:999999999999:key/1";
  const AwsFacts facts = read({"PUT",
                               "ml-data.s3.us-east-1.amazonaws.com",
                               "/k",
                               {{"x-amz-server-side-encryption-aws-kms-key-id", kKey}}})
                             .facts;
  CHECK(said(facts.referenced_accounts) == "999999999999");
  CHECK(said(facts.resource_accounts) == "");
  CHECK(said(facts.resources) == "arn:aws:s3:::ml-data/k");
}

TEST_CASE("whose the bucket must be is told, and counts as an account that is acted on") {
  const AwsFacts facts = read({"GET",
                               "ml-data.s3.us-east-1.amazonaws.com",
                               "/k",
                               {{"X-Amz-Expected-Bucket-Owner", "999999999999"}}})
                             .facts;
  CHECK(said(facts.bucket_owners) == "999999999999");
  CHECK(said(facts.resource_accounts) == "999999999999");
  const AwsFacts odd = read({"GET",
                             "ml-data.s3.us-east-1.amazonaws.com",
                             "/k",
                             {{"x-amz-expected-bucket-owner", "me"}}})
                           .facts;
  CHECK(odd.resource_accounts.state == ShownValues::State::untold);
}

TEST_CASE("keys that a DeleteObjects names stand in its body") {
  Sent sent{"POST",
            "ml-data.s3.us-east-1.amazonaws.com",
            "/?delete",
            {{"Authorization", signed_by(kOurs)}},
            "<Delete><Object><Key>a/b</Key></Object><Object><Key>c</Key></Object></Delete>"};
  CHECK(said(read(sent).facts.resources) == "arn:aws:s3:::ml-data/a/b arn:aws:s3:::ml-data/c");
  CHECK(said(read(sent).facts.actions) == "s3:DeleteObject");
  sent.state = JudgedBody::State::unread;
  CHECK(said(read(sent).facts.resources) == "in body");
  sent.state = JudgedBody::State::not_judgeable;
  CHECK(said(read(sent).facts.resources) == "in body");
}

TEST_CASE(
    "a training job: its image is referred to, its buckets are told, before and with the body") {
  Sent sent{"POST",
            "api.sagemaker.us-east-1.amazonaws.com",
            "/",
            {{"Authorization", signed_by(kOurs, "sagemaker")},
             {"X-Amz-Target", "SageMaker.CreateTrainingJob"},
             {"Content-Type", "application/x-amz-json-1.1"}},
            R"({"TrainingJobName":"j","RoleArn":"arn:aws:iam::111122223333:role/r",
                "AlgorithmSpecification":{"TrainingInputMode":"File","TrainingImage":
                  "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.3"},
                "OutputDataConfig":{"S3OutputPath":"s3://attacker-bucket/out"}})"};
  const AwsFacts facts = read(sent).facts;
  CHECK(said(facts.actions) == "sagemaker:CreateTrainingJob");
  CHECK(said(facts.buckets) == "attacker-bucket");
  CHECK(facts.changed_buckets.empty());
  CHECK(said(facts.referenced_accounts) == "111122223333 763104351884");
  CHECK(said(facts.resource_accounts) == "");
  sent.state = JudgedBody::State::unread;
  CHECK(said(read(sent).facts.buckets) == "in body");
  sent.state = JudgedBody::State::read;
  sent.body = R"({"TrainingJobName":"j","TrainingJobName":"k"})";
  CHECK(said(read(sent).facts.buckets) == "in body");
}

TEST_CASE("versions that a DeleteObjects names ask for an action more") {
  Sent sent{"POST",
            "ml-data.s3.us-east-1.amazonaws.com",
            "/?delete",
            {{"Authorization", signed_by(kOurs)}},
            "<Delete><Object><Key>a</Key><VersionId>v</VersionId></Object></Delete>"};
  CHECK(said(read(sent).facts.actions) == "s3:DeleteObject s3:DeleteObjectVersion");
  sent.state = JudgedBody::State::unread;
  CHECK(said(read(sent).facts.actions) == "s3:DeleteObject + body");
}

TEST_CASE("a foreign key that encrypts is a foreign account, in a field and in the query") {
  const std::string key = "arn:aws:kms:us-east-1:999999999999:key/k";
  const std::string name = "x-amz-server-side-encryption-aws-kms-key-id";
  const std::string host = "ml-data.s3.us-east-1.amazonaws.com";
  CHECK(said(read({"PUT", host, "/k", {{name, key}}}).facts.referenced_accounts) == "999999999999");
  CHECK(said(read({"PUT", host, "/k?" + name + "=" + key, {}}).facts.referenced_accounts) ==
        "999999999999");
}

TEST_CASE("a call whose tables have no member in the body needs none of it") {
  const AwsFacts facts =
      read({"POST",
            "logs.us-east-1.amazonaws.com",
            "/",
            {{"Authorization", signed_by(kOurs, "logs")},
             {"X-Amz-Target", "Logs_20140328.PutLogEvents"},
             {"Content-Type", "application/x-amz-json-1.1"}},
            R"({"logGroupName":"g","logEvents":[{"message":"arn:aws:s3:::attacker"}]})"})
          .facts;
  CHECK(said(facts.actions) == "logs:PutLogEvents");
  CHECK(said(facts.buckets) == "");
  CHECK(said(facts.referenced_accounts) == "");
}

TEST_CASE("the Query protocol in the URL names resources there, too") {
  const AwsFacts facts = read({"GET",
                               "sts.us-east-1.amazonaws.com",
                               "/?Action=AssumeRole&Version=2011-06-15&RoleSessionName=s"
                               "&RoleArn=arn%3Aaws%3Aiam%3A%3A999999999999%3Arole%2Fr",
                               {{"Authorization", signed_by(kOurs, "sts")}}})
                             .facts;
  CHECK(said(facts.actions) == "sts:AssumeRole");
  CHECK(said(facts.resource_accounts) == "999999999999");
}

TEST_CASE("an operation that no table has: its names are found wherever they stand alone") {
  const AwsFacts facts =
      read({"POST",
            "api.sagemaker.us-east-1.amazonaws.com",
            "/",
            {{"Authorization", signed_by(kOurs, "sagemaker")},
             {"X-Amz-Target", "SageMaker.CreateWonder"}},
            R"({"Deep":[{"Out":"s3://attacker/x","Text":"see arn:aws:iam::999999999999:role/r"}],
                "Q":"arn:aws:sagemaker:us-east-1:999999999999:wonder/w"})"})
          .facts;
  CHECK(said(facts.actions) == "untold");
  CHECK(said(facts.buckets) == "attacker");
  CHECK(said(facts.resource_accounts) == "999999999999");
  CHECK(said(facts.resources) == "arn:aws:sagemaker:us-east-1:999999999999:wonder/w + untold");
}

TEST_CASE("the queue's account, in the body and in the path of older clients") {
  const AwsFacts by_json =
      read({"POST",
            "sqs.us-east-1.amazonaws.com",
            "/",
            {{"Authorization", signed_by(kOurs, "sqs")},
             {"X-Amz-Target", "AmazonSQS.SendMessage"},
             {"Content-Type", "application/x-amz-json-1.0"}},
            R"({"QueueUrl":"https://sqs.us-east-1.amazonaws.com/999999999999/q",
                "MessageBody":"arn:aws:iam::123456789012:role/x"})"})
          .facts;
  CHECK(said(by_json.resource_accounts) == "999999999999");
  CHECK(said(by_json.referenced_accounts) == "");
  const AwsFacts by_path = read({"POST",
                                 "sqs.us-east-1.amazonaws.com",
                                 "/999999999999/q",
                                 {{"Authorization", signed_by(kOurs, "sqs")},
                                  {"Content-Type", "application/x-www-form-urlencoded"}},
                                 "Action=SendMessage&Version=2012-11-05&MessageBody=m"})
                               .facts;
  CHECK(said(by_path.actions) == "sqs:SendMessage");
  CHECK(said(by_path.resource_accounts) == "999999999999");
}

}  // namespace
}  // namespace sallyport
