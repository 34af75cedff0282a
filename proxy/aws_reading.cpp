#include "proxy/aws_reading.h"

#include <vector>

#include <boost/container/small_vector.hpp>

#include "proxy/http/body_framing.h"
#include "proxy/http/content_coding.h"

namespace sallyport {
namespace {

constexpr std::size_t kUsualFields = 24;

std::string first_of(const ShownValues& shown) {
  return shown.values.empty() ? std::string() : shown.values.front();
}

std::vector<std::string> texts_of(const ShownValues& shown) {
  return {shown.values.begin(), shown.values.end()};
}

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

JudgedBody judged_body(const RequestHead& head, std::string_view payload, std::size_t bytes_max,
                       std::optional<std::string>& decoded) {
  const std::size_t codings = head.fields.count("content-encoding");
  if (codings == 0 && payload.size() <= bytes_max) return {JudgedBody::State::read, payload};
  const auto coding =
      codings == 1 ? content_coding(*head.fields.find("content-encoding")) : std::nullopt;
  if (coding) decoded = decode(*coding, payload, bytes_max);
  if (!decoded) return {JudgedBody::State::not_judgeable, {}};
  return {JudgedBody::State::read, *decoded, true};
}

std::unique_ptr<AwsRecord> aws_record(const AwsFacts& facts) {
  auto record = std::make_unique<AwsRecord>();
  record->signature = first_of(facts.signatures);
  record->principal_account = first_of(facts.principal_accounts);
  record->access_key_id = first_of(facts.access_keys);
  record->service = first_of(facts.services);
  record->region = first_of(facts.regions);
  record->operation = facts.operation;
  record->actions = texts_of(facts.actions);
  record->buckets = texts_of(facts.buckets);
  record->resources = texts_of(facts.resources);
  record->resource_accounts = texts_of(facts.resource_accounts);
  record->referenced_accounts = texts_of(facts.referenced_accounts);
  return record;
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
