#include "policy/aws/operation/s3_operation.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "tests/policy/aws/operation/asked.h"

namespace sallyport {
namespace {

constexpr std::string_view kBucket = "ml-data.s3.us-east-1.amazonaws.com";

using Fields = std::vector<std::pair<std::string, std::string>>;

Told s3(std::string_view method, std::string_view target, Fields fields = {}) {
  return tell({std::string(method), std::string(kBucket), std::string(target), std::move(fields),
               std::nullopt, "s3"});
}

/// What the request is without its `s3.`, and what decides over it.
std::string told(std::string_view method, std::string_view target, Fields fields = {}) {
  const Told all = s3(method, target, std::move(fields));
  std::string names = all.names();
  for (auto at = names.find("s3."); at != std::string::npos; at = names.find("s3.")) {
    names.erase(at, 3);
  }
  return all.actions().empty() ? names : names + ": " + all.actions();
}

std::vector<std::string> cut(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::istringstream cells(text);
  for (std::string cell; std::getline(cells, cell, at);) parts.push_back(cell);
  return parts;
}

TEST_CASE("Every row of s3_operations.tsv is told, in both styles of addressing") {
  std::ifstream file(std::string(SALLYPORT_SOURCE_DIR) + "/policy/aws/data/s3_operations.tsv");
  std::size_t rows = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.front() == '#' || line.starts_with("operation\t")) continue;
    const auto row = cut(line, '\t');
    if (row[2].front() == '/' || row[0].find_first_of("( ") != std::string::npos ||
        row[0] == "CORSPreflight") {
      continue;  // told by more than method, kind and marks: below
    }
    CAPTURE(row[0]);
    ++rows;
    std::string query;
    if (row[3] != "-") query = "?" + row[3];
    if (row[4] != "-") {
      for (const std::string& name : cut(row[4], ','))
        query += (query.empty() ? "?" : "&") + name + "=1";
    }
    Fields fields;
    if (row[5] != "-") {
      for (const std::string& name : cut(row[5], ',')) fields.emplace_back(name, "other/key");
    }
    std::string path = row[2] == "service" ? "/" : row[2] == "bucket" ? "/b" : "/b/k/l";
    std::string host = "s3.us-east-1.amazonaws.com";
    if (row[0] == "ListDirectoryBuckets") host = "s3express-control.us-east-1.amazonaws.com";
    Told found = tell({row[1], host, path + query, fields, std::nullopt, "s3"});
    // Deprecated names of one request: the newer one is told.
    std::string name = row[0];
    if (name.ends_with("BucketLifecycle") && row[1] != "DELETE") name += "Configuration";
    if (name.ends_with("BucketNotification")) name += "Configuration";
    CHECK(found.names() == "s3." + name);
    const std::string first = row[8].substr(0, row[8].find_first_of(",; ("));
    CHECK(found.actions().substr(0, first.size()) == first);
    if (row[2] == "service") continue;
    found = tell({row[1], "b.s3.us-east-1.amazonaws.com", (path == "/b" ? "/" : "/k/l") + query,
                  fields, std::nullopt, "s3"});
    CHECK(found.names() == "s3." + name);
  }
  CHECK(rows == 110);
}

TEST_CASE("An object is read, written and removed") {
  CHECK(told("GET", "/k") == "GetObject: s3:GetObject");
  CHECK(told("HEAD", "/k") == "HeadObject: s3:GetObject");
  CHECK(told("PUT", "/k") == "PutObject: s3:PutObject");
  CHECK(told("PUT", "/k?x-id=PutObject") == "PutObject: s3:PutObject");
  CHECK(told("DELETE", "/k") == "DeleteObject: s3:DeleteObject");
  CHECK(told("POST", "/k") == "unknown");
  CHECK(told("PATCH", "/k") == "unknown");
  CHECK(told("put", "/k") == "ambiguous");
}

