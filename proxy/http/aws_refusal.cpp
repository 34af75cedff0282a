#include "proxy/http/aws_refusal.h"

#include "proxy/http/markup.h"
#include "proxy/http/octets.h"
#include "proxy/http/reason_words.h"
#include "proxy/http/reply.h"

namespace sallyport {
namespace {

/// Each a sentence; what stands in the policy may end in a full stop or not.
void append_sentence(std::string& line, std::string_view label, std::string_view told) {
  if (told.empty()) return;
  line += ' ';
  line += label;
  line += told;
  if (!told.ends_with('.')) line += '.';
}

/// What the SDK prints: one line.
std::string message_of(const Refusal& refusal) {
  std::string line = "Blocked by sallyport: ";
  line += text(refusal.reason);
  if (refusal.target != nullptr) {
    line += " (";
    line += refusal.target->host.text();
    line += ')';
  }
  line += '.';
  append_sentence(line, "", words(refusal.reason).sentence);
  append_sentence(line, "Rule: ", refusal.rule);
  append_sentence(line, "", refusal.hint);
  append_sentence(line, "Contact: ", refusal.contact);
  append_sentence(line, "Audit id: ", refusal.id);
  return line;
}

/// What stands around code, message and id in a service's XML.
struct Xml {
  ReplyFormat format;
  std::string_view before_code;
  std::string_view behind_message;
  std::string_view behind_id;
};

constexpr Xml kXml[] = {
    {ReplyFormat::aws_s3_xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>", "<RequestId>",
     "</RequestId></Error>"},
    {ReplyFormat::aws_query_xml, "<ErrorResponse><Error><Type>Sender</Type>", "</Error><RequestId>",
     "</RequestId></ErrorResponse>"},
    {ReplyFormat::aws_ec2_xml, "<Response><Errors><Error>", "</Error></Errors><RequestID>",
     "</RequestID></Response>"},
};

/// Null for formats that are no XML.
const Xml* xml_of(ReplyFormat format) {
  for (const Xml& each : kXml) {
    if (each.format == format) return &each;
  }
  return nullptr;
}

/// What passes by itself is told so that SDKs try again, the rest so that none does.
std::string_view code_of(const Refusal& refusal) {
  const std::uint16_t status = status_of(refusal);
  const bool may_pass = status == 503 || status == 429;
  const bool is_xml = xml_of(refusal.format) != nullptr;
  if (!is_xml) return may_pass ? "ServiceUnavailableException" : "AccessDeniedException";
  if (may_pass) return "ServiceUnavailable";
  return refusal.format == ReplyFormat::aws_ec2_xml ? "UnauthorizedOperation" : "AccessDenied";
}

std::string json_of(std::string_view code, std::string_view message) {
  std::string body = "{\"__type\":\"";
  body += code;
  body += "\",\"message\":";
  append_json_string(body, message);
  body += ",\"Message\":";
  append_json_string(body, message);
  return body + '}';
}

/// A text string of CBOR (RFC 8949 section 3.1) of up to 65,535 bytes.
void append_cbor_text(std::string& cbor, std::string_view utf8) {
  const std::string_view text = cut_text(utf8, 0xffff);
  constexpr char kTextOfTwoByteLength = 0x79;
  cbor += kTextOfTwoByteLength;
  cbor += static_cast<char>(text.size() >> 8);
  cbor += static_cast<char>(text.size() & 0xff);
  cbor += text;
}

std::string cbor_of(std::string_view code, std::string_view message) {
  constexpr char kMapOfTwo = static_cast<char>(0xa2);
  std::string body(1, kMapOfTwo);
  for (const std::string_view each :
       {std::string_view("__type"), code, std::string_view("message"), message}) {
    append_cbor_text(body, each);
  }
  return body;
}

}  // namespace

bool is_of_aws_sdk(const RequestHead& head) {
  if (head.path.find("X-Amz-") != std::string_view::npos) return true;  // a signed URL
  // An unsigned call shows nothing else.
  const std::string_view agent = head.fields.find("user-agent").value_or(std::string_view());
  for (const std::string_view sdk : {"aws-cli/", "aws-sdk-", "Boto3/", "Botocore/"}) {
    if (begins_ignoring_case(agent, sdk)) return true;
  }
  for (const Field& field : head.fields) {
    if (begins_ignoring_case(field.name, "x-amz-") || begins_ignoring_case(field.name, "amz-sdk-"))
      return true;
    if (equal_ignoring_case(field.name, "authorization") &&
        begins_ignoring_case(field.value, "AWS"))
      return true;
  }
  return false;
}

bool is_aws(ReplyFormat format) { return format >= ReplyFormat::aws_s3_xml; }

std::string aws_body(const Refusal& refusal) {
  const std::string message = message_of(refusal);
  const std::string_view code = code_of(refusal);
  const Xml* xml = xml_of(refusal.format);
  if (xml == nullptr) {
    return refusal.format == ReplyFormat::aws_cbor ? cbor_of(code, message)
                                                   : json_of(code, message);
  }
  std::string body(xml->before_code);
  body += "<Code>";
  body += code;
  body += "</Code><Message>";
  append_escaped(body, message);
  body += "</Message>";
  body += xml->behind_message;
  body += refusal.id;
  body += xml->behind_id;
  return body;
}

std::string_view aws_content_type(ReplyFormat format) {
  switch (format) {
    case ReplyFormat::aws_json:
      return "application/x-amz-json-1.1";
    case ReplyFormat::aws_json_1_0:
      return "application/x-amz-json-1.0";
    case ReplyFormat::aws_rest_json:
      return "application/json";
    case ReplyFormat::aws_cbor:
      return "application/cbor";
    default:
      return "application/xml";
  }
}

void append_aws_fields(std::string& head, const Refusal& refusal) {
  if (refusal.format == ReplyFormat::aws_cbor) {
    head += "\r\nsmithy-protocol: rpc-v2-cbor";
  } else if (xml_of(refusal.format) == nullptr) {
    head += "\r\nx-amzn-errortype: ";
    head += code_of(refusal);
  }
  head += "\r\nx-amzn-requestid: ";
  head += refusal.id;
  head += "\r\nx-amz-request-id: ";
  head += refusal.id;
}

}  // namespace sallyport
