#include "policy/aws/request/copy_source.h"

#include <doctest/doctest.h>

namespace sallyport {

TEST_CASE("what a copy reads, as SDKs and others write it") {
  struct Row {
    const char* value;
    const char* bucket;
    const char* arn;
    const char* account;
  };
  const Row rows[] = {
      {"src/key", "src", "arn:aws:s3:::src/key", ""},
      {"/src/key", "src", "arn:aws:s3:::src/key", ""},
      {"src/a/b%20c", "src", "arn:aws:s3:::src/a/b c", ""},
      {"src%2Fkey", "src", "arn:aws:s3:::src/key", ""},
      {"%73rc/key", "src", "arn:aws:s3:::src/key", ""},
      {"src/key?versionId=abc", "src", "arn:aws:s3:::src/key", ""},
      {"src/key%3FversionId=abc", "src", "arn:aws:s3:::src/key?versionId=abc", ""},
      {"src/a/../key", "src", "arn:aws:s3:::src/a/../key", ""},
      {"arn:aws:s3:us-east-1:999999999999:accesspoint/ap/object/key", "",
       "arn:aws:s3:us-east-1:999999999999:accesspoint/ap/object/key", "999999999999"},
      {"arn%3Aaws%3As3%3Aus-east-1%3A999999999999%3Aaccesspoint%2Fap%2Fobject%2Fkey", "",
       "arn:aws:s3:us-east-1:999999999999:accesspoint/ap/object/key", "999999999999"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.value);
    const auto source = CopySource::parse(row.value, "aws");
    REQUIRE(source);
    CHECK(source->bucket == row.bucket);
    CHECK(source->arn == row.arn);
    CHECK(source->account == row.account);
  }
  for (const char* value : {"", "/", "src", "src/", "/src", "//key", "src/%", "src/%2", "src/%00",
                            "arn:aws:s3", "src/../evil/key", "src/a/../../evil/key",
                            "src%2F%2e%2e%2Fevil%2Fkey", "arn:aws:s3:::src/../evil/key"}) {
    CAPTURE(value);
    CHECK_FALSE(CopySource::parse(value, "aws"));
  }
}

}  // namespace sallyport
