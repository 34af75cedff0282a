#include "policy/aws/credential/credentials.h"

#include <fstream>
#include <string>

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include "policy/aws/credential/s3_post_form.h"
#include "tests/policy/aws/credential/sent_request.h"

namespace sallyport {
namespace {

using test::field_lines;
using test::FieldLines;
using test::filled;
using test::joined;
using test::SentRequest;
using test::shown;

std::string text_of(const boost::json::value* value) {
  return value == nullptr || value->is_null() ? "" : std::string(value->as_string());
}

FieldLines lines_of(const boost::json::value& headers) {
  FieldLines lines;
  if (headers.is_object()) {
    for (const auto& [name, value] : headers.as_object()) {
      lines.emplace_back(std::string(name), text_of(&value));
    }
    return lines;
  }
  for (const auto& line : headers.as_array()) {
    lines.emplace_back(text_of(&line.at(0)), text_of(&line.at(1)));
  }
  return lines;
}

/// The kind that the vectors' word means; `unknown` where it must be no credential that counts.
SignatureKind kind_of(const std::string& scheme) {
  using enum SignatureKind;
  if (scheme == "v4-header") return sigv4;
  if (scheme == "v4-query") return sigv4_query;
  if (scheme == "v4a-header") return sigv4a;
  if (scheme.starts_with("v2-") || scheme == "v3") return sigv2;
  if (scheme.starts_with("post-policy-")) return s3_post;
  if (scheme.starts_with("bedrock-") || scheme == "sso-bearer") return bearer;
  if (scheme == "basic") return basic;
  if (scheme == "federation" || scheme == "saml") return federation;
  return unknown;
}

/// The credentials of a vector's request, its body included.
CredentialReading reading_of(const boost::json::object& vector) {
  // The tables know the regional names of the sign-in hosts alone.
  std::string url = text_of(vector.if_contains("url"));
  if (const std::string global = "https://signin."; url.starts_with(global)) {
    url.replace(0, global.size(), "https://us-east-1.signin.");
  }
  const SentRequest request(text_of(vector.if_contains("method")), url,
                            lines_of(vector.at("headers")));
  const std::string body = joined(text_of(vector.if_contains("body")));
  const std::string type(request.view().field("content-type").value_or(""));
  if (body.empty()) return request.credentials();
  const auto form = type.starts_with("multipart/") ? read_s3_post_form(type, body)
                                                   : Parameters::read(body, Parameters::Kind::form);
  REQUIRE(form);
  return request.credentials(&*form);
}

TEST_CASE("Every vector of FACTS section 2 is read as it says") {
  std::ifstream file(std::string(SALLYPORT_SOURCE_DIR) +
                     "/tests/data/aws/credential_vectors.jsonl");
  int rows = 0;
  for (std::string line; std::getline(file, line); ++rows) {
    const boost::json::object vector = boost::json::parse(line).as_object();
    const boost::json::object& expect = vector.at("expect").as_object();
    CAPTURE(text_of(vector.if_contains("name")));
    const CredentialReading reading = reading_of(vector);
    CAPTURE(shown(reading));
    const std::string scheme = text_of(expect.if_contains("scheme"));
    if (scheme == "none") {
      CHECK(shown(reading) == "none");
      continue;
    }
    if (scheme == "reject") {
      // A contradiction, or of a kind or an account that no rule has.
      CHECK((reading.contradiction || reading.found.at(0).kind == SignatureKind::unknown ||
             reading.found.at(0).account.empty()));
      continue;
    }
    REQUIRE(reading.found.size() == 1);
    CHECK_FALSE(reading.contradiction);
    const Credential& found = reading.found.front();
    CHECK(found.kind == kind_of(scheme));
    CHECK(found.access_key_id == joined(text_of(expect.if_contains("key_id"))));
    CHECK(found.account == text_of(expect.if_contains("account")));
    const std::string region = text_of(expect.if_contains("region"));
    CHECK(found.region == (region.starts_with("set:") ? "" : region));
    if (!found.service.empty()) CHECK(found.service == text_of(expect.if_contains("service")));
  }
  CHECK(rows == 35);
}

constexpr std::string_view kUrl = "https://bkt.s3.us-east-1.amazonaws.com/key";

struct TokenRow {
  std::string_view query;
  std::string_view lines;
  std::string_view expected;
};

constexpr TokenRow kTokenRows[] = {
    {"", "Authorization: {sigv4}\nX-Amz-Security-Token: {own-token}",
     "sigv4 AKIA...AAAA 123456789012 us-east-1/s3 token 123456789012"},
    {"", "Authorization: {sigv4}\nx-amz-security-token: {foreign-token}",
     "sigv4 AKIA...AAAA 123456789012 us-east-1/s3 token 111122223333 [session_token_mismatch]"},
    // The kinds that hide the account, and what is none, witness nothing.
    {"", "Authorization: {sigv4}\nX-Amz-Security-Token: FwoGZXIvYXdzEBYaDA",
     "sigv4 AKIA...AAAA 123456789012 us-east-1/s3"},
    {"", "Authorization: {sigv4}\nX-Amz-Security-Token: TOKEN",
     "sigv4 AKIA...AAAA 123456789012 us-east-1/s3"},
    {"?{presigned}&X-Amz-Security-Token={own-token}", "",
     "sigv4-query AKIA...AAAA 123456789012 us-east-1/s3 token 123456789012"},
    {"?{presigned}&X-Amz-Security-Token={foreign-token}", "",
     "sigv4-query AKIA...AAAA 123456789012 us-east-1/s3 token 111122223333 "
     "[session_token_mismatch]"},
    // Some sign the header rather than the parameter; the same token twice says one thing.
    {"?{presigned}", "X-Amz-Security-Token: {own-token}",
     "sigv4-query AKIA...AAAA 123456789012 us-east-1/s3 token 123456789012"},
    {"?{presigned}&X-Amz-Security-Token={own-token}", "X-Amz-Security-Token: {own-token}",
     "sigv4-query AKIA...AAAA 123456789012 us-east-1/s3 token 123456789012"},
    // Two tokens: which one AWS takes is not ours to guess.
    {"?{presigned}&X-Amz-Security-Token={own-token}", "X-Amz-Security-Token: {foreign-token}",
     "sigv4-query AKIA...AAAA 123456789012 us-east-1/s3 [multiple_credentials]"},
    {"?{presigned}&X-Amz-Security-Token={own-token}&x-amz-security-token={own-token}", "",
     "sigv4-query AKIA...AAAA 123456789012 us-east-1/s3 [multiple_credentials]"},
    {"",
     "Authorization: {sigv4}\nX-Amz-Security-Token: {own-token}\nx-amz-security-token: {own-token}",
     "sigv4 AKIA...AAAA 123456789012 us-east-1/s3 [multiple_credentials]"},
    // S3 Express has a token of its own, and never both.
    {"", "Authorization: {sigv4}\nx-amz-s3session-token: opaque",
     "s3express AKIA...AAAA 123456789012 us-east-1/s3"},
    {"", "Authorization: {sigv4}\nx-amz-s3session-token: a\nX-Amz-S3session-Token: a",
     "s3express AKIA...AAAA 123456789012 us-east-1/s3 [multiple_credentials]"},
    {"", "Authorization: {sigv4}\nx-amz-s3session-token: a\nx-amz-security-token: a",
     "s3express AKIA...AAAA 123456789012 us-east-1/s3 [multiple_credentials]"},
    {"?{presigned}&X-Amz-S3session-Token=opaque", "",
     "sigv4-query AKIA...AAAA 123456789012 us-east-1/s3"},
    // A token alone signs nothing.
    {"", "X-Amz-Security-Token: {own-token}", "none"},
};

TEST_CASE("The session token is a second witness, and there is one") {
  for (const TokenRow& row : kTokenRows) {
    CAPTURE(row.query);
    CAPTURE(row.lines);
    const SentRequest request("GET", std::string(kUrl) + std::string(row.query),
                              field_lines(row.lines));
    CHECK(shown(request.credentials()) == row.expected);
  }
}

TEST_CASE("A query without a safe reading shows nothing, and is the caller's to block") {
  const SentRequest request("GET", std::string(kUrl) + "?{presigned}&%zz", {});
  CHECK(shown(read_credentials(request.view(), nullptr, nullptr)) == "none");
}

TEST_CASE("What a form adds counts beside what the head has") {
  const std::string sigv2 =
      "Action=X&AWSAccessKeyId={foreign}&Signature=AAAA&SignatureVersion=2"
      "&SignatureMethod=HmacSHA256";
  const auto form = Parameters::read(filled(sigv2), Parameters::Kind::form);
  const std::string url = "https://sts.us-east-1.amazonaws.com/";
  CHECK(shown(SentRequest("POST", url).credentials(&*form)) == "sigv2 AKIA...AAAA 111122223333");
  const SentRequest signed_head("POST", url, {{"Authorization", "{sigv4}"}});
  CHECK(shown(signed_head.credentials(&*form)) == "several [multiple_credentials]");

  const auto token =
      Parameters::read(filled(sigv2 + "&SecurityToken={foreign-token}"), Parameters::Kind::form);
  CHECK(shown(SentRequest("POST", url).credentials(&*token)) ==
        "sigv2 AKIA...AAAA 111122223333 token 111122223333");
  const SentRequest other("POST", url, {{"X-Amz-Security-Token", "{own-token}"}});
  CHECK(shown(other.credentials(&*token)) ==
        "sigv2 AKIA...AAAA 111122223333 [multiple_credentials]");
  const SentRequest in_query("POST", url + "?X-Amz-Security-Token={own-token}");
  CHECK(shown(in_query.credentials(&*token)) ==
        "sigv2 AKIA...AAAA 111122223333 [multiple_credentials]");

  const auto plain = Parameters::read("Action=AssumeRole&RoleArn=x", Parameters::Kind::form);
  CHECK(shown(signed_head.credentials(&*plain)) == "sigv4 AKIA...AAAA 123456789012 us-east-1/s3");
}

}  // namespace
}  // namespace sallyport
