#include "policy/aws/resource/body_members.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/policy/aws/resource/found_text.h"

namespace sallyport {
namespace {

TEST_CASE("An empty body has no members, in any format") {
  for (const BodyFormat format : {BodyFormat::json, BodyFormat::cbor, BodyFormat::xml}) {
    CHECK(found_in(format, "", "Ab:/RoleArn") == "");
    CHECK(named_in(format, "") == "");
  }
  CHECK(found_in_form("", "Ab:/RoleArn") == "");
}

TEST_CASE("What was found before stays") {
  std::vector<FoundMember> found{{{MemberKinds::arn}, "before", false}};
  CHECK(find_members(BodyFormat::json, R"({"A": "a"})", members_of("Nb:/A"), found));
  CHECK(text_of(true, found) == "A before | N! a");
}

TEST_CASE("An operation whose members are elsewhere has none in the body, which must be whole") {
  CHECK(found_in(BodyFormat::json, R"({"A": "arn:aws:s3:::b", "B": [1, {"C": 2}]})", "Af:/A") ==
        "");
  CHECK(found_in(BodyFormat::json, R"([1])", "Af:/A") == "");
  CHECK(found_in(BodyFormat::json, R"({"A": )", "Af:/A") == kNotJudgeable);
  CHECK(found_in(BodyFormat::xml, "<A><B>b</B></A>", "Af:/A") == "");
}

TEST_CASE("The members of real requests are found") {
  CHECK(found_in(BodyFormat::json,
                 R"({"TrainingJobName": "j", "RoleArn": "arn:aws:iam::111122223333:role/train",
                     "AlgorithmSpecification": {"TrainingInputMode": "File", "TrainingImage":
                       "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.3-gpu"},
                     "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource":
                       {"S3Uri": "s3://ml-data-training/in", "S3DataType": "S3Prefix"}}}],
                     "OutputDataConfig": {"S3OutputPath": "s3://ml-data-models/out"},
                     "ResourceConfig": {"InstanceCount": 1, "VolumeSizeInGB": 50},
                     "HyperParameters": {"x": "arn:aws:s3:::payload"},
                     "StoppingCondition": {"MaxRuntimeInSeconds": 3600}})",
                 "Ib:/AlgorithmSpecification/TrainingImage "
                 "Ub:/InputDataConfig/*/DataSource/S3DataSource/S3Uri "
                 "Ub:/OutputDataConfig/S3OutputPath Ab:/RoleArn") ==
        "A! arn:aws:iam::111122223333:role/train | "
        "I 763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.3-gpu | "
        "U s3://ml-data-training/in | U s3://ml-data-models/out");
  CHECK(found_in(BodyFormat::json,
                 R"({"QueueUrl": "https://sqs.us-west-2.amazonaws.com/111122223333/queue1",
                     "MessageBody": "arn:aws:sqs:us-west-2:999988887777:evil"})",
                 "Qb:/QueueUrl") == "Q! https://sqs.us-west-2.amazonaws.com/111122223333/queue1");
  CHECK(found_in(BodyFormat::xml,
                 "<BucketLoggingStatus xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                 "<LoggingEnabled><TargetBucket>logs</TargetBucket><TargetPrefix>p</TargetPrefix>"
                 "</LoggingEnabled></BucketLoggingStatus>",
                 "Bb:/BucketLoggingStatus/LoggingEnabled/TargetBucket") == "B logs");
}

}  // namespace
}  // namespace sallyport