TEST_CASE("What an upload carries asks for further permissions") {
  CHECK(told("PUT", "/k", {{"x-amz-acl", "public-read"}}) ==
        "PutObject: s3:PutObject s3:PutObjectAcl");
  CHECK(told("PUT", "/k", {{"X-Amz-Grant-Read", "id=x"}}) ==
        "PutObject: s3:PutObject s3:PutObjectAcl");
  CHECK(told("PUT", "/k", {{"x-amz-tagging", "a=b"}}) ==
        "PutObject: s3:PutObject s3:PutObjectTagging");
  CHECK(told("PUT", "/k", {{"x-amz-object-lock-mode", "GOVERNANCE"}}) ==
        "PutObject: s3:PutObject s3:PutObjectRetention");
  CHECK(told("PUT", "/k", {{"x-amz-object-lock-legal-hold", "ON"}}) ==
        "PutObject: s3:PutObject s3:PutObjectLegalHold");
  CHECK(told("POST", "/k?uploads", {{"x-amz-acl", "private"}}) ==
        "CreateMultipartUpload: s3:PutObject s3:PutObjectAcl");
  CHECK(told("PUT", "/",
             {{"x-amz-bucket-object-lock-enabled", "true"},
              {"x-amz-object-ownership", "ObjectWriter"},
              {"x-amz-acl", "private"}}) ==
        "CreateBucket: s3:CreateBucket s3:PutBucketAcl s3:PutBucketObjectLockConfiguration "
        "s3:PutBucketVersioning s3:PutBucketOwnershipControls");
}

TEST_CASE("A presigned URL carries headers in its query") {
  CHECK(
      told("PUT", "/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0&x-amz-acl=public-read") ==
      "PutObject: s3:PutObject s3:PutObjectAcl");
  CHECK(told("PUT", "/k?x-amz-copy-source=other%2Fk") ==
        "CopyObject PutObject: s3:PutObject s3:GetObject");
  CHECK(told("GET", "/k?AWSAccessKeyId=x&Signature=y&Expires=1") == "GetObject: s3:GetObject");
}

TEST_CASE("A copy reads its source, too") {
  CHECK(told("PUT", "/k", {{"x-amz-copy-source", "other/k"}}) ==
        "CopyObject: s3:PutObject s3:GetObject");
  CHECK(told("PUT", "/k", {{"X-AMZ-COPY-SOURCE", "other/k?versionId=v"}}) ==
        "CopyObject: s3:PutObject s3:GetObjectVersion");
  CHECK(told("PUT", "/k", {{"x-amz-copy-source", "other/k?versionid=v"}}) ==
        "CopyObject: s3:PutObject s3:GetObject s3:GetObjectVersion");
  CHECK(told("PUT", "/k?partNumber=1&uploadId=u", {{"x-amz-copy-source", "other/k"}}) ==
        "UploadPartCopy: s3:PutObject s3:GetObject");
  CHECK(told("PUT", "/k", {{"x-amz-copy-source", "a/k"}, {"x-amz-copy-source", "b/k"}}) ==
        "CopyObject PutObject: s3:PutObject s3:GetObject");
  CHECK(told("PUT", "/k", {{"x-amz-copy-source", ""}}) ==
        "CopyObject PutObject: s3:PutObject s3:GetObject");
  const Told copy = s3("PUT", "/k", {{"x-amz-copy-source", "other/k"}});
  CHECK(copy.reading.candidates.front().further_actions ==
        IamActions{"s3:GetObjectTagging", "s3:PutObjectTagging"});
}

TEST_CASE("A version has actions of its own; a deny of the plain one still counts") {
  CHECK(told("GET", "/k?versionId=v") == "GetObject: s3:GetObjectVersion");
  CHECK(told("GET", "/k?tagging&versionId=v") == "GetObjectTagging: s3:GetObjectVersionTagging");
  CHECK(told("DELETE", "/k?versionId=v") == "DeleteObject: s3:DeleteObjectVersion");
  CHECK(told("PUT", "/k?acl&versionId=v") == "PutObjectAcl: s3:PutObjectVersionAcl");
  CHECK(s3("GET", "/k?versionId=v").reading.candidates.front().further_actions ==
        IamActions{"s3:GetObject"});
  for (const auto* query : {"?versionid=v", "?versionId", "?versionId=", "?versionId=a&versionId=b",
                            "?%76ersionId=v"}) {
    CAPTURE(query);
    CHECK(told("GET", std::string("/k") + query) == "GetObject: s3:GetObject s3:GetObjectVersion");
  }
}

