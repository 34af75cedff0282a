#include <doctest/doctest.h>

#include "tests/proxy/http/head_rows.h"

namespace sallyport::tests {
namespace {

HeadRow connect(const std::string& target, std::string_view expected) {
  return {"CONNECT " + target, "CONNECT " + target + " HTTP/1.1\r\n\r\n", expected};
}

HeadRow line(const std::string& request_line, std::string_view expected,
             HeadPlace place = HeadPlace::proxy) {
  return {request_line, request_line + "\r\nHost: a.example\r\n\r\n", expected, place};
}

}  // namespace

std::vector<HeadRow> target_rows() {
  constexpr std::string_view kMalformed = "malformed_request";
  constexpr std::string_view kHost = "invalid_host";
  const std::string long_label(64, 'a');
  std::vector<HeadRow> rows = {
      // T01: case and one trailing dot are spellings of the same host.
      connect("a.example:443", "done"),
      connect("A.EXAMPLE:443", "done"),
      connect("a.example.:443", "done"),
      connect("a.example..:443", kHost),
      connect(".a.example:443", kHost),
      connect("1.2.3.4:443", "done"),
      connect("[2001:db8::1]:443", "done"),
      connect("a_b.example:8443", "done"),
      // T02: brackets stand around IPv6 alone.
      connect("[a.example]:443", kHost),
      connect("[[2001:db8::1]]:443", kHost),
      connect("[2001:db8::1:443", kHost),
      connect("2001:db8::1:443", kHost),
      connect("[1.2.3.4]:443", kHost),
      connect("[2001:db8::1]443", kHost),
      connect("[2001:db8::1]x:443", kHost),
      connect("[]:443", kHost),
      connect("[2001:db8::1]", kHost),
      connect("[fe80::1%25eth0]:443", kHost),
      connect("[fe80::1%lo]:443", kHost),
      // T03: userinfo, delimiters, ports.
      connect("u@a.example:443", kHost),
      connect("a.example:443@evil.example:443", kHost),
      connect("u:p@a.example:443", kHost),
      connect("a.example/x:443", kHost),
      connect("a.example:443/", kHost),
      connect("a.example:443/path", kHost),
      connect("a.example?x:443", kHost),
      connect("a.example:443?x", kHost),
      connect("a.example", kHost),
      connect("a.example:", kHost),
      connect(":443", kHost),
      connect("443", kHost),
      connect("/", kHost),
      connect("/path", kHost),
      connect("*", kHost),
      connect("http://a.example:443", kHost),
      connect("https://a.example/", kHost),
      connect("a.example:0", kHost),
      connect("a.example:65535", "done"),
      connect("a.example:65536", kHost),
      connect("a.example:99999999999999999999", kHost),
      connect("a.example:0443", kHost),
      connect("a.example:+443", kHost),
      connect("a.example:-443", kHost),
      connect("a.example:0x1bb", kHost),
      connect("a.example:https", kHost),
      connect("a.example:443:443", kHost),
      connect("a.example;x:443", kHost),
      connect("a.example,b.example:443", kHost),
      connect("*.example:443", kHost),
      connect("-a.example:443", kHost),
      connect(long_label + ".example:443", kHost),
      connect("a.example:443#x", kMalformed),
      connect("a.example#x:443", kMalformed),
      connect("a\\b.example:443", kMalformed),
      connect("\\\\a.example:443", kMalformed),
      connect("a.example:443 x", kMalformed),
      connect("a .example:443", kMalformed),
      // T05: names are A-labels on the wire.
      connect("xn--amazn-mye.example:443", "done"),
      connect("amaz\xd0\xbe"
              "n.example:443",
              kMalformed),
      connect("a\xe3\x80\x82"
              "example:443",
              kMalformed),
      connect("\xef\xbd\x81.example:443", kMalformed),
      connect("a.ex\xc3\xa4mple:443", kMalformed),
      connect("a%2eexample:443", kHost),
      connect("a%d0%be.example:443", kHost),
      // T30: numbers that some resolver takes for an address.
      connect("2130706433:443", kHost),
      connect("0x7f.1:443", kHost),
      connect("0177.0.0.1:443", kHost),
      connect("127.1:443", kHost),
      connect("1.2.3.4.:443", kHost),
      // Request lines.
      line("GET http://a.example/ HTTP/1.1", "done"),
      line("GET http://a.example/ HTTP/1.0", "done"),
      line("GET HTTP://A.example./x?y=z HTTP/1.1", "done"),
      line("GET http://a.example HTTP/1.1", "done"),
      line("GET http://a.example?q HTTP/1.1", "done"),
      line("GET http://a.example:80/ HTTP/1.1", "done"),
      line("GET http://a.example/|^{}\"`<> HTTP/1.1", "done"),
      line("GET http://a.example//a/../b;c%2F%zz HTTP/1.1", "done"),
      line("M-SEARCH http://a.example/ HTTP/1.1", "done"),
      line("FOO! http://a.example/ HTTP/1.1", "done"),
      line("FOO!# http://a.example/ HTTP/1.1", kMalformed),
      line("GET http://a.example/a%00b HTTP/1.1", kMalformed),
      line("GET http://a.example/?a=%00 HTTP/1.1", "done"),
      line("GET http://a.example:/ HTTP/1.1", kHost),
      line("GET http:///x HTTP/1.1", kHost),
      line("GET http://?x HTTP/1.1", kHost),
      line("GET http://u@a.example/ HTTP/1.1", kHost),
      line("GET http://a.example:http/ HTTP/1.1", kHost),
      line("GET http://a%41.example/ HTTP/1.1", kHost),
      line("GET http://evil.example\\@a.example/ HTTP/1.1", kMalformed),
      line("GET http://a.example/# HTTP/1.1", kMalformed),
      line("GET http://a.example/a\\b HTTP/1.1", kMalformed),
      line("GET http://a.example/\xc3\xa4 HTTP/1.1", kMalformed),
      line("GET http:/a.example/ HTTP/1.1", kMalformed),
      line("GET https://a.example/ HTTP/1.1", kMalformed),
      line("GET HTTPS://a.example/ HTTP/1.1", kMalformed),
      line("GET ftp://a.example/ HTTP/1.1", kMalformed),
      line("GET ws://a.example/ HTTP/1.1", kMalformed),
      line("GET ://a.example/ HTTP/1.1", kMalformed),
      line("GET /?u=http://a.example/ HTTP/1.1", kMalformed),
      line("GET / HTTP/1.1", kMalformed),
      line("GET a.example:80 HTTP/1.1", kMalformed),
      line("OPTIONS * HTTP/1.1", kMalformed),
      line("connect a.example:443 HTTP/1.1", kMalformed),
      line("Connect a.example:443 HTTP/1.1", kMalformed),
      line("get http://a.example/ HTTP/1.1", kMalformed),
      line("GEt http://a.example/ HTTP/1.1", kMalformed),
      line("G(T http://a.example/ HTTP/1.1", kMalformed),
      line("GET", kMalformed),
      line("GET ", kMalformed),
      line("GET http://a.example/", kMalformed),
      line("GET  http://a.example/ HTTP/1.1", kMalformed),
      line("GET http://a.example/  HTTP/1.1", kMalformed),
      line("GET http://a.example/ HTTP/1.1 ", kMalformed),
      line(" GET http://a.example/ HTTP/1.1", kMalformed),
      line("GET\thttp://a.example/\tHTTP/1.1", kMalformed),
      line("GET http://a.example/ x HTTP/1.1", kMalformed),
      line("GET http://a.example/ http/1.1", kMalformed),
      line("GET http://a.example/ HTTP/1.2", kMalformed),
      line("GET http://a.example/ HTTP/0.9", kMalformed),
      line("GET http://a.example/ HTTP/2.0", kMalformed),
      line("GET http://a.example/ HTTP/1.10", kMalformed),
      line("GET http://a.example/ HTTP/01.1", kMalformed),
      line("GET http://a.example/ HTTP/11", kMalformed),
      line("GET http://a.example/ HTTPS/1.1", kMalformed),
      {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", kMalformed},
      // Inside a tunnel, and on the transparent listener.
      line("GET / HTTP/1.1", "done", HeadPlace::https_origin),
      line("GET //x?y HTTP/1.1", "done", HeadPlace::http_origin),
      line("OPTIONS * HTTP/1.1", "done", HeadPlace::https_origin),
      line("GET * HTTP/1.1", kMalformed, HeadPlace::https_origin),
      line("OPTIONS *x HTTP/1.1", kMalformed, HeadPlace::https_origin),
      line("GET http://a.example/ HTTP/1.1", kMalformed, HeadPlace::http_origin),
      line("GET https://a.example/ HTTP/1.1", kMalformed, HeadPlace::https_origin),
      line("GET a.example HTTP/1.1", kMalformed, HeadPlace::http_origin),
      line("GET ?x HTTP/1.1", kMalformed, HeadPlace::http_origin),
      line("GET /a%00 HTTP/1.1", kMalformed, HeadPlace::http_origin),
      line("CONNECT a.example:443 HTTP/1.1", kMalformed, HeadPlace::https_origin),
  };
  // T04: no control byte and no encoded one is part of a name.
  for (int byte = 0; byte <= 0x20; ++byte) {
    const char raw = static_cast<char>(byte);
    rows.push_back(connect(std::string("evil.example") + raw + ".a.example:443", kMalformed));
    const char* const digits = "0123456789abcdef";
    const std::string encoded = {'%', digits[byte / 16], digits[byte % 16]};
    rows.push_back(connect("evil.example" + encoded + ".a.example:443", kHost));
  }
  rows.push_back(connect("evil\x7f.example:443", kMalformed));
  return rows;
}

}  // namespace sallyport::tests

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

TEST_CASE("who puts a space too many is told of the spaces") {
  for (const char* line :
       {"GET  http://a.example/ HTTP/1.1\r\n", "GET http://a.example/  HTTP/1.1\r\n",
        "GET http://a.example/ x HTTP/1.1\r\n"}) {
    CHECK(std::string_view(what_of(line)).find("one space") != std::string_view::npos);
  }
}

TEST_CASE("who asks a proxy for https without CONNECT is told what to do") {
  CHECK(std::string_view(what_of("GET https://a.example/ HTTP/1.1\r\n")).find("CONNECT") !=
        std::string_view::npos);
  CHECK(std::string_view(what_of("GET / HTTP/1.1\r\n")).find("http://host/path") !=
        std::string_view::npos);
}
