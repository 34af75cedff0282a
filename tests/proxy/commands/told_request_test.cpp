#include "proxy/commands/told_request.h"

#include <doctest/doctest.h>

#include "tests/policy/loader/load_text.h"

namespace sallyport {
namespace {

using test::kNow;

ToldRequest read(std::string_view line) {
  std::string error;
  auto request = read_told_request(line, kNow, error);
  CHECK(error == "");
  REQUIRE(request);
  return *request;
}

std::string error_of(std::string_view line) {
  std::string error;
  CHECK(!read_told_request(line, kNow, error));
  return error;
}

TEST_CASE("a line says who asks for what") {
  const ToldRequest request =
      read(R"({"id": 7, "client": "10.20.0.7", "method": "CONNECT", "url": "docs.example.org:443",)"
           R"( "address": "52.94.77.1", "sni": "docs.example.org", "first_bytes": "tls",)"
           R"( "time": "2026-12-24T18:00:00Z"})");
  CHECK(request.id == 7);
  CHECK(request.attempt.client.text() == "10.20.0.7");
  CHECK(request.attempt.method == "CONNECT");
  CHECK(request.attempt.url == "docs.example.org:443");
  REQUIRE(request.attempt.addresses);
  REQUIRE(request.attempt.addresses->size() == 1);
  CHECK(request.attempt.addresses->front().text() == "52.94.77.1");
  CHECK(request.attempt.sni == "docs.example.org");
  CHECK(request.attempt.first_bytes == FirstBytes::Kind::tls);
  CHECK(request.attempt.time == TimePoint(std::chrono::sys_days(std::chrono::year(2026) / 12 / 24) +
                                          std::chrono::hours(18)));
}

TEST_CASE("what a line does not say has its default") {
  const ToldRequest request = read(R"({"method": "GET", "url": "https://docs.example.org/"})");
  CHECK(request.id.is_null());
  CHECK(request.attempt.client.text() == "127.0.0.1");
  CHECK(request.attempt.time == kNow);
  CHECK(request.attempt.first_bytes == FirstBytes::Kind::tls);
  CHECK(!request.attempt.addresses);
  CHECK(!request.attempt.sni);
}

TEST_CASE("an id comes back as it was given, whatever it is") {
  CHECK(read(R"({"id": "a", "method": "GET", "url": "x"})").id == "a");
  CHECK(read(R"({"id": [1, null], "method": "GET", "url": "x"})").id.is_array());
  CHECK(read(R"({"id": {"n": 1}, "method": "GET", "url": "x"})").id.is_object());
}

TEST_CASE("a name may have several addresses, in order") {
  const auto addresses =
      read(R"({"method": "CONNECT", "url": "a:443", "address": ["2600:1f18::7", "10.0.0.1"]})")
          .attempt.addresses;
  REQUIRE(addresses);
  REQUIRE(addresses->size() == 2);
  CHECK(addresses->at(0).text() == "2600:1f18::7");
  CHECK(addresses->at(1).text() == "10.0.0.1");
  const auto none = read(R"({"method": "CONNECT", "url": "a:443", "address": []})");
  CHECK(none.attempt.addresses == std::vector<IpAddress>{});
}

TEST_CASE("an empty sni is a hello without one") {
  CHECK(read(R"({"method": "CONNECT", "url": "a:443", "sni": ""})").attempt.sni == "");
}

TEST_CASE("headers and a body may be said, though no request is read yet") {
  read(R"({"method": "PUT", "url": "https://a.example.org/", "headers": [["Accept", "*/*"]],)"
       R"( "body_base64": "eA=="})");
}

TEST_CASE("a line that is not understood whole is refused with what would be right") {
  struct Row {
    std::string_view line;
    std::string_view error;
  };
  const Row rows[] = {
      {"", "not a JSON object"},
      {"[]", "not a JSON object"},
      {"{\"method\": \"GET\"", "not a JSON object"},
      {"{\"method\": \"GET\", \"url\": \"x\"} {}", "not a JSON object"},
      {R"({"url": "a:443"})", "`method` and `url` are needed"},
      {R"({"method": "CONNECT"})", "`method` and `url` are needed"},
      {R"({"method": "", "url": "a:443"})", "`method` and `url` are needed"},
      {R"({"method": 1, "url": "a:443"})", "`method` must be a string"},
      {R"({"method": "CONNECT", "url": null})", "`url` must be a string"},
      {R"({"method": "CONNECT", "url": "a:443", "client": "desk"})",
       "`client` must be an IP address"},
      {R"({"method": "CONNECT", "url": "a:443", "client": "127.1"})",
       "`client` must be an IP address"},
      {R"({"method": "CONNECT", "url": "a:443", "address": "a.example.org"})",
       "`address` must be an IP address"},
      {R"({"method": "CONNECT", "url": "a:443", "address": [1]})", "`address` must be a string"},
      {R"({"method": "CONNECT", "url": "a:443", "first_bytes": "ssh"})",
       "`first_bytes` is tls, http, other or silence"},
      {R"({"method": "CONNECT", "url": "a:443", "url": "b:443"})", "the key `url` stands twice"},
      {R"({"method": "CONNECT", "url": "a:443", "u\u0072l": "b:443"})",
       "the key `url` stands twice"},
      {R"({"id": {"a": 1, "a": 2}, "method": "CONNECT", "url": "a:443"})",
       "the key `a` stands twice"},
      {R"({"method": "CONNECT", "url": "a:443", "hosts": "x"})",
       "unknown key `hosts`; a line is {\"method\": \"CONNECT\", \"url\": \"example.org:443\", "
       "...}"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.line);
    CHECK(error_of(row.line) == row.error);
  }
  const std::string error =
      error_of(R"({"method": "CONNECT", "url": "a:443", "time": "2026-12-24"})");
  CHECK(error.find("`time`: ") == 0);
}

TEST_CASE("each kind of first bytes has its name") {
  CHECK(first_bytes_of("tls") == FirstBytes::Kind::tls);
  CHECK(first_bytes_of("http") == FirstBytes::Kind::http);
  CHECK(first_bytes_of("other") == FirstBytes::Kind::other);
  CHECK(first_bytes_of("silence") == FirstBytes::Kind::silence);
  CHECK(!first_bytes_of("TLS"));
  CHECK(!first_bytes_of(""));
}

}  // namespace
}  // namespace sallyport