TEST_CASE("Removals and locks") {
  CHECK(told("POST", "/?delete") == "DeleteObjects: s3:DeleteObject");
  CHECK(told("DELETE", "/k", {{"x-amz-bypass-governance-retention", "true"}}) ==
        "DeleteObject: s3:DeleteObject s3:BypassGovernanceRetention");
  CHECK(told("PUT", "/k?retention", {{"x-amz-bypass-governance-retention", "true"}}) ==
        "PutObjectRetention: s3:PutObjectRetention s3:BypassGovernanceRetention");
}

TEST_CASE("Of several marks every operation counts: which S3 heeds is not known") {
  CHECK(told("PUT", "/k?tagging&uploadId=u&partNumber=1") ==
        "PutObjectTagging UploadPart: s3:PutObjectTagging s3:PutObject");
  CHECK(told("GET", "/k?acl&tagging") ==
        "GetObjectAcl GetObjectTagging: s3:GetObjectAcl s3:GetObjectTagging");
  CHECK(told("PUT", "/?policy&tagging") ==
        "PutBucketPolicy PutBucketTagging: s3:PutBucketPolicy s3:PutBucketTagging");
  CHECK(told("PUT", "/k?acl", {{"x-amz-copy-source", "other/k"}}) ==
        "CopyObject PutObjectAcl: s3:PutObject s3:GetObject s3:PutObjectAcl");
  CHECK(told("POST", "/?delete", {{"content-type", "multipart/form-data; boundary=x"}}) ==
        "DeleteObjects PostObject: s3:DeleteObject s3:PutObject");
}

TEST_CASE("A mark that some reader overlooks does not hide what the request is without it") {
  for (const auto* query : {"?Tagging", "?TAGGING", "?%74agging", "?tagging&tagging", "?tagging=x",
                            "?tagging&Tagging", "?x-a=%41&tagging"}) {
    CAPTURE(query);
    CHECK(told("PUT", std::string("/k") + query) ==
          "PutObject PutObjectTagging: s3:PutObject s3:PutObjectTagging");
  }
  CHECK(told("DELETE", "/k?uploadId") ==
        "AbortMultipartUpload DeleteObject: s3:AbortMultipartUpload s3:DeleteObject");
  CHECK(told("DELETE", "/k?UploadId=u") ==
        "AbortMultipartUpload DeleteObject: s3:AbortMultipartUpload s3:DeleteObject");
  CHECK(told("DELETE", "/k?uploadId=u") == "AbortMultipartUpload: s3:AbortMultipartUpload");
  CHECK(told("PUT", "/k?tagging=") == "PutObjectTagging: s3:PutObjectTagging");
}

TEST_CASE("A subresource that is not known, or not known here, is unknown") {
  CHECK(told("PUT", "/k?shiny") == "unknown");
  CHECK(told("PUT", "/k?shiny=1") == "unknown");
  CHECK(told("PUT", "/k?policy") == "unknown");
  CHECK(told("GET", "/k?uploads") == "unknown");
  CHECK(told("GET", "/k?attributes") == "unknown");
  CHECK(told("POST", "/k?select") == "unknown");
  CHECK(told("DELETE", "/?analytics") == "unknown");
  CHECK(told("POST", "/k?delete") == "unknown");
  CHECK(told("HEAD", "/k?acl") == "unknown");
  CHECK(told("PUT", "/k?renameObject") == "unknown");
}

