#include "policy/aws/credential/bearer.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/policy/aws/credential/encoded.h"
#include "tests/policy/aws/credential/sent_request.h"

namespace sallyport {
namespace {

using test::base64;
using test::filled;

constexpr std::string_view kRuntime = "bedrock-runtime.us-east-1.amazonaws.com";

/// What the token shows at that host: account, then the ends of the key id and the scope.
std::string shown(const std::string& token, std::string_view host = kRuntime) {
  const auto name = Host::parse(host);
  const Credential credential = read_bearer(token, *aws_host(*name));
  CHECK(credential.kind == SignatureKind::bearer);
  std::string text = credential.account.empty() ? "none" : credential.account;
  if (!credential.access_key_id.empty())
    text += " " + test::shortened_key_id(credential.access_key_id);
  if (!credential.service.empty()) text += " " + credential.region + "/" + credential.service;
  if (!credential.token_account.empty()) text += " token " + credential.token_account;
  return text;
}

std::string long_term(std::string_view key) { return "ABSK" + base64(key); }

TEST_CASE("A long-term key of Bedrock shows its account at the end of the user's name") {
  CHECK(shown(long_term("BedrockAPIKey-abcd-at-123456789012:secret")) == "123456789012");
  CHECK(shown(long_term("somebody-at-123456789012:secret:with:colons")) == "123456789012");
  // A name that looks like an account is none: the last one counts.
  CHECK(shown(long_term("x-at-111122223333-at-123456789012:s")) == "123456789012");
  for (const std::string_view key :
       {"", ":", "BedrockAPIKey-abcd-at-123456789012", "123456789012:secret",
        "-at-123456789012:secret", "x-at-12345678901:secret", "x-at-1234567890123:secret",
        "x-at-12345678901x:secret", "x-at-123456789012 :secret", "x-AT-123456789012:secret",
        "x:y-at-123456789012:secret"}) {
    CAPTURE(key);
    CHECK(shown(long_term(key)) == "none");
  }
  CHECK(shown("ABSK") == "none");
  CHECK(shown("ABSK***") == "none");
  CHECK(shown(long_term(std::string(20'000, 'x') + "-at-123456789012:s")) == "none");
}

std::string short_term(std::string_view url) { return "bedrock-api-key-" + base64(filled(url)); }

constexpr std::string_view kCall =
    "bedrock.amazonaws.com/?Action=CallWithBearerToken&X-Amz-Algorithm=AWS4-HMAC-SHA256"
    "&X-Amz-Credential={own}%2F20261123%2Fus-east-1%2Fbedrock%2Faws4_request{times}"
    "&X-Amz-SignedHeaders=host&X-Amz-Signature={hex}&Version=1";

TEST_CASE("A short-term key of Bedrock is a presigned request, and shows its signer") {
  const std::string call(kCall);
  CHECK(shown(short_term(call)) == "123456789012 AKIA...AAAA us-east-1/bedrock");
  CHECK(shown(short_term(call + "&X-Amz-Security-Token={own-token}")) ==
        "123456789012 AKIA...AAAA us-east-1/bedrock token 123456789012");
  CHECK(shown(short_term(call + "&X-Amz-Security-Token={foreign-token}")) ==
        "123456789012 AKIA...AAAA us-east-1/bedrock token 111122223333");
  const std::string rows[] = {
      "",
      "evil.example/?" + call.substr(call.find('?') + 1),
      "https://" + call,
      call + "&X-Amz-Credential={foreign}%2F20261123%2Fus-east-1%2Fbedrock%2Faws4_request",
      call + "&AWSAccessKeyId={foreign}",
      call + "&Action=CallWithBearerToken",
      call + "&X-Amz-Security-Token=a&X-Amz-Security-Token=b",
      call + "&%zz",
      "bedrock.amazonaws.com/?{presigned}",
      "bedrock.amazonaws.com/?Action=Other&{presigned}",
  };
  for (const std::string& row : rows) {
    CAPTURE(row);
    CHECK(shown(short_term(row)) == "none");
  }
}

TEST_CASE("A foreign token within a short-term key contradicts it") {
  const test::SentRequest request(
      "POST", "https://bedrock-runtime.us-east-1.amazonaws.com/model/m/invoke",
      {{"Authorization",
        "Bearer " + short_term(std::string(kCall) + "&X-Amz-Security-Token={foreign-token}")}});
  CHECK(request.credentials().contradiction == Reason::session_token_mismatch);
}

TEST_CASE("Elsewhere the same tokens are opaque") {
  const std::string key = long_term("BedrockAPIKey-abcd-at-123456789012:secret");
  CHECK(shown(key, "bedrock.eu-west-1.amazonaws.com") == "123456789012");
  CHECK(shown(key, "sqs.us-east-1.amazonaws.com") == "none");
  CHECK(shown(short_term(kCall), "d-123456789012.d.codeartifact.us-east-1.amazonaws.com") ==
        "none");
  CHECK(shown("opaque") == "none");
}

}  // namespace
}  // namespace sallyport
