#include <doctest/doctest.h>

#include "tests/proxy/http/head_rows.h"

namespace sallyport::tests {
namespace {

constexpr std::string_view kMalformed = "malformed_request";

HeadRow connect(const std::string& fields, std::string_view expected) {
  return {"CONNECT with " + fields, "CONNECT a.example:443 HTTP/1.1\r\n" + fields + "\r\n",
          expected};
}

HeadRow post(const std::string& fields, std::string_view expected) {
  return {"POST with " + fields,
          "POST http://a.example/ HTTP/1.1\r\nHost: a.example\r\n" + fields + "\r\n", expected};
}

HeadRow bare(const std::string& request_line, const std::string& fields, std::string_view expected,
             HeadPlace place = HeadPlace::proxy) {
  return {request_line + " with " + fields, request_line + "\r\n" + fields + "\r\n", expected,
          place};
}

}  // namespace

std::vector<HeadRow> host_rows() {
  const std::string get = "GET http://a.example/ HTTP/1.1";
  const std::string get_port = "GET http://a.example:8080/ HTTP/1.1";
  const std::string origin = "GET / HTTP/1.1";
  return {
      // Of a CONNECT the target alone counts.
      connect("", "done"),
      connect("Host: a.example:443\r\n", "done"),
      connect("Host: a.example\r\n", "done"),
      connect("hOST:a.example\r\n", "done"),
      connect("Host: other.example:80\r\n", "done"),
      connect("Host: [2001:db8::1]\r\n", "done"),
      connect("Host:\r\n", kMalformed),
      connect("Host: a.example:\r\n", kMalformed),
      connect("Host: u@a.example\r\n", kMalformed),
      connect("Host: a.example, b.example\r\n", kMalformed),
      connect("Host: a.example/\r\n", kMalformed),
      connect("Host: a%2eexample\r\n", kMalformed),
      connect("Host: \xc3\xa4.example\r\n", kMalformed),
      connect("Host: a.example:443\r\nHost: a.example:443\r\n", kMalformed),
      connect("Host: a.example:443\r\nX: y\r\nhost: b.example\r\n", kMalformed),
      // T09: of absolute-form the target counts, and Host must say the same.
      bare(get, "Host: a.example\r\n", "done"),
      bare(get, "Host: A.Example.:80\r\n", "done"),
      bare(get, "Host: a.example:443\r\n", "host_mismatch"),
      bare(get, "Host: evil.example\r\n", "host_mismatch"),
      bare(get, "Host: a.example.evil.example\r\n", "host_mismatch"),
      bare(get, "Host: xa.example\r\n", "host_mismatch"),
      bare(get, "Host:\r\n", kMalformed),
      bare(get, "Host: a.example:\r\n", kMalformed),
      bare(get, "Host: a.example\r\nHost: a.example\r\n", kMalformed),
      bare(get, "Host: a.example\r\nHost: evil.example\r\n", kMalformed),
      bare(get, "Host: evil.example\r\nHost: a.example\r\n", kMalformed),
      bare(get, "Host: evil.example\r\nX: y\r\n folded\r\n", kMalformed),
      bare(get, "", kMalformed),
      bare("GET http://a.example/ HTTP/1.0", "", "done"),
      bare("GET http://a.example/ HTTP/1.0", "Host: b.example\r\n", "host_mismatch"),
      bare(get_port, "Host: a.example:8080\r\n", "done"),
      bare(get_port, "Host: a.example\r\n", "host_mismatch"),
      bare(get_port, "Host: a.example:80\r\n", "host_mismatch"),
      // In a tunnel Host is read, and compared by the caller.
      bare(origin, "Host: b.example:8443\r\n", "done", HeadPlace::https_origin),
      bare(origin, "", kMalformed, HeadPlace::https_origin),
      bare(origin, "Host:\r\n", kMalformed, HeadPlace::https_origin),
      bare("GET / HTTP/1.0", "", "done", HeadPlace::http_origin),
  };
}

std::vector<HeadRow> framing_rows() {
  return {
      // T44: a CONNECT has no body; WinHTTP says so with a length of 0.
      connect("Content-Length: 0\r\n", "done"),
      connect("Content-Length: 00\r\n", kMalformed),
      connect("Content-Length: 5\r\n", kMalformed),
      connect("Content-Length:\r\n", kMalformed),
      connect("Content-Length: 0\r\nContent-Length: 0\r\n", kMalformed),
      connect("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", kMalformed),
      connect("Transfer-Encoding: chunked\r\n", kMalformed),
      connect("Transfer-Encoding: identity\r\n", kMalformed),
      connect("Transfer-Encoding:\r\n", kMalformed),
      connect("Connection: keep-alive, Foo\r\n", "done"),
      // T39: one lower-case `chunked`, never with a length. These include all that Beast 1.81 took.
      post("Transfer-Encoding: chunked\r\n", "done"),
      post("transfer-ENCODING:\tchunked \r\n", "done"),
      post("Transfer-Encoding: xchunked\r\nContent-Length: 4\r\n", kMalformed),
      post("Content-Length: 4\r\nTransfer-Encoding: xchunked\r\n", kMalformed),
      post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", kMalformed),
      post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", kMalformed),
      post("Transfer-Encoding:\r\nContent-Length: 4\r\n", kMalformed),
      post("Transfer-Encoding: identity\r\nContent-Length: 4\r\n", kMalformed),
      post("Transfer-Encoding: chunked, identity\r\n", kMalformed),
      post("Transfer-Encoding: xchunked\r\n", kMalformed),
      post("Transfer-Encoding: gzip, chunked\r\n", kMalformed),
      post("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", kMalformed),
      post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", kMalformed),
      post("Transfer-Encoding: chunked;q=1\r\n", kMalformed),
      post("Transfer-Encoding: chunked,\r\n", kMalformed),
      post("Transfer-Encoding: ,chunked\r\n", kMalformed),
      post("Transfer-Encoding: \"chunked\"\r\n", kMalformed),
      post("Transfer-Encoding: Chunked\r\n", kMalformed),
      post("Transfer-Encoding: chunked\x0b\r\n", kMalformed),
      post("Transfer-Encoding : chunked\r\n", kMalformed),
      post("Transfer-Encoding\t: chunked\r\n", kMalformed),
      post("Transfer-Encoding:\r\n chunked\r\n", kMalformed),
      post("X: y\r\n Transfer-Encoding: chunked\r\n", kMalformed),
      bare("POST http://a.example/ HTTP/1.0", "Transfer-Encoding: chunked\r\n", kMalformed),
      // T40: a length has one spelling.
      post("Content-Length: 0\r\n", "done"),
      post("Content-Length: 18\r\n", "done"),
      post("Content-Length: 999999999999999999\r\n", "done"),
      post("Content-Length: 9223372036854775808\r\n", kMalformed),
      post("Content-Length: 18446744073709551617\r\n", kMalformed),
      post("Content-Length: 4\r\nContent-Length: 4\r\n", kMalformed),
      post("Content-Length: 4\r\nContent-Length: 5\r\n", kMalformed),
      post("Content-Length: 4, 4\r\n", kMalformed),
      post("Content-Length: 4,\r\n", kMalformed),
      post("Content-Length:\r\n", kMalformed),
      post("Content-Length: 04\r\n", kMalformed),
      post("Content-Length: +4\r\n", kMalformed),
      post("Content-Length: -4\r\n", kMalformed),
      post("Content-Length: 0x4\r\n", kMalformed),
      post("Content-Length: 4 4\r\n", kMalformed),
      post("Content-Length: 4.0\r\n", kMalformed),
      post("Content-Length: 1e3\r\n", kMalformed),
      post("Content-Length: \"4\"\r\n", kMalformed),
      post("Content-Length: 4;x\r\n", kMalformed),
      post("Content-Length: 1_000\r\n", kMalformed),
      post("Content-Length: \xd9\xa4\r\n", kMalformed),
      // T46: Connection strips nothing that the next hop relies on.
      post("Connection: close\r\n", "done"),
      post("Connection: Keep-Alive, Upgrade, HTTP2-Settings\r\n", "done"),
      post("Connection: TE, close\r\n", "done"),
      post("Connection:\r\n", "done"),
      post("Connection: close, host\r\n", kMalformed),
      post("Connection: Authorization\r\n", kMalformed),
      post("Connection: keep-alive\r\nConnection: x-amz-date\r\n", kMalformed),
      post("Connection: transfer-encoding\r\n", kMalformed),
      post("Connection: close;host\r\n", kMalformed),
      post("Proxy-Connection: keep-alive, host\r\n", "done"),
      connect("Connection: close, host\r\n", "done"),
      // T43: Expect has one spelling, and is there once. Of a CONNECT it is not read.
      post("Expect: 100-continue\r\n", "done"),
      post("expect:100-Continue\r\n", "done"),
      post("Expect:\r\n", kMalformed),
      post("Expect: 100-continue, 100-continue\r\n", kMalformed),
      post("Expect: 100-continue\r\nExpect: 100-continue\r\n", kMalformed),
      post("Expect: y 100-continue\r\n", kMalformed),
      post("Expect: 100-continue;x\r\n", kMalformed),
      post("Expect: 100_continue\r\n", kMalformed),
      post("Expect: 200-ok\r\n", kMalformed),
      post("Expect : 100-continue\r\n", kMalformed),
      post("Expect:\r\n 100-continue\r\n", kMalformed),
      bare("POST http://a.example/ HTTP/1.0", "Expect: 100-continue\r\n", "done"),
      bare("POST http://a.example/ HTTP/1.0", "Expect: x\r\n", kMalformed),
      connect("Expect: x\r\n", "done"),
  };
}

}  // namespace sallyport::tests

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

