#include "proxy/judged_body.h"

#include <doctest/doctest.h>

#include "proxy/http/request_head.h"

namespace sallyport {
namespace {

/// `read`, `decoded` or `-`, and the bytes.
std::string judged(const std::string& fields, std::string_view payload, std::size_t max = 64) {
  const std::string bytes = "POST / HTTP/1.1\r\nHost: sts.us-east-1.amazonaws.com\r\n" + fields +
                            "Content-Length: " + std::to_string(payload.size()) + "\r\n\r\n";
  RequestHeadReader reader(HeadPlace::https_origin, {});
  REQUIRE(reader.read(bytes) == HeadProgress::done);
  std::optional<std::string> decoded;
  const JudgedBody body = judged_body(reader.head(), payload, max, decoded);
  if (body.state != JudgedBody::State::read) return "-";
  return (body.was_coded ? "decoded " : "read ") + std::string(body.bytes);
}

TEST_CASE("a body is judged as it came, or without its coding, up to the bound") {
  constexpr std::string_view kGzipOfHi(
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\xc8\x04\x00\xac\x2a\x93\xd8\x02\x00\x00\x00",
      22);
  struct Row {
    std::string fields;
    std::string_view payload;
    std::string judged;
  };
  const Row rows[] = {
      {"", "a=b", "read a=b"},
      {"", "", "read "},
      // Whoever names no coding by a word has none: it has one reading.
      {"Content-Encoding: identity\r\n", "a=b", "read a=b"},
      {"Content-Encoding: \r\n", "a=b", "read a=b"},
      {"Content-Encoding: gzip\r\n", kGzipOfHi, "decoded hi"},
      {"Content-Encoding: X-GZip\r\n", kGzipOfHi, "decoded hi"},
      {"Content-Encoding: gzip\r\n", "hi", "-"},
      {"Content-Encoding: br\r\n", "a=b", "-"},
      {"Content-Encoding: gzip, gzip\r\n", kGzipOfHi, "-"},
      {"Content-Encoding: identity\r\nContent-Encoding: gzip\r\n", kGzipOfHi, "-"},
      {"Content-Encoding: identity\r\nContent-Encoding: identity\r\n", "a=b", "-"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.fields);
    CHECK(judged(row.fields, row.payload) == row.judged);
  }
  CHECK(judged("", "12345", 5) == "read 12345");
  CHECK(judged("", "123456", 5) == "-");
  CHECK(judged("Content-Encoding: identity\r\n", "123456", 5) == "-");
  CHECK(judged("Content-Encoding: gzip\r\n", kGzipOfHi, 5) == "-");  // what was sent counts, too
}

}  // namespace
}  // namespace sallyport
