#include <doctest/doctest.h>

#include "head_rows.h"

using namespace sallyport;
using sallyport::tests::HeadRow;
using sallyport::tests::outcome;

namespace {

RequestHead accepted(std::string_view bytes, HeadPlace place = HeadPlace::proxy) {
  RequestHeadReader reader(place);
  REQUIRE(reader.read(bytes) == HeadProgress::done);
  return reader.take();
}

const char* what_of(std::string_view bytes) {
  RequestHeadReader reader;
  REQUIRE(reader.read(bytes) == HeadProgress::refused);
  return reader.error().what;
}

}  // namespace

TEST_CASE("every target has one reading, or is refused") {
  for (const HeadRow& row : tests::target_rows()) {
    CAPTURE(row.name);
    RequestHeadReader reader(row.place);
    CHECK(outcome(reader, reader.read(row.bytes)) == row.expected);
  }
}

TEST_CASE("a CONNECT names its host and port in canonical form") {
  const RequestHead head = accepted("CONNECT A.Example.:8443 HTTP/1.0\r\n\r\n");
  CHECK(head.is_connect());
  CHECK(head.method == "CONNECT");
  CHECK(head.target == "A.Example.:8443");
  CHECK(head.version == HttpVersion::http_1_0);
  REQUIRE(head.authority);
  CHECK(head.authority->text() == "a.example:8443");
  CHECK(head.path.empty());
  CHECK_FALSE(head.host);
  CHECK_FALSE(head.scheme);
  CHECK(accepted("CONNECT [2001:DB8:0::1]:443 HTTP/1.1\r\n\r\n").authority->text() ==
        "[2001:db8::1]:443");
}

TEST_CASE("an absolute-form target is told in its parts, its path byte by byte") {
  struct Row {
    std::string_view target, authority, path;
  };
  for (const Row& row : {
           Row{"http://a.example/x?y=z", "a.example:80", "/x?y=z"},
           Row{"HTTP://A.example:8080//a/../%2f?", "a.example:8080", "//a/../%2f?"},
           Row{"http://a.example", "a.example:80", ""},
           Row{"http://a.example?q=/", "a.example:80", "?q=/"},
           Row{"http://[2001:db8::1]/", "[2001:db8::1]:80", "/"},
       }) {
    CAPTURE(row.target);
    const std::string bytes = "GET " + std::string(row.target) + " HTTP/1.0\r\nX: y\r\n\r\n";
    const RequestHead head = accepted(bytes);
    CHECK(head.form == TargetForm::absolute);
    CHECK(head.target == row.target);
    CHECK(head.authority->text() == row.authority);
    CHECK(head.path == row.path);
    CHECK(head.scheme == Scheme::http);
  }
}

TEST_CASE("inside a tunnel the target is the path, and Host tells the host") {
  const RequestHead head =
      accepted("GET /x?y HTTP/1.1\r\nHost: A.example\r\n\r\n", HeadPlace::https_origin);
  CHECK(head.form == TargetForm::origin);
  CHECK(head.path == "/x?y");
  CHECK(head.scheme == Scheme::https);
  CHECK_FALSE(head.authority);
  CHECK(head.host->text() == "a.example:443");
  const RequestHead options =
      accepted("OPTIONS * HTTP/1.1\r\nHost: a.example\r\n\r\n", HeadPlace::http_origin);
  CHECK(options.form == TargetForm::asterisk);
  CHECK(options.path == "*");
  CHECK(options.host->text() == "a.example:80");
}

TEST_CASE("who asks a proxy for https without CONNECT is told what to do") {
  CHECK(std::string_view(what_of("GET https://a.example/ HTTP/1.1\r\n")).find("CONNECT") !=
        std::string_view::npos);
  CHECK(std::string_view(what_of("GET / HTTP/1.1\r\n")).find("http://host/path") !=
        std::string_view::npos);
}