TEST_CASE("A form that a browser posts writes an object; its fields ask for more") {
  const Fields multipart = {{"Content-Type", "Multipart/Form-Data; boundary=x"}};
  CHECK(told("POST", "/", multipart) == "PostObject: s3:PutObject");
  CHECK(told("POST", "/") == "unknown");
  CHECK(told("POST", "/k", multipart) == "unknown");
  CHECK(s3("POST", "/", multipart).reading.candidates.front().further_actions ==
        IamActions{"s3:PutObjectAcl", "s3:PutObjectTagging"});
  const Told read = tell({"POST", std::string(kBucket), "/", multipart,
                          "key=k&acl=public-read&x-amz-object-lock-mode=GOVERNANCE", "s3"});
  CHECK(read.actions() == "s3:PutObject s3:PutObjectAcl s3:PutObjectRetention");
  CHECK(read.reading.candidates.front().further_actions.empty());
}

TEST_CASE("A preflight does nothing, and no action decides over it") {
  CHECK(told("OPTIONS", "/k",
             {{"Origin", "https://example.org"}, {"Access-Control-Request-Method", "PUT"}}) ==
        "CORSPreflight");
  CHECK(told("OPTIONS", "/k") == "unknown");
}

TEST_CASE("Directory buckets, Object Lambda and access points have operations of their own") {
  const auto at = [](std::string_view method, std::string_view host, std::string_view target) {
    const Told found =
        tell({std::string(method), std::string(host), std::string(target), {}, {}, ""});
    return found.names() + ": " + found.actions();
  };
  constexpr std::string_view kExpress =
      "b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com";
  constexpr std::string_view kControl = "s3express-control.us-east-1.amazonaws.com";
  CHECK(at("GET", kExpress, "/?session") == "s3.CreateSession: s3express:CreateSession");
  CHECK(at("GET", kExpress, "/k") == "s3.GetObject: s3:GetObject");
  CHECK(at("GET", kControl, "/") == "s3.ListDirectoryBuckets: s3express:ListAllMyDirectoryBuckets");
  CHECK(at("GET", "s3.amazonaws.com", "/") == "s3.ListBuckets: s3:ListAllMyBuckets");
  CHECK(at("PUT", kControl, "/b--use1-az4--x-s3") == "s3.CreateBucket: s3express:CreateBucket");
  // Objects are at the zones' hosts alone; these are S3 Control's operations on access points.
  for (const std::string_view method : {"GET", "PUT", "DELETE"}) {
    CHECK(at(method, kControl, "/v20180820/accesspoint/a--use1-az4--xa-s3/scope") == "unknown: ");
  }
  CHECK(at("POST", "route1.s3-object-lambda.us-east-1.amazonaws.com", "/WriteGetObjectResponse") ==
        "s3.WriteGetObjectResponse: s3-object-lambda:WriteGetObjectResponse");
  CHECK(at("GET", "ap-111122223333.s3-accesspoint.us-east-1.amazonaws.com", "/k") ==
        "s3.GetObject: s3:GetObject");
}

TEST_CASE("GET and HEAD that get or list are reads; a session is none") {
  CHECK(s3("GET", "/k").reading.candidates.front().is_read);
  CHECK(s3("HEAD", "/").reading.candidates.front().is_read);
  CHECK(s3("GET", "/?list-type=2").reading.candidates.front().is_read);
  CHECK(s3("GET", "/?policy").reading.candidates.front().is_read);
  CHECK_FALSE(s3("GET", "/?session").reading.candidates.front().is_read);
  CHECK_FALSE(s3("PUT", "/k").reading.candidates.front().is_read);
  CHECK_FALSE(s3("POST", "/k?select&select-type=2").reading.candidates.front().is_read);
}

TEST_CASE("Other headers that name operations are nothing to S3") {
  CHECK(told("PUT", "/k", {{"X-Amz-Target", "DynamoDB_20120810.GetItem"}}) ==
        "PutObject: s3:PutObject");
}

}  // namespace
}  // namespace sallyport
