#include "proxy/commands/explanation_json.h"

#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "metrics/audit_line.h"
#include "tests/policy/loader/load_text.h"

namespace sallyport {
namespace {

namespace json = boost::json;
using namespace sallyport::test;

constexpr std::string_view kRules =
    "  - {name: docs, hosts: [docs.example.org]}\n"
    "  - {name: pinned, hosts: [docs.example.org], networks: [52.95.0.0/16]}\n"
    "  - {name: other, hosts: [other.example.org]}\n"
    "  - {name: alt, hosts: [docs.example.org], ports: [8443]}\n"
    "  - {name: never, effect: deny, hosts: [docs.example.org], schemes: [http]}\n";

std::shared_ptr<const Snapshot> snapshot() {
  const LoadResult result = load_text(with_rules(kRules));
  REQUIRE(joined(errors_of(result)) == "");
  return result.policy->snapshot;
}

json::object explained(const ToldAttempt& attempt) {
  const auto policy = snapshot();
  return explanation_json(*policy, judge(*policy, attempt));
}

ToldAttempt connect(std::string target) { return {.method = "CONNECT", .url = std::move(target)}; }

std::string word(const json::object& object, std::string_view key) {
  return json::serialize(object.at({key.data(), key.size()}));
}

TEST_CASE("an allowed attempt is told with its rule, its last fact and its host") {
  const json::object object = explained(connect("DOCS.example.org.:443"));
  CHECK(word(object, "decision") == R"("allow")");
  CHECK(word(object, "reason") == R"("allowed")");
  CHECK(word(object, "rule") == R"("docs")");
  CHECK(word(object, "after") == R"("first_bytes")");
  CHECK(word(object, "tls") == R"("passthrough")");
  CHECK(word(object, "host") == R"("docs.example.org")");
  CHECK(word(object, "port") == "443");
  CHECK(!object.contains("needs"));
  CHECK(!object.contains("words"));
}

TEST_CASE("a block by no rule has a null for it") {
  const json::object object = explained(connect("www.example.net:443"));
  CHECK(word(object, "decision") == R"("block")");
  CHECK(word(object, "reason") == R"("host_not_allowed")");
  CHECK(word(object, "rule") == "null");
  CHECK(word(object, "after") == R"("connect")");
  CHECK(word(object, "tls") == R"("none")");
}

TEST_CASE("each rule says what it said: matched, what it failed on, what it waits for") {
  ToldAttempt attempt = connect("docs.example.org:443");
  attempt.addresses = {{*IpAddress::parse("52.94.77.1")}};
  CHECK(word(explained(attempt), "considered") ==
        R"([{"rule":"docs","outcome":"matched"},)"
        R"({"rule":"pinned","outcome":"failed","condition":"networks",)"
        R"("reason":"network_not_allowed"},)"
        R"({"rule":"other","outcome":"failed","condition":"hosts","reason":"host_not_allowed"},)"
        R"({"rule":"alt","outcome":"failed","condition":"ports","reason":"port_not_allowed"},)"
        R"({"rule":"never","outcome":"failed","condition":"schemes",)"
        R"("reason":"scheme_not_allowed"}])");

  // Blocked at the CONNECT, since no allow has that port: the deny was never answered.
  const json::object blocked = explained(connect("docs.example.org:9000"));
  CHECK(word(blocked, "considered")
            .find(R"({"rule":"never","outcome":"waits","fact":"first_bytes"})") !=
        std::string::npos);
}

TEST_CASE("an address that was not given is said to be assumed") {
  const json::object open = explained(connect("docs.example.org:443"));
  CHECK(word(open, "assumed") == json::serialize(json::value(kAssumed)));
  ToldAttempt given = connect("docs.example.org:443");
  given.addresses = {{*IpAddress::parse("52.94.77.1")}};
  CHECK(!explained(given).contains("assumed"));
  CHECK(!explained(connect("www.example.net:443")).contains("assumed"));
}

TEST_CASE("a head that is refused is told in words, and has no host") {
  const json::object object = explained(connect("docs..example.org:443"));
  CHECK(word(object, "reason") == R"("invalid_host")");
  CHECK(word(object, "words").size() > 10);
  CHECK(!object.contains("host"));
  CHECK(!object.contains("considered"));
}

TEST_CASE("a CONNECT that will be read says what it needs") {
  Snapshot reads = *snapshot();
  reads.rules[0].methods = {"GET"};
  reads.rules[1].methods = {"GET"};
  const json::object object =
      explanation_json(reads, judge(reads, connect("docs.example.org:443")));
  CHECK(word(object, "decision") == R"("allow")");
  CHECK(word(object, "reason") == R"("allowed")");
  CHECK(word(object, "rule") == "null");
  CHECK(word(object, "tls") == R"("intercepted")");
  CHECK(word(object, "needs") == R"("request")");
}

/// The `aws` block of the line that the audit log has for a request that shows the same.
json::object aws_of_line(const AwsFacts& facts) {
  AttemptRecord record;
  record.aws = std::make_shared<const AwsFacts>(facts);
  std::string line(AuditLine::kBytesMax, '?');
  line.resize(AuditLine("gate", {}).write(record, line.data(), line.size()));
  return json::parse(line).at("aws").as_object();
}

TEST_CASE("what a request shows of AWS is told as the audit log tells it") {
  AwsFacts facts;
  facts.signatures.values = {"sigv4", "bearer"};
  facts.principal_accounts.values = {"111122223333", "444455556666"};
  facts.access_keys.values = {std::string("AKIA") + "IOSFODNN7EXAUIES"};
  facts.services.values = {"s3"};
  facts.regions.values = {"us-east-1"};
  facts.operation = "CopyObject";
  facts.actions.values = {"s3:PutObject", "s3:GetObject"};
  facts.buckets.values = {"a", "b"};
  facts.resources.values = {"arn:aws:s3:::a/k", "arn:aws:s3:::b/k"};
  facts.resource_accounts.values = {"444455556666", "111122223333"};
  facts.referenced_accounts.values = {"763104351884", "763104351885"};
  json::object told = aws_json(facts);
  CHECK(word(told, "credentials") == R"(["sigv4","bearer"])");
  told.erase("credentials");
  CHECK(json::serialize(told) ==
        R"({"signature":"sigv4","principal_account":"111122223333",)"
        R"("access_key_id":"AKIA...UIES","service":"s3","region":"us-east-1",)"
        R"("operation":"CopyObject","actions":["s3:PutObject","s3:GetObject"],)"
        R"("buckets":["a","b"],"resources":["arn:aws:s3:::a/k","arn:aws:s3:::b/k"],)"
        R"("resource_accounts":["444455556666","111122223333"],)"
        R"("referenced_accounts":["763104351884","763104351885"]})");
  CHECK(told == aws_of_line(facts));
}

TEST_CASE("what a request does not show of AWS has no key") {
  AwsFacts facts;
  facts.services.values = {"s3"};
  CHECK(json::serialize(aws_json(facts)) == R"({"service":"s3"})");
  CHECK(aws_json(facts) == aws_of_line(facts));
}

}  // namespace
}  // namespace sallyport
