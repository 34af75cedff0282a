#include "policy/aws/operation/s3_address.h"

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "policy/values/host.h"

namespace sallyport {
namespace {

/// `service`, or `bucket NAME`, or `object NAME KEY`; an access point as `@NAME`; `none`.
std::string address(std::string_view host_text, std::string_view path) {
  const auto host = Host::parse(host_text);
  REQUIRE(host);
  const auto aws = aws_host(*host);
  REQUIRE(aws);
  const auto found = s3_address(*aws, path);
  if (!found) return "none";
  const std::string name =
      found->access_point.empty() ? found->bucket : "@" + std::string(found->access_point);
  switch (found->kind) {
    case S3Address::Kind::service:
      return "service";
    case S3Address::Kind::bucket:
      return "bucket " + name;
    case S3Address::Kind::object:
      return "object " + name + " " + found->key();
  }
  return "";
}

constexpr std::string_view kPath = "s3.us-east-1.amazonaws.com";
constexpr std::string_view kVirtual = "ml-data.s3.us-east-1.amazonaws.com";

TEST_CASE("Every host that the SDK makes for S3 shows its bucket or access point") {
  std::ifstream file(std::string(SALLYPORT_SOURCE_DIR) + "/tests/data/aws/s3_host_vectors.tsv");
  std::size_t rows = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::istringstream cells(line);
    std::string host, prefix, kind, name;
    for (auto* cell : {&host, &prefix, &kind, &name}) std::getline(cells, *cell, '\t');
    CAPTURE(line);
    ++rows;
    const bool is_point = kind == "accesspoint" || kind == "object-lambda" || kind == "outposts";
    const std::string wanted = (is_point ? "@" : "") + name;
    const std::string before = prefix == "/" ? "" : prefix;
    CHECK(address(host, before + "/") == "bucket " + wanted);
    CHECK(address(host, before + "/a%20b/c%2Bd") == "object " + wanted + " a b/c+d");
    if (!before.empty()) CHECK(address(host, before) == "bucket " + wanted);
  }
  CHECK(rows == 74);
}

TEST_CASE("The bucket stands in the host or is the first segment of the path") {
  CHECK(address(kPath, "/") == "service");
  CHECK(address(kPath, "/ml-data") == "bucket ml-data");
  CHECK(address(kPath, "/ml-data/") == "bucket ml-data");
  CHECK(address(kPath, "/ml-data/key") == "object ml-data key");
  CHECK(address(kPath, "/ml.data.dotted/key") == "object ml.data.dotted key");
  CHECK(address(kPath, "/Old_Bucket/key") == "object Old_Bucket key");
  CHECK(address(kVirtual, "/") == "bucket ml-data");
  CHECK(address(kVirtual, "/other/key") == "object ml-data other/key");
  CHECK(address("ml.data.s3.amazonaws.com", "/k") == "object ml.data k");
  CHECK(address("bucket.vpce-0a1b.s3.us-east-1.vpce.amazonaws.com", "/b/k") == "object b k");
  CHECK(address("b.bucket.vpce-0a1b.s3.us-east-1.vpce.amazonaws.com", "/k") == "object b k");
  CHECK(address("ap-111122223333.accesspoint.vpce-0a1b.s3.us-east-1.vpce.amazonaws.com", "/k") ==
        "object @ap k");
  CHECK(address("ap-x-s3alias.s3.us-east-1.amazonaws.com", "/k") == "object ap-x-s3alias k");
}

TEST_CASE("Keys keep their slashes and their dot segments, as S3 keeps them") {
  CHECK(address(kVirtual, "//k") == "object ml-data /k");
  CHECK(address(kPath, "/ml-data//k") == "object ml-data /k");
  CHECK(address(kVirtual, "/a//b") == "object ml-data a//b");
  CHECK(address(kVirtual, "/a/") == "object ml-data a/");
  CHECK(address(kVirtual, "/a/../b") == "object ml-data a/../b");
  CHECK(address(kVirtual, "/a/./b") == "object ml-data a/./b");
  CHECK(address(kVirtual, "/a..b") == "object ml-data a..b");
  CHECK(address(kVirtual, "/%E2%82%AC") == "object ml-data \xe2\x82\xac");
  CHECK(address(kVirtual, "/a%2Fb") == "object ml-data a/b");
  CHECK(address(kVirtual, "/a%252Fb") == "object ml-data a%2Fb");
}

TEST_CASE("A bucket is decoded once") {
  CHECK(address(kPath, "/%62kt/k") == "object bkt k");
  CHECK(address(kPath, "/ml%2Ddata/k") == "object ml-data k");
  CHECK(address(kPath, "/%2562kt/k") == "none");
}

TEST_CASE("What some reader takes for another bucket has no address") {
  CHECK(address(kPath, "//ml-data/k") == "none");
  CHECK(address(kPath, "//") == "none");
  CHECK(address(kPath, "/./ml-data/k") == "none");
  CHECK(address(kPath, "/../ml-data/k") == "none");
  CHECK(address(kPath, "/%2e%2e/k") == "none");
  CHECK(address(kPath, "/own/../other/k") == "none");
  CHECK(address(kPath, "/own/%2e%2e/other/k") == "none");
  CHECK(address(kPath, "/own/..%2Fother/k") == "none");
  CHECK(address(kPath, "/own/a/../../other/k") == "none");
  CHECK(address(kVirtual, "/../other/k") == "none");
  CHECK(address(kPath, "/own%2Fkey") == "none");
  CHECK(address(kPath, "/own%5Ckey") == "none");
  CHECK(address(kPath, "/own%3Fkey") == "none");
  CHECK(address(kPath, "/own+x/key") == "none");
  CHECK(address(kPath, "/own%20/key") == "none");
}

TEST_CASE("An ARN is no bucket: SDKs turn it into a host") {
  CHECK(address(kPath, "/arn%3Aaws%3As3%3A%3A%3Aother/k") == "none");
  CHECK(address(kPath, "/arn:aws:s3:us-east-1:111122223333:accesspoint:ap/k") == "none");
  CHECK(address(kPath, "/arn%3Aaws%3As3%3Aus-east-1%3A111122223333%3Aaccesspoint%2Fap/k") ==
        "none");
}

TEST_CASE("A broken escape or NUL has no address") {
  for (const auto path :
       {"/b%", "/b%6", "/b%zz/k", "/b%00/k", "/b/k%", "/b/k%4", "/b/k%gg", "/b/%00"}) {
    CAPTURE(path);
    CHECK(address(kPath, path) == "none");
  }
  CHECK(address(kPath, std::string_view("/b/a\0b", 6)) == "none");
  CHECK(address(kPath, "*") == "none");
  CHECK(address(kPath, "") == "none");
}

TEST_CASE("The control plane has no buckets in this sense") {
  CHECK(address("111122223333.s3-control.us-east-1.amazonaws.com", "/v20180820/bucket/b") ==
        "none");
}

}  // namespace
}  // namespace sallyport
