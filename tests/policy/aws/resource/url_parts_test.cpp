#include "policy/aws/resource/url_parts.h"

#include <string>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

TEST_CASE("A URL is cut into scheme, host and path") {
  struct Row {
    std::string_view text;
    std::string_view parts;  ///< separated by blanks; empty: no URL
  };
  const Row rows[] = {
      {"https://example.org/a/b?c=/d#e", "https example.org /a/b"},
      {"https://example.org", "https example.org "},
      {"https://example.org?a/b", "https example.org "},
      {"https://user:word@example.org:8443/a", "https example.org /a"},
      {"s3a://bucket/k", "s3a bucket /k"},
      {"x:///a", "x  /a"},
      {"https:/example.org/a", ""},
      {"example.org/a", ""},
      {"://a", ""},
      {"a b://c", ""},
      {"", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto url = UrlParts::parse(row.text);
    REQUIRE(url.has_value() == !row.parts.empty());
    if (!url) continue;
    CHECK(std::string(url->scheme) + " " + std::string(url->host) + " " + std::string(url->path) ==
          row.parts);
  }
}

TEST_CASE("Dot segments are found in every spelling") {
  for (const std::string_view path : {".", "..", "a/../b", "/a/.", "%2e", "a/%2E./b"}) {
    CAPTURE(path);
    CHECK(has_dot_segment(path));
  }
  for (const std::string_view path : {"", "/", "a/b", "...", "a/..b", "a/b..", ".a", "%2f"}) {
    CAPTURE(path);
    CHECK_FALSE(has_dot_segment(path));
  }
}

TEST_CASE("A host is read in lower case, and is none where it is too long") {
  CHECK(LowerCaseHost("SQS.us-east-1.Amazonaws.COM").text() == "sqs.us-east-1.amazonaws.com");
  CHECK(LowerCaseHost(std::string(253, 'A')).text() == std::string(253, 'a'));
  CHECK(LowerCaseHost(std::string(254, 'a')).text().empty());
}

TEST_CASE("The labels before a domain of AWS are told, for every partition") {
  CHECK(labels_before_aws("sqs.us-east-1.amazonaws.com") == "sqs.us-east-1");
  CHECK(labels_before_aws("sqs.cn-north-1.amazonaws.com.cn") == "sqs.cn-north-1");
  CHECK(labels_before_aws("sqs.eusc-de-east-1.amazonaws.eu") == "sqs.eusc-de-east-1");
  CHECK(labels_before_aws("sqs.us-east-1.api.aws") == "sqs.us-east-1");
  CHECK(labels_before_aws("a.on.amazonwebservices.eu") == "a");
  CHECK_FALSE(labels_before_aws("amazonaws.com"));
  CHECK_FALSE(labels_before_aws("sqs.notamazonaws.com"));
  CHECK_FALSE(labels_before_aws("sqs.amazonaws.com.example.org"));
}

}  // namespace
}  // namespace sallyport
