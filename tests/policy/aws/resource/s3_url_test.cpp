#include "policy/aws/resource/s3_url.h"

#include <doctest/doctest.h>

namespace sallyport {
namespace {

TEST_CASE("A URL of S3 tells the bucket, or the account of an access point") {
  struct Row {
    std::string_view text;
    std::string_view bucket;  ///< both empty: none
    std::string_view account;
    std::string_view key = {};
  };
  const Row rows[] = {
      {"https://s3.us-east-1.amazonaws.com/bucket/a/b", "bucket", "", "a/b"},
      {"https://s3.amazonaws.com/bucket/k", "bucket", "", "k"},
      {"https://s3-us-west-2.amazonaws.com/bucket/k", "bucket", "", "k"},
      {"https://s3.dualstack.us-east-1.amazonaws.com/bucket/k", "bucket", "", "k"},
      {"https://bucket.s3.us-east-1.amazonaws.com/a/b", "bucket", "", "a/b"},
      {"https://a.bucket.s3.amazonaws.com/k", "a.bucket", "", "k"},
      {"https://bucket.s3-accelerate.amazonaws.com/k", "bucket", "", "k"},
      {"https://bucket.s3.cn-north-1.amazonaws.com.cn/k", "bucket", "", "k"},
      {"http://bucket.s3-website-us-east-1.amazonaws.com/k", "bucket", "", "k"},
      {"HTTPS://Bucket.S3.US-East-1.amazonaws.com:443/K?versionId=1", "Bucket", "", "K"},
      {"https://s3.amazonaws.com/Bucket/k#f", "Bucket", "", "k"},
      {"https://user@s3.amazonaws.com/bucket/k", "bucket", "", "k"},
      {"https://ap-111122223333.s3-accesspoint.us-east-1.amazonaws.com/k", "", "111122223333", "k"},
      {"https://s3.amazonaws.com/bucket", "bucket", ""},
      // Whoever resolves the dots reads another bucket than who does not: neither is named.
      {"https://s3.amazonaws.com/good/../evil/k", "good/../evil/k", "", "good/../evil/k"},
      {"https://s3.amazonaws.com/good/%2E%2e/evil", "good/%2E%2e/evil", "", "good/%2E%2e/evil"},
      {"https://s3.amazonaws.com/good/..a/b", "good", "", "..a/b"},
      // None of S3's.
      {"https://s3.amazonaws.com/", "", ""},
      {"https://s3.amazonaws.com", "", ""},
      {"https://111122223333.s3-control.us-east-1.amazonaws.com/v20180820/jobs", "", ""},
      {"https://s3.amazonaws.com.example.org/bucket/k", "", ""},
      {"https://example.org/s3.amazonaws.com/bucket", "", ""},
      {"s3.amazonaws.com/bucket/k", "", ""},
      {"ftp://s3.amazonaws.com/bucket/k", "", ""},
      {"s3://bucket/k", "", ""},
      {"", "", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto url = S3Url::parse(row.text);
    REQUIRE(url.has_value() == !(row.bucket.empty() && row.account.empty()));
    if (!url) continue;
    CHECK(url->bucket == row.bucket);
    CHECK(url->account == row.account);
    CHECK(url->key == row.key);
  }
}

TEST_CASE("S3's host of a bucket tells the bucket; any other text is itself") {
  CHECK(bucket_of_host("logs.s3.amazonaws.com") == "logs");
  CHECK(bucket_of_host("my.logs.S3.eu-west-1.amazonaws.com") == "my.logs");
  CHECK(bucket_of_host("logs.s3.cn-north-1.amazonaws.com.cn") == "logs");
  CHECK(bucket_of_host("logs.s3.amazonaws.com.s3.amazonaws.com") == "logs.s3.amazonaws.com");
  for (const std::string_view text :
       {"logs", "s3.amazonaws.com", "logs.s3.amazonaws.com.example.org", "logs.example.org", ""}) {
    CAPTURE(text);
    CHECK(bucket_of_host(text) == text);
  }
}

}  // namespace
}  // namespace sallyport
