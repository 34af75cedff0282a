#include "proxy/http/aws_refusal.h"

#include "proxy/http/markup.h"
#include "proxy/http/octets.h"
#include "proxy/http/reason_words.h"
#include "proxy/http/reply.h"

namespace sallyport {
namespace {

/// What the SDK prints: one line.
std::string message_of(const Refusal& refusal, std::string_view id) {
  std::string line = "Blocked by sallyport: ";
  line += text(refusal.reason);
  if (refusal.target != nullptr) {
    line += " (";
    line += refusal.target->host.text();
    line += ')';
  }
  line += ". ";
  line += words(refusal.reason).sentence;
  if (!refusal.rule.empty()) {
    line += " Rule: ";
    line += refusal.rule;
    line += '.';
  }
  if (!refusal.hint.empty()) {
    line += ' ';
    line += refusal.hint;
    line += '.';
  }
  if (!refusal.contact.empty()) {
    line += " Contact: ";
    line += refusal.contact;
    line += '.';
  }
  line += " Audit id: ";
  line += id;
  return line;
}

std::string body_of(AwsErrorForm form, std::string_view message, std::string_view id) {
  std::string body;
  if (form == AwsErrorForm::json) {
    body = "{\"__type\":\"AccessDeniedException\",\"message\":";
    append_json_string(body, message);
    body += ",\"Message\":";
    append_json_string(body, message);
    return body + '}';
  }
  const bool is_s3 = form == AwsErrorForm::s3_xml;
  body = is_s3 ? "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>"
               : "<ErrorResponse><Error><Type>Sender</Type>";
  body += "<Code>AccessDenied</Code><Message>";
  append_escaped(body, message);
  body += is_s3 ? "</Message><RequestId>" : "</Message></Error><RequestId>";
  body += id;
  body += is_s3 ? "</RequestId></Error>" : "</RequestId></ErrorResponse>";
  return body;
}

}  // namespace

AwsErrorForm aws_error_form(const FieldLines& request, AwsErrorForm by_service) {
  constexpr std::string_view kAwsJson = "application/x-amz-json-";
  constexpr std::string_view kForm = "application/x-www-form-urlencoded";
  if (request.find("x-amz-target")) return AwsErrorForm::json;
  const std::string_view type = request.find("content-type").value_or(std::string_view());
  if (equal_ignoring_case(type.substr(0, kAwsJson.size()), kAwsJson)) return AwsErrorForm::json;
  if (equal_ignoring_case(type.substr(0, kForm.size()), kForm)) return AwsErrorForm::query_xml;
  return by_service;
}

std::string aws_refusal(const Refusal& refusal, AwsErrorForm form, std::string_view id) {
  const std::string body = body_of(form, message_of(refusal, id), id);
  const bool is_json = form == AwsErrorForm::json;
  std::string out = "HTTP/1.1 403 Forbidden\r\nDate: ";
  out += http_date(refusal.time);
  out += is_json ? "\r\nContent-Type: application/x-amz-json-1.1"
                   "\r\nx-amzn-errortype: AccessDeniedException"
                 : "\r\nContent-Type: application/xml";
  out += "\r\nContent-Length: ";
  out += std::to_string(body.size());
  out += "\r\nx-amzn-requestid: ";
  out += id;
  out += "\r\nx-amz-request-id: ";
  out += id;
  out += "\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n";
  if (!refusal.is_head_method) out += body;
  return out;
}

}  // namespace sallyport
