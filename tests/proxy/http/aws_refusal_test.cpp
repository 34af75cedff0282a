#include "proxy/http/aws_refusal.h"

#include <doctest/doctest.h>

#include "proxy/http/reply.h"
#include "proxy/http/request_head.h"

namespace sallyport {
namespace {

RequestHead head_of(const std::string& bytes) {
  RequestHeadReader reader(HeadPlace::https_origin, {});
  REQUIRE(reader.read(bytes) == HeadProgress::done);
  return reader.take();
}

std::string told(Refusal refusal, ReplyFormat format, std::string_view id) {
  refusal.format = format;
  refusal.id = id;
  return sallyport::refusal(refusal);
}

TEST_CASE("an SDK and a signed URL are told from a browser") {
  struct Row {
    const char* line;
    const char* fields;
    bool is_sdk;
  };
  const Row rows[] = {
      {"GET /key", "Authorization: AWS4-HMAC-SHA256 Credential=x\r\n", true},
      {"GET /key", "authorization: AWS id:signature\r\n", true},
      {"GET /key?X-Amz-Algorithm=AWS4-HMAC-SHA256", "", true},
      {"PUT /key", "x-amz-content-sha256: UNSIGNED-PAYLOAD\r\n", true},
      {"GET /key", "Amz-Sdk-Invocation-Id: 1\r\n", true},
      {"POST /", "User-Agent: aws-cli/2.9.19 Python/3.11.2\r\n", true},
      {"POST /", "user-agent: Boto3/1.26.27 Python/3.11.2\r\n", true},
      {"GET /key", "Accept: text/html\r\nUser-Agent: Mozilla/5.0\r\n", false},
      {"GET /key", "Authorization: Bearer AWS\r\n", false},
      {"GET /key", "X-Amzn: 1\r\n", false},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.line) + row.fields);
    const std::string bytes =
        std::string(row.line) + " HTTP/1.1\r\nHost: a.example\r\n" + row.fields + "\r\n";
    CHECK(is_of_aws_sdk(head_of(bytes)) == row.is_sdk);
  }
}

TEST_CASE(
    "each form says reason, rule, hint, contact and the audit's id, and nothing is echoed raw") {
  const auto target = parse_authority("bucket.s3.amazonaws.com:443");
  REQUIRE(target);
  const Refusal refusal{.reason = Reason::host_not_allowed,
                        .target = &*target,
                        .rule = "own-buckets",
                        .hint = "ask for <it>.",
                        .contact = "ask \"#ml\""};
  const std::string xml = told(refusal, ReplyFormat::aws_s3_xml, "id-1");
  CHECK(xml.starts_with("HTTP/1.1 403 Blocked by sallyport: host_not_allowed\r\nDate: "));
  CHECK(xml.find("\r\nContent-Type: application/xml\r\n") != std::string::npos);
  CHECK(xml.find("\r\nx-amzn-requestid: id-1\r\n") != std::string::npos);
  CHECK(xml.find("\r\n\r\n<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied"
                 "</Code><Message>Blocked by sallyport: host_not_allowed "
                 "(bucket.s3.amazonaws.com). ") != std::string::npos);
  CHECK(xml.find("Rule: own-buckets. ask for &lt;it&gt;. Contact: ask &#34;#ml&#34;. Audit id: "
                 "id-1.</Message><RequestId>id-1</RequestId></Error>") != std::string::npos);

  const std::string query = told(refusal, ReplyFormat::aws_query_xml, "id-2");
  CHECK(query.find("<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>") !=
        std::string::npos);
  CHECK(query.ends_with("</Error><RequestId>id-2</RequestId></ErrorResponse>"));

  const std::string json = told(refusal, ReplyFormat::aws_json, "id-3");
  CHECK(json.find("\r\nx-amzn-errortype: AccessDeniedException\r\n") != std::string::npos);
  CHECK(json.find("{\"__type\":\"AccessDeniedException\",\"message\":\"Blocked by sallyport: ") !=
        std::string::npos);
  CHECK(json.find("ask for \\u003cit\\u003e") != std::string::npos);
}

TEST_CASE("EC2, CBOR and the JSON versions have forms of their own") {
  const Refusal refusal{.reason = Reason::action_not_allowed, .rule = "jobs"};
  const std::string ec2 = told(refusal, ReplyFormat::aws_ec2_xml, "id-4");
  CHECK(ec2.find("<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>Blocked") !=
        std::string::npos);
  CHECK(ec2.ends_with("</Message></Error></Errors><RequestID>id-4</RequestID></Response>"));

  const std::string cbor = told(refusal, ReplyFormat::aws_cbor, "id-5");
  CHECK(cbor.find("\r\nContent-Type: application/cbor\r\n") != std::string::npos);
  CHECK(cbor.find("\r\nsmithy-protocol: rpc-v2-cbor\r\n") != std::string::npos);
  const std::string_view begins(
      "\xa2\x79\x00\x06__type\x79\x00\x15"
      "AccessDeniedException\x79\x00\x07"
      "message\x79",
      45);
  CHECK(cbor.find(begins) != std::string::npos);

  CHECK(told(refusal, ReplyFormat::aws_json_1_0, "id").find("application/x-amz-json-1.0") !=
        std::string::npos);
  const std::string rest = told(refusal, ReplyFormat::aws_rest_json, "id");
  CHECK(rest.find("\r\nContent-Type: application/json\r\n") != std::string::npos);
  CHECK(rest.find("\r\nx-amzn-errortype: AccessDeniedException\r\n") != std::string::npos);
}

TEST_CASE("what passes by itself may be tried again, the rest may not") {
  struct Row {
    Reason reason;
    const char* status;
    const char* code;
  };
  const Row rows[] = {
      {Reason::method_not_allowed, "403", "AccessDenied"},
      {Reason::action_not_allowed, "403", "AccessDenied"},
      {Reason::malformed_request, "403", "AccessDenied"},
      {Reason::host_mismatch, "403", "AccessDenied"},
      {Reason::upload_limit, "413", "AccessDenied"},
      {Reason::rate_limit, "429", "ServiceUnavailable"},
      {Reason::audit_unavailable, "503", "ServiceUnavailable"},
      {Reason::overloaded, "503", "ServiceUnavailable"},
      {Reason::draining, "503", "ServiceUnavailable"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(text(row.reason)));
    const std::string xml = told({.reason = row.reason}, ReplyFormat::aws_s3_xml, "id");
    CHECK(xml.starts_with(std::string("HTTP/1.1 ") + row.status + " "));
    CHECK(xml.find(std::string("<Code>") + row.code + "</Code>") != std::string::npos);
    const std::string json = told({.reason = row.reason}, ReplyFormat::aws_json, "id");
    CHECK(json.find(std::string("\"__type\":\"") + row.code + "Exception\"") != std::string::npos);
  }
}

TEST_CASE("the length is the body's; a HEAD has none") {
  Refusal refusal{.reason = Reason::host_not_allowed};
  const std::string whole = told(refusal, ReplyFormat::aws_json, "id");
  const auto body = whole.find("\r\n\r\n") + 4;
  const std::string length = "\r\nContent-Length: " + std::to_string(whole.size() - body) + "\r\n";
  CHECK(whole.find(length) != std::string::npos);
  refusal.is_head_method = true;
  const std::string head = told(refusal, ReplyFormat::aws_json, "id");
  CHECK(head.find(length) != std::string::npos);
  CHECK(head.ends_with("\r\n\r\n"));
}

}  // namespace
}  // namespace sallyport