TEST_CASE("who logs in the connection is known, whatever the case") {
  struct Row {
    std::string_view fields;
    bool logs_in;
  };
  for (const Row& row : {
           Row{"Authorization: NTLM TlRMTVNTUAABAAAA\r\n", true},
           Row{"authorization: negotiate YQ==\r\n", true},
           Row{"Authorization: Basic YQ==\r\nAuthorization: Negotiate YQ==\r\n", true},
           Row{"Authorization: Negotiate YQ==\r\nAuthorization: Basic YQ==\r\n", true},
           Row{"Authorization: Basic TlRMTQ==\r\n", false},
           Row{"Authorisation: NTLM YQ==\r\n", false},
           Row{"Proxy-Authorization: NTLM YQ==\r\n", false},
       }) {
    CAPTURE(row.fields);
    RequestHeadReader reader(HeadPlace::http_origin);
    REQUIRE(reader.read("GET / HTTP/1.1\r\nHost: a\r\n" + std::string(row.fields) + "\r\n") ==
            HeadProgress::done);
    CHECK(reader.head().logs_in_connection == row.logs_in);
  }
}

TEST_CASE("what becomes of the connection is told") {
  struct Row {
    std::string_view head;
    bool keeps_open;
    bool expects_continue;
    bool has_via;
  };
  for (const Row& row : {
           Row{"PUT / HTTP/1.1\r\nHost: a\r\n", true, false, false},
           Row{"PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n", false, false, false},
           Row{"PUT / HTTP/1.1\r\nHost: a\r\nProxy-Connection: close\r\n", false, false, false},
           Row{"PUT / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nConnection: close\r\n",
               false, false, false},
           Row{"PUT / HTTP/1.0\r\nHost: a\r\n", false, false, false},
           Row{"PUT / HTTP/1.0\r\nConnection: Keep-Alive\r\n", true, false, false},
           Row{"PUT / HTTP/1.0\r\nProxy-Connection: Keep-Alive\r\n", true, false, false},
           Row{"PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n", true, true, false},
           Row{"PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 0\r\n", true,
               true, false},
           Row{"PUT / HTTP/1.0\r\nExpect: 100-continue\r\n", false, false, false},
           Row{"PUT / HTTP/1.1\r\nHost: a\r\nvia: 1.1 b\r\n", true, false, true},
           Row{"PUT / HTTP/1.1\r\nHost: a\r\nVib: 1.1 b\r\n", true, false, false},
       }) {
    CAPTURE(row.head);
    RequestHeadReader reader(HeadPlace::http_origin);
    REQUIRE(reader.read(std::string(row.head) + "\r\n") == HeadProgress::done);
    CHECK(reader.head().keeps_open == row.keeps_open);
    CHECK(reader.head().expects_continue == row.expects_continue);
    CHECK(reader.head().has_via == row.has_via);
  }
  RequestHeadReader connect_reader;
  REQUIRE(connect_reader.read("CONNECT a:1 HTTP/1.1\r\nConnection: keep-alive, upgrade\r\n"
                              "Upgrade: h2c\r\nExpect: 100-continue\r\nVia: 1.1 b\r\n\r\n") ==
          HeadProgress::done);
  CHECK_FALSE(connect_reader.head().keeps_open);
  CHECK_FALSE(connect_reader.head().expects_continue);
  CHECK_FALSE(connect_reader.head().has_via);
  CHECK(connect_reader.head().upgrade == UpgradeOffer::none);
}
