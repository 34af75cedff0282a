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
