#include <doctest/doctest.h>

#include "head_rows.h"

using namespace sallyport;
using sallyport::tests::HeadRow;
using sallyport::tests::outcome;

TEST_CASE("Host is one, parses, and says what the target says") {
  for (const HeadRow& row : tests::host_rows()) {
    CAPTURE(row.name);
    RequestHeadReader reader(row.place);
    CHECK(outcome(reader, reader.read(row.bytes)) == row.expected);
  }
}

TEST_CASE("where a body ends has one reading, or the request is refused") {
  for (const HeadRow& row : tests::framing_rows()) {
    CAPTURE(row.name);
    RequestHeadReader reader(row.place);
    CHECK(outcome(reader, reader.read(row.bytes)) == row.expected);
  }
}

TEST_CASE("the framing of an accepted request is told") {
  const std::string begin = "PUT http://a.example/ HTTP/1.1\r\nHost: a.example\r\n";
  RequestHeadReader none;
  REQUIRE(none.read(begin + "\r\n") == HeadProgress::done);
  CHECK_FALSE(none.head().content_length);
  CHECK_FALSE(none.head().is_chunked);
  RequestHeadReader length;
  REQUIRE(length.read(begin + "Content-Length: 999999999999999999\r\n\r\n") == HeadProgress::done);
  CHECK(length.head().content_length == 999999999999999999u);
  CHECK_FALSE(length.head().is_chunked);
  RequestHeadReader chunked;
  REQUIRE(chunked.read(begin + "Transfer-Encoding: chunked\r\n\r\n") == HeadProgress::done);
  CHECK_FALSE(chunked.head().content_length);
  CHECK(chunked.head().is_chunked);
}
