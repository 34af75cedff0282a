#include "policy/aws/credential/sigv4.h"

#include <string>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

constexpr auto kHmac = SigV4Algorithm::hmac;
constexpr auto kEcdsa = SigV4Algorithm::ecdsa;

std::string scope_text(std::string_view text, SigV4Algorithm algorithm) {
  const auto scope = SigV4Scope::parse(text, algorithm);
  if (!scope) return "none";
  return std::string(scope->access_key_id) + " " + std::string(scope->region) + " " +
         std::string(scope->service);
}

TEST_CASE("A scope has five parts, that of SigV4A four, counted from the right") {
  CHECK(scope_text("ID/20261123/us-east-1/s3/aws4_request", kHmac) == "ID us-east-1 s3");
  CHECK(scope_text("ID/20261123/s3/aws4_request", kEcdsa) == "ID  s3");
  CHECK(scope_text("ID/20261123/us-gov-west-1/IoTSecuredTunneling/aws4_request", kHmac) ==
        "ID us-gov-west-1 IoTSecuredTunneling");
  // The other's number of parts.
  CHECK(scope_text("ID/20261123/s3/aws4_request", kHmac) == "none");
  CHECK(scope_text("ID/20261123/us-east-1/s3/aws4_request", kEcdsa) == "none");
  // A date where the region would be makes no SigV4A out of it.
  CHECK(scope_text("ID/20261123/20261123/s3/aws4_request", kEcdsa) == "none");
  CHECK(scope_text("/20261123/s3/aws4_request", kEcdsa) == "none");
  CHECK(scope_text("aws4_request", kHmac) == "none");
  CHECK(scope_text("", kHmac) == "none");
  const std::string long_name(65, 'a');
  CHECK(scope_text("ID/20261123/us-east-1/" + long_name + "/aws4_request", kHmac) == "none");
  CHECK(scope_text("ID/20261123/" + long_name + "/s3/aws4_request", kHmac) == "none");
}

TEST_CASE("The algorithm's name is exactly one of two") {
  CHECK(sigv4_algorithm_of("AWS4-HMAC-SHA256") == kHmac);
  CHECK(sigv4_algorithm_of("AWS4-ECDSA-P256-SHA256") == kEcdsa);
  for (const std::string_view name : {"", "AWS4", "AWS4-HMAC-SHA1", "aws4-hmac-sha256",
                                      "AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256-PAYLOAD"}) {
    CAPTURE(name);
    CHECK_FALSE(sigv4_algorithm_of(name));
  }
}

TEST_CASE("Host is among the signed headers, which are names in lower case") {
  for (const std::string_view text : {"host", "host;x-amz-date", "content-type;host", "a;host;b"}) {
    CAPTURE(text);
    CHECK(is_signed_headers(text));
  }
  for (const std::string_view text : {"", ";", "host;", ";host", "Host", "x-amz-date", "xhost",
                                      "host,x-amz-date", "host; x", "a;;host", "host x"}) {
    CAPTURE(text);
    CHECK_FALSE(is_signed_headers(text));
  }
}

TEST_CASE("A signature is hex, a time as X-Amz-Date has it") {
  CHECK(is_sigv4_signature("0"));
  CHECK(is_sigv4_signature(std::string(64, 'f')));
  CHECK(is_sigv4_signature("3045AB"));
  CHECK_FALSE(is_sigv4_signature(""));
  CHECK_FALSE(is_sigv4_signature("0g"));
  CHECK_FALSE(is_sigv4_signature(std::string(257, 'f')));
  CHECK(is_sigv4_time("20261123T093823Z"));
  for (const std::string_view text : {"", "20261123T093823", "20261123 093823Z", "20261123t093823z",
                                      "2026112T0938230Z", "20261123T09382xZ"}) {
    CAPTURE(text);
    CHECK_FALSE(is_sigv4_time(text));
  }
}

}  // namespace
}  // namespace sallyport
