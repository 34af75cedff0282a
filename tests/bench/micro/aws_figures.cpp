#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "policy/decide.h"
#include "policy/facts_of.h"
#include "policy/loader/policy_yaml.h"
#include "proxy/aws_reading.h"
#include "proxy/request_record.h"
#include "tests/bench/micro/figures.h"
#include "tests/bench/micro/rounds.h"

namespace sallyport::bench {
namespace {

constexpr std::size_t kRounds = 31;
constexpr std::size_t kRequests = 20'000;
constexpr TimePoint kTime{std::chrono::seconds(1'790'000'000)};
const IpAddress kClient = IpAddress::v4({10, 20, 0, 7});

constexpr std::string_view kPolicy =
    "version: 1\n"
    "organization: {accounts: [\"111122223333\"], buckets: [ml-data, ml-models]}\n"
    "rules:\n"
    "  - name: own-buckets\n"
    "    hosts: [\"@s3\"]\n"
    "    aws: {actions: [\"s3:Get*\", \"s3:List*\", \"s3:PutObject\"]}\n"
    "  - name: services\n"
    "    hosts: [\"@sagemaker-api\", \"@sts\", \"@cloudwatch-logs\"]\n"
    "    aws: {principal_accounts: organization}\n"
    "  - name: no-policies\n"
    "    effect: deny\n"
    "    hosts: [\"@s3\"]\n"
    "    aws: {actions: [\"s3:Put*Policy\"]}\n";

Snapshot snapshot() {
  const PolicySource source{
      .read_file = [](const std::string&, std::string&) { return std::nullopt; },
      .sha256_hex = [](std::string_view) { return std::string(64, '0'); }};
  const LoadResult result = load_policy_text(kPolicy, "bench.yaml", source, kTime);
  require(result.is_ok(), "the policy loads");
  return *result.policy->snapshot;
}

/// A request as an SDK sends it, of the account 111122223333.
struct Sent {
  const char* name;
  Authority target;
  std::string bytes;
  std::string body;
};

std::string signed_head(const std::string& line, const std::string& host,
                        const std::string& service, const std::string& more) {
  const std::string key = std::string("AKIA") + "RTX3GSDSQAAAAAAA";
  return line + " HTTP/1.1\r\nHost: " + host +
         "\r\nUser-Agent: Boto3/1.34.0 md/Botocore#1.34.0\r\nX-Amz-Date: 20261126T120000Z\r\n" +
         more + "Authorization: AWS4-HMAC-SHA256 Credential=" + key + "/20261126/us-east-1/" +
         service + "/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=" +
         std::string(64, 'a') + "\r\n\r\n";
}

Sent put_object() {
  const std::string host = "ml-data.s3.us-east-1.amazonaws.com";
  return {"s3_put",
          {*Host::parse_name(host), 443},
          signed_head("PUT /train/part-0001.parquet", host, "s3",
                      "x-amz-content-sha256: UNSIGNED-PAYLOAD\r\nContent-Length: 8388608\r\n"),
          {}};
}

Sent json_call(const char* name, const std::string& target, const std::string& body) {
  const std::string host = "api.sagemaker.us-east-1.amazonaws.com";
  return {name,
          {*Host::parse_name(host), 443},
          signed_head("POST /", host, "sagemaker",
                      "X-Amz-Target: SageMaker." + target +
                          "\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: " +
                          std::to_string(body.size()) + "\r\n"),
          body};
}

/// Facts and verdict, as the gate makes them once a head is read; with the body where it is asked
/// for.
Answer judge(const Snapshot& policy, const Sent& sent, const RequestHead& head) {
  const auto aws = aws_host(sent.target.host);
  const auto read = [&](const JudgedBody& body) { return read_aws(*aws, head, body); };
  RequestFacts request = request_facts(head);
  request.aws = read({}).facts;
  Facts facts = facts_of_exchange(policy, kClient, sent.target, kTime, false, std::move(request));
  facts.address.emplace().is_assumed = true;
  Answer answer = decide(policy, facts);
  if (answer.kind != Answer::Kind::need) return answer;
  add_body(facts, read({JudgedBody::State::read, sent.body}).facts);
  return decide(policy, facts);
}

void print(const Snapshot& policy, const Sent& sent) {
  RequestHeadReader reader(HeadPlace::https_origin, {});
  require(reader.read(sent.bytes) == HeadProgress::done, "the head is read");
  const RequestHead head = reader.take();
  require(judge(policy, sent, head).is_allow(), "the request is allowed");
  const double spent =
      median_nanoseconds(kRounds, kRequests, [&](std::size_t) { use(judge(policy, sent, head)); });
  std::printf("aws_%s\t%.0f\n", sent.name, spent);
}

}  // namespace

void print_aws() {
  const Snapshot policy = snapshot();
  print(policy, put_object());
  print(policy, json_call("json", "DescribeTrainingJob", "{\"TrainingJobName\":\"j\"}"));
  print(policy, json_call("json_with_body", "CreateTrainingJob",
                          R"({"TrainingJobName":"j","RoleArn":"arn:aws:iam::111122223333:role/r",)"
                          R"("OutputDataConfig":{"S3OutputPath":"s3://ml-models/out"}})"));
}

}  // namespace sallyport::bench
