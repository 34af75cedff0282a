#include "policy/aws/resource/member_finder.h"

#include <doctest/doctest.h>

#include "tests/policy/aws/resource/found_text.h"

namespace sallyport {
namespace {

TEST_CASE("A text names a resource only as a whole") {
  struct Row {
    std::string_view text;
    std::string_view kinds;
  };
  const Row rows[] = {
      {"arn:aws:iam::111122223333:role/x", "A "},
      {"s3://bucket/k", "U "},
      {"https://bucket.s3.amazonaws.com/k", "U "},
      {"https://sqs.us-east-1.amazonaws.com/111122223333/q", "Q "},
      {"111122223333.dkr.ecr.us-east-1.amazonaws.com/a:1", "I "},
      {"https://example.org/111122223333/q", " "},
      {"the role is arn:aws:iam::111122223333:role/x", " "},
      {"111122223333", "N "},
      {"11112222333", " "},
      {"bucket", " "},
      {"", " "},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(text_of(true, {{resource_kinds(row.text), "", false}}) == row.kinds);
  }
}

TEST_CASE("White space around a value is not part of it") {
  CHECK(without_space_around("a") == "a");
  CHECK(without_space_around(" \t\r\na b\n") == "a b");
  CHECK(without_space_around(" \n ") == "");
  CHECK(without_space_around("") == "");
}

}  // namespace
}  // namespace sallyport
