#include "proxy/aws_reading.h"

#include <doctest/doctest.h>

namespace sallyport {
namespace {

RequestHead head_of(const std::string& bytes) {
  RequestHeadReader reader(HeadPlace::https_origin, {});
  REQUIRE(reader.read(bytes) == HeadProgress::done);
  return reader.take();
}

Host host_of(std::string_view name) { return *Host::parse_name(name); }

TEST_CASE("a head is read as a request to AWS where its host is an endpoint") {
  const std::string bytes =
      "PUT /key?x-id=PutObject HTTP/1.1\r\nHost: b.s3.us-east-1.amazonaws.com\r\n"
      "Content-Length: 3\r\n\r\nabc";
  const RequestHead head = head_of(bytes);
  const Host host = host_of("b.s3.us-east-1.amazonaws.com");
  const AwsReading found = read_aws(*aws_host(host), head, {});
  CHECK(found.facts->operation == "PutObject");
  CHECK(found.facts->buckets.values == ShownTexts{"b"});
}

ShownTexts texts_in(const std::vector<std::string>& list) { return {list.begin(), list.end()}; }

TEST_CASE("the record tells what the facts show") {
  AwsFacts facts;
  facts.signatures.values = {"sigv4"};
  facts.principal_accounts.values = {"111122223333"};
  facts.access_keys.values = {"KEY"};
  facts.services.values = {"s3"};
  facts.regions.values = {"us-east-1"};
  facts.operation = "CopyObject";
  facts.actions.values = {"s3:PutObject", "s3:GetObject"};
  facts.buckets.values = {"a", "b"};
  facts.resources.values = {"arn:aws:s3:::a/k"};
  facts.resource_accounts.values = {"444455556666"};
  facts.referenced_accounts.values = {"763104351884"};
  const auto record = aws_record(facts);
  CHECK(record->signature == "sigv4");
  CHECK(record->principal_account == "111122223333");
  CHECK(record->access_key_id == "KEY");
  CHECK(record->service == "s3");
  CHECK(record->region == "us-east-1");
  CHECK(record->operation == "CopyObject");
  CHECK(texts_in(record->actions) == facts.actions.values);
  CHECK(texts_in(record->buckets) == facts.buckets.values);
  CHECK(texts_in(record->resources) == facts.resources.values);
  CHECK(texts_in(record->resource_accounts) == facts.resource_accounts.values);
  CHECK(texts_in(record->referenced_accounts) == facts.referenced_accounts.values);
}

TEST_CASE("each protocol has its form of refusal") {
  CHECK(format_of(AwsProtocol::rest_xml, AwsHost{.s3_form = S3Form::path}) ==
        ReplyFormat::aws_s3_xml);
  CHECK(format_of(AwsProtocol::rest_xml, AwsHost{}) == ReplyFormat::aws_query_xml);
  CHECK(format_of(AwsProtocol::query, AwsHost{}) == ReplyFormat::aws_query_xml);
  CHECK(format_of(AwsProtocol::ec2, AwsHost{}) == ReplyFormat::aws_ec2_xml);
  CHECK(format_of(AwsProtocol::json_1_0, AwsHost{}) == ReplyFormat::aws_json_1_0);
  CHECK(format_of(AwsProtocol::json_1_1, AwsHost{}) == ReplyFormat::aws_json);
  CHECK(format_of(AwsProtocol::rest_json, AwsHost{}) == ReplyFormat::aws_rest_json);
  CHECK(format_of(AwsProtocol::rpc_cbor, AwsHost{}) == ReplyFormat::aws_cbor);
}

}  // namespace
}  // namespace sallyport
