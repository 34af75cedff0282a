#include "proxy/aws_reading.h"

#include <vector>

#include <boost/container/small_vector.hpp>

#include "proxy/http/body_framing.h"

namespace sallyport {
namespace {

constexpr std::size_t kUsualFields = 24;

}  // namespace

AwsReading read_aws(const AwsHost& host, const RequestHead& head, const JudgedBody& body) {
  boost::container::small_vector<HeaderField, kUsualFields> fields;
  for (const Field& field : head.fields) fields.push_back({field.name, field.value});
  AwsRequestView view{.host = host, .method = head.method};
  const auto mark = head.path.find('?');
  view.path = head.lacks_slash() ? std::string_view("/") : head.path.substr(0, mark);
  if (mark != std::string_view::npos) view.query = head.path.substr(mark + 1);
  view.fields = fields;
  view.has_body = !framing_of(head).is_empty();
  return read_aws_request(view, body);
}

ReplyFormat format_of(AwsProtocol protocol, const AwsHost& host) {
  switch (protocol) {
    case AwsProtocol::rest_xml:
      return host.is_s3() ? ReplyFormat::aws_s3_xml : ReplyFormat::aws_query_xml;
    case AwsProtocol::query:
      return ReplyFormat::aws_query_xml;
    case AwsProtocol::ec2:
      return ReplyFormat::aws_ec2_xml;
    case AwsProtocol::rpc_cbor:
      return ReplyFormat::aws_cbor;
    case AwsProtocol::json_1_0:
      return ReplyFormat::aws_json_1_0;
    case AwsProtocol::json_1_1:
      return ReplyFormat::aws_json;
    case AwsProtocol::rest_json:
      return ReplyFormat::aws_rest_json;
  }
  return ReplyFormat::aws_json;
}

}  // namespace sallyport
