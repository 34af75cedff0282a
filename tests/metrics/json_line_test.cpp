#include "metrics/json_line.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>
#include <doctest/doctest.h>

namespace sallyport {
namespace {

using namespace std::string_literals;

std::string object_of(std::string_view value, std::size_t chars_max = 1000,
                      std::size_t limit = 16384) {
  std::string buffer(limit, '?');
  JsonLine line(buffer.data(), limit);
  line.text("k", value, chars_max);
  buffer.resize(line.finish());
  return buffer;
}

bool has_control_byte(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    const auto c = static_cast<unsigned char>(line[i]);
    if (c < 0x20 || c == 0x7f) return true;
    if (c == 0xc2 && static_cast<unsigned char>(line[i + 1]) < 0xa0) return true;  // C1
  }
  return false;
}

struct Payload {
  std::string given;
  std::string written;  // between the quotes
};

const Payload kPayloads[] = {
    {"plain.example", "plain.example"},
    {"a\"b", "a\\\"b"},
    {"a\\b", "a\\\\b"},
    {"\",\"decision\":\"allow", "\\\",\\\"decision\\\":\\\"allow"},
    {"a\r\nb", "a\\u000d\\u000ab"},
    {"a\nforged line", "a\\u000aforged line"},
    {"a\tb", "a\\u0009b"},
    {"a\0b"s, "a\\u0000b"},
    {"\x1b[2J", "\\u001b[2J"},
    {"\x1b]0;title\x07", "\\u001b]0;title\\u0007"},
    {"\x7f", "\\u007f"},
    {"\xc2\x80", "\\u0080"},
    {"\xc2\x85", "\\u0085"},
    {"\xc2\x9b"
     "31m",
     "\\u009b31m"},
    {"\xc2\x9f", "\\u009f"},
    {"\xc2\xa0", "\xc2\xa0"},
    {"\xc2\xad", "\\u00ad"},
    {"caf\xc3\xa9", "caf\xc3\xa9"},
    {"\xe2\x80\xa8", "\\u2028"},
    {"\xe2\x80\xa9", "\\u2029"},
    {"\xe2\x80\xae"
     "moc.live",
     "\\u202emoc.live"},
    {"\xe2\x81\xa6", "\\u2066"},
    {"\xe2\x80\x8b", "\\u200b"},
    {"\xef\xbb\xbf", "\\ufeff"},
    {"\xe2\x82\xac", "\xe2\x82\xac"},
    {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
    {"\xff", "\xef\xbf\xbd"},
    {"\x9b"
     "31m",
     "\xef\xbf\xbd"
     "31m"},
    {"\xc3(", "\xef\xbf\xbd("},
    {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},
    {"\xe0\x80\x8a", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    {"\xf0\x9f\x98", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    {"\xef\xbf\xbf", "\xef\xbf\xbd"},
    {"\xf3\xa0\x81\x81", "\xef\xbf\xbd"},
};

TEST_CASE("no text forges a line, a key or a terminal sequence (T76)") {
  for (const Payload& payload : kPayloads) {
    CAPTURE(payload.written);
    const std::string line = object_of(payload.given);
    CHECK(line == "{\"k\":\"" + payload.written + "\"}\n");
    CHECK_FALSE(has_control_byte(std::string_view(line).substr(0, line.size() - 1)));
    boost::json::error_code error;
    const auto parsed = boost::json::parse(line, error);
    REQUIRE_FALSE(error);
    CHECK(parsed.as_object().size() == 1);
  }
}

TEST_CASE("every pair of bytes gives one line of valid JSON") {
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; b += 3) {
      const std::array<char, 2> bytes{static_cast<char>(a), static_cast<char>(b)};
      const std::string line = object_of({bytes.data(), 2});
      boost::json::error_code error;
      const auto parsed = boost::json::parse(line, error);
      if (error || line.find('\n') != line.size() - 1) FAIL("bytes ", a, " ", b, ": ", line);
    }
  }
}

TEST_CASE("texts are cut at whole characters, at any limit") {
  CHECK(object_of("abcdef", 3) == "{\"k\":\"abc\"}\n");
  CHECK(object_of("\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac", 2) ==
        "{\"k\":\"\xe2\x82\xac\xe2\x82\xac\"}\n");
  std::string hostile;
  for (const Payload& payload : kPayloads) hostile += payload.given;
  while (hostile.size() < 60 * 1024) hostile += hostile;
  const std::string honest(300, 'a');
  for (std::size_t limit = JsonLine::kTailBytes + 16; limit < JsonLine::kTailBytes + 700; ++limit) {
    for (const std::string& text : {hostile, honest}) {
      const std::string line = object_of(text, 100000, limit);
      boost::json::error_code error;
      boost::json::parse(line, error);
      if (error || line.size() > limit) FAIL("limit ", limit, ": ", line);
    }
    const std::size_t fits = JsonLine::kTailBytes + honest.size() + 8;  // {"k":""}
    const bool is_whole = object_of(honest, 100000, limit) == "{\"k\":\"" + honest + "\"}\n";
    CHECK(is_whole == (limit >= fits));
  }
}

TEST_CASE("an empty text, list or object is left out; numbers find a place behind any text") {
  std::string buffer(1024, '?');
  JsonLine line(buffer.data(), buffer.size());
  line.text("a", "", 10);
  line.list("b", {}, 10, 10);
  line.begin_object("c");
  line.text("d", "", 10);
  line.end_object();
  line.begin_object("e");
  line.list("f", std::vector<std::string>{"x", "y", "z"}, 10, 2);
  line.end_object();
  line.text("g", std::string(5000, 'g'), 5000);
  line.text("h", "no room for this", 10);
  line.number("n", 18446744073709551615u);
  buffer.resize(line.finish());
  const auto parsed = boost::json::parse(buffer).as_object();
  CHECK(parsed.size() == 3);
  CHECK(boost::json::serialize(parsed.at("e")) == R"({"f":["x","y"]})");
  CHECK(parsed.at("n").as_uint64() == 18446744073709551615u);
  CHECK(parsed.at("g").as_string().size() > 500);
}

TEST_CASE("a list in a full line ends where the room ends") {
  std::string buffer(JsonLine::kTailBytes + 100, '?');
  JsonLine line(buffer.data(), buffer.size());
  line.list("list", std::vector<std::string>(50, "0123456789"), 100, 64);
  line.list("other", std::vector<std::string>{"x"}, 100, 64);
  buffer.resize(line.finish());
  const auto parsed = boost::json::parse(buffer).as_object();
  CHECK(parsed.size() == 1);
  CHECK(parsed.at("list").as_array().size() > 3);
}

TEST_CASE("the escaped size that is promised is the one that is written") {
  for (const Payload& payload : kPayloads) {
    CHECK(escaped_bytes(payload.given, 1000) == payload.written.size());
    CHECK(visible(payload.given, 1000) == payload.written);
  }
}

}  // namespace
}  // namespace sallyport
