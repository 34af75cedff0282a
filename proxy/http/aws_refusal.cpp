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

/// What passes by itself is told so that SDKs try again, the rest so that none does.
std::string_view code_of(const Refusal& refusal) {
  const std::uint16_t status = status_of(refusal);
  const bool may_pass = status == 503 || status == 429;
  if (refusal.format == ReplyFormat::aws_json) {
    return may_pass ? "ServiceUnavailableException" : "AccessDeniedException";
  }
  return may_pass ? "ServiceUnavailable" : "AccessDenied";
}

bool begins(std::string_view text, std::string_view with) {
  return equal_ignoring_case(text.substr(0, with.size()), with);
}

}  // namespace

bool is_of_aws_sdk(const RequestHead& head) {
  if (head.path.find("X-Amz-") != std::string_view::npos) return true;  // a signed URL
  for (const Field& field : head.fields) {
    if (begins(field.name, "x-amz-") || begins(field.name, "amz-sdk-")) return true;
    if (equal_ignoring_case(field.name, "authorization") && begins(field.value, "AWS")) return true;
  }
  return false;
}

ReplyFormat aws_format(const FieldLines& request, ReplyFormat by_service) {
  if (request.find("x-amz-target")) return ReplyFormat::aws_json;
  const std::string_view type = request.find("content-type").value_or(std::string_view());
  if (begins(type, "application/x-amz-json-")) return ReplyFormat::aws_json;
  if (begins(type, "application/x-www-form-urlencoded")) return ReplyFormat::aws_query_xml;
  return by_service;
}

bool is_aws(ReplyFormat format) { return format >= ReplyFormat::aws_s3_xml; }

std::string aws_body(const Refusal& refusal) {
  const std::string message = message_of(refusal);
  std::string body;
  if (refusal.format == ReplyFormat::aws_json) {
    body = "{\"__type\":\"";
    body += code_of(refusal);
    body += "\",\"message\":";
    append_json_string(body, message);
    body += ",\"Message\":";
    append_json_string(body, message);
    return body + '}';
  }
  const bool is_s3 = refusal.format == ReplyFormat::aws_s3_xml;
  body = is_s3 ? "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>"
               : "<ErrorResponse><Error><Type>Sender</Type>";
  body += "<Code>";
  body += code_of(refusal);
  body += "</Code><Message>";
  append_escaped(body, message);
  body += is_s3 ? "</Message><RequestId>" : "</Message></Error><RequestId>";
  body += refusal.id;
  body += is_s3 ? "</RequestId></Error>" : "</RequestId></ErrorResponse>";
  return body;
}

std::string_view aws_content_type(ReplyFormat format) {
  return format == ReplyFormat::aws_json ? "application/x-amz-json-1.1" : "application/xml";
}

void append_aws_fields(std::string& head, const Refusal& refusal) {
  if (refusal.format == ReplyFormat::aws_json) {
    head += "\r\nx-amzn-errortype: ";
    head += code_of(refusal);
  }
  head += "\r\nx-amzn-requestid: ";
  head += refusal.id;
  head += "\r\nx-amz-request-id: ";
  head += refusal.id;
}

}  // namespace sallyport
