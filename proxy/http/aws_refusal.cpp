#include "proxy/http/aws_refusal.h"

#include "proxy/http/markup.h"
#include "proxy/http/octets.h"
#include "proxy/http/reason_words.h"
#include "proxy/http/reply.h"

namespace sallyport {
namespace {

/// What the SDK prints: one line.
std::string message_of(const Refusal& refusal) {
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
  line += refusal.id;
  return line;
}

std::string body_of(const Refusal& refusal) {
  const std::string message = message_of(refusal);
  std::string body;
  if (refusal.format == ReplyFormat::aws_json) {
    body = "{\"__type\":\"AccessDeniedException\",\"message\":";
    append_json_string(body, message);
    body += ",\"Message\":";
    append_json_string(body, message);
    return body + '}';
  }
  const bool is_s3 = refusal.format == ReplyFormat::aws_s3_xml;
  body = is_s3 ? "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>"
               : "<ErrorResponse><Error><Type>Sender</Type>";
  body += "<Code>AccessDenied</Code><Message>";
  append_escaped(body, message);
  body += is_s3 ? "</Message><RequestId>" : "</Message></Error><RequestId>";
  body += refusal.id;
  body += is_s3 ? "</RequestId></Error>" : "</RequestId></ErrorResponse>";
  return body;
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

std::string aws_refusal(const Refusal& refusal) {
  const std::string body = body_of(refusal);
  const bool is_json = refusal.format == ReplyFormat::aws_json;
  std::string out = "HTTP/1.1 403 Forbidden\r\nDate: ";
  out += http_date(refusal.time);
  out += is_json ? "\r\nContent-Type: application/x-amz-json-1.1"
                   "\r\nx-amzn-errortype: AccessDeniedException"
                 : "\r\nContent-Type: application/xml";
  out += "\r\nContent-Length: ";
  out += std::to_string(body.size());
  out += "\r\nx-amzn-requestid: ";
  out += refusal.id;
  out += "\r\nx-amz-request-id: ";
  out += refusal.id;
  out += "\r\nCache-Control: no-store";
  if (!refusal.keeps_open) out += "\r\nConnection: close";
  out += "\r\n\r\n";
  if (!refusal.is_head_method) out += body;
  return out;
}

}  // namespace sallyport
