#include "proxy/http/response_fields.h"

#include <doctest/doctest.h>

#include "tests/proxy/http/response_rows.h"

namespace sallyport::tests {
namespace {

ResponseRow ok(const std::string& fields, const std::string& expected) {
  return {"HTTP/1.1 200 OK\r\n" + fields + "\r\n", expected};
}

ResponseRow old(const std::string& fields, const std::string& expected) {
  return {"HTTP/1.0 200 OK\r\n" + fields + "\r\n", expected};
}

ResponseRow length(const std::string& value, const std::string& expected) {
  return ok("Content-Length: " + value + "\r\n", expected);
}

ResponseRow status(const std::string& code, const std::string& fields,
                   const std::string& expected) {
  return {"HTTP/1.1 " + code + " X\r\n" + fields + "\r\n", expected};
}

ResponseRow to_head(const std::string& fields, const std::string& expected) {
  return {"HTTP/1.1 200 OK\r\n" + fields + "\r\n", expected, true};
}

}  // namespace

// T39, of responses: one reading of Content-Length and Transfer-Encoding, or none.
std::vector<ResponseRow> response_framing_rows() {
  const std::string cl = "Content-Length: 4\r\n";
  const std::string te = "Transfer-Encoding: chunked\r\n";
  return {
      ok("", "until close"),
      ok(cl, "4 bytes"),
      ok(te, "chunked"),
      ok("content-length: 4\r\n", "4 bytes"),
      ok("CONTENT-LENGTH:4\r\n", "4 bytes"),
      ok("Content-Length:\t4 \t\r\n", "4 bytes"),
      ok("transfer-encoding:chunked\r\n", "chunked"),
      ok("Transfer-Encoding: Chunked\r\n", "chunked"),
      ok("Transfer-Encoding: CHUNKED\r\n", "chunked"),
      ok("Transfer-Encoding: \t chunked \t \r\n", "chunked"),
      // Both, in either order, whatever stands between.
      ok(cl + te, "refused"),
      ok(te + cl, "refused"),
      ok("Content-Length: 0\r\n" + te, "refused"),
      ok(te + "X: y\r\nContent-Length: 0\r\n", "refused"),
      ok("content-length: 4\r\nTRANSFER-ENCODING: Chunked\r\n", "refused"),
      ok("Transfer-Encoding: xchunked\r\n" + cl, "refused"),
      ok(cl + "Transfer-Encoding: xchunked\r\n", "refused"),
      ok("Transfer-Encoding:\r\n" + cl, "refused"),
      ok(cl + "Transfer-Encoding:\r\n", "refused"),
      ok("Transfer-Encoding: identity\r\n" + cl, "refused"),
      ok(cl + "Transfer-Encoding: identity\r\n", "refused"),
      // Twice.
      ok(te + te, "refused"),
      ok(te + "Transfer-Encoding: Chunked\r\n", "refused"),
      ok(te + "Transfer-Encoding: identity\r\n", "refused"),
      ok("Transfer-Encoding: identity\r\n" + te, "refused"),
      ok("Transfer-Encoding: gzip\r\n" + te, "refused"),
      ok(te + "Transfer-Encoding:\r\n", "refused"),
      ok(cl + cl, "refused"),
      ok(cl + "Content-Length: 5\r\n", "refused"),
      ok(cl + "X: y\r\ncontent-length: 4\r\n", "refused"),
      ok(cl + "Content-Length:\r\n", "refused"),
      // Anything but the one coding.
      ok("Transfer-Encoding:\r\n", "refused"),
      ok("Transfer-Encoding: \r\n", "refused"),
      ok("Transfer-Encoding: identity\r\n", "refused"),
      ok("Transfer-Encoding: gzip\r\n", "refused"),
      ok("Transfer-Encoding: gzip, chunked\r\n", "refused"),
      ok("Transfer-Encoding: chunked, gzip\r\n", "refused"),
      ok("Transfer-Encoding: chunked, chunked\r\n", "refused"),
      ok("Transfer-Encoding: chunked, identity\r\n", "refused"),
      ok("Transfer-Encoding: identity, chunked\r\n", "refused"),
      ok("Transfer-Encoding: chunked,\r\n", "refused"),
      ok("Transfer-Encoding: ,chunked\r\n", "refused"),
      ok("Transfer-Encoding: chunked;q=1\r\n", "refused"),
      ok("Transfer-Encoding: chunked;\r\n", "refused"),
      ok("Transfer-Encoding: \"chunked\"\r\n", "refused"),
      ok("Transfer-Encoding: 'chunked'\r\n", "refused"),
      ok("Transfer-Encoding: xchunked\r\n", "refused"),
      ok("Transfer-Encoding: chunkedx\r\n", "refused"),
      ok("Transfer-Encoding: chunke\r\n", "refused"),
      ok("Transfer-Encoding: chun ked\r\n", "refused"),
      ok("Transfer-Encoding: chunked chunked\r\n", "refused"),
      ok("Transfer-Encoding: \xa0"
         "chunked\r\n",
         "refused"),
      ok("Transfer-Encoding: \xe1\xb4\x84hunked\r\n", "refused"),
      // Hidden from one reader, seen by another.
      ok("Transfer-Encoding: chunked\x0b\r\n", "refused"),
      ok("Transfer-Encoding: \x0c"
         "chunked\r\n",
         "refused"),
      ok(std::string("Transfer-Encoding: chunked\0\r\n", 29), "refused"),
      ok("Transfer-Encoding : chunked\r\n", "refused"),
      ok("Transfer-Encoding\t: chunked\r\n", "refused"),
      ok("Content-Length : 4\r\n", "refused"),
      ok(" Transfer-Encoding: chunked\r\n", "refused"),
      ok("\tContent-Length: 4\r\n", "refused"),
      ok("Transfer-Encoding:\r\n chunked\r\n", "refused"),
      ok("Content-Length:\r\n 4\r\n", "refused"),
      ok("X: y\r\n Transfer-Encoding: chunked\r\n", "refused"),
      ok("X: y\nTransfer-Encoding: chunked\r\n", "refused"),
      ok("X: y\rTransfer-Encoding: chunked\r\n", "refused"),
      ok("Transfer-Encoding: chunked\n", "refused"),
      ok("Content-Length: 4\n\r\n", "refused"),
      ok("Transfer-Encoding\r\n", "refused"),
      // Another name is no framing.
      ok("Transfer_Encoding: chunked\r\n", "until close"),
      ok("Content_Length: 4\r\n", "until close"),
      ok("X-Transfer-Encoding: chunked\r\n" + cl, "4 bytes"),
      ok("Content-Encoding: gzip\r\n" + te, "chunked"),
      ok("TE: trailers\r\nTrailer: X\r\n" + te, "chunked"),
      // HTTP/1.0 has no codings.
      old("", "until close"),
      old(cl, "4 bytes"),
      old(te, "refused"),
      old("Connection: keep-alive\r\n" + te, "refused"),
      old(te + cl, "refused"),
  };
}

// T40, of responses: a length has one spelling.
std::vector<ResponseRow> content_length_rows() {
  return {
      length("0", "0 bytes"),
      length("7", "7 bytes"),
      length("1073741824", "1073741824 bytes"),
      length("9223372036854775807", "9223372036854775807 bytes"),
      length("9223372036854775808", "refused"),  // 2^63
      length("9999999999999999999", "refused"),
      length("18446744073709551616", "refused"),  // 2^64
      length("18446744073709551620", "refused"),
      length("00000000000000000004", "refused"),
      length("05", "refused"),
      length("00", "refused"),
      length("000", "refused"),
      length("+4", "refused"),
      length("-4", "refused"),
      length("-0", "refused"),
      length("0x4", "refused"),
      length("4 4", "refused"),
      length("4,4", "refused"),
      length("4, 4", "refused"),
      length("4,", "refused"),
      length(",4", "refused"),
      length("", "refused"),
      length("4.0", "refused"),
      length("4e0", "refused"),
      length("4;x", "refused"),
      length("\"4\"", "refused"),
      length("1_000", "refused"),
      length("a", "refused"),
      length("4\x0b", "refused"),
      length("\xd9\xa4", "refused"),      // an Arabic-Indic 4
      length("\xef\xbc\x94", "refused"),  // a fullwidth 4
  };
}

// RFC 9112 section 6.3: what never has a body. Where a client could believe in one all the same,
// the response is refused; where the fields only tell what a GET would have brought, it is not.
std::vector<ResponseRow> bodiless_rows() {
  const std::string te = "Transfer-Encoding: chunked\r\n";
  return {
      status("204", "", "no body"),
      status("204", "Content-Length: 0\r\n", "no body"),
      status("204", "Content-Length: 1\r\n", "refused"),
      status("204", te, "refused"),
      status("204", "Content-Length: 00\r\n", "refused"),
      status("100", "", "no body"),
      status("100", "Content-Length: 0\r\n", "no body"),
      status("100", "Content-Length: 1\r\n", "refused"),
      status("100", te, "refused"),
      status("101", "Connection: Upgrade\r\nUpgrade: websocket\r\n", "no body"),
      status("101", te, "refused"),
      status("103", "Link: </x.css>; rel=preload\r\n", "no body"),
      status("199", "Content-Length: 1\r\n", "refused"),
      status("304", "", "no body"),
      status("304", "Content-Length: 1000\r\n", "no body"),
      status("304", te, "no body"),
      status("304", te + "Content-Length: 4\r\n", "refused"),
      status("304", "Content-Length: 04\r\n", "refused"),
      to_head("", "no body"),
      to_head("Content-Length: 1000\r\n", "no body"),
      to_head(te, "no body"),
      to_head(te + "Content-Length: 4\r\n", "refused"),
      to_head("Content-Length: 4\r\nContent-Length: 4\r\n", "refused"),
      // These may have one.
      status("200", "Content-Length: 0\r\n", "0 bytes"),
      status("205", "", "until close"),
      status("205", "Content-Length: 0\r\n", "0 bytes"),
      status("206", "Content-Range: bytes 0-3/10\r\nContent-Length: 4\r\n", "4 bytes"),
      status("302", "Location: /\r\nContent-Length: 0\r\n", "0 bytes"),
      status("404", te, "chunked"),
      status("599", "", "until close"),
  };
}

}  // namespace sallyport::tests

using namespace sallyport;
using sallyport::tests::outcome;
using sallyport::tests::ResponseRow;

TEST_CASE("where a response's body ends has one reading, or the response is refused") {
  for (const ResponseRow& row : tests::response_framing_rows()) {
    CAPTURE(row.bytes);
    CHECK(outcome(row) == row.expected);
  }
}

TEST_CASE("a response's length has one spelling") {
  for (const ResponseRow& row : tests::content_length_rows()) {
    CAPTURE(row.bytes);
    CHECK(outcome(row) == row.expected);
  }
}

TEST_CASE("what never has a body has none, and no client is told otherwise") {
  for (const ResponseRow& row : tests::bodiless_rows()) {
    CAPTURE(row.bytes);
    CHECK(outcome(row) == row.expected);
  }
}

TEST_CASE("whether a connection stays open is told by version and Connection") {
  struct Row {
    std::string_view version;
    std::string_view fields;
    bool keeps_open;
  };
  for (const Row& row : {
           Row{"HTTP/1.1", "", true},
           Row{"HTTP/1.1", "Connection: keep-alive\r\n", true},
           Row{"HTTP/1.1", "Connection: close\r\n", false},
           Row{"HTTP/1.1", "connection: CLOSE\r\n", false},
           Row{"HTTP/1.1", "Connection: keep-alive, close\r\n", false},
           Row{"HTTP/1.1", "Connection: X-Own ,\tclose,\r\n", false},
           Row{"HTTP/1.1", "Connection: keep-alive\r\nConnection: close\r\n", false},
           Row{"HTTP/1.1", "Connection: close\r\nConnection: keep-alive\r\n", false},
           Row{"HTTP/1.1", "Connection: keep-alive\r\nConnection: Transfer-Encoding\r\n", true},
           Row{"HTTP/1.1", "Connection: closed\r\n", true},
           Row{"HTTP/1.1", "Connection:\r\n", true},
           Row{"HTTP/1.1", "Connection: ,\r\n", true},
           Row{"HTTP/1.1", "Proxy-Connection: close\r\n", true},
           Row{"HTTP/1.0", "", false},
           Row{"HTTP/1.0", "Connection: Keep-Alive\r\n", true},
           Row{"HTTP/1.0", "Connection: keep-alive, close\r\n", false},
           Row{"HTTP/1.0", "Keep-Alive: timeout=5\r\n", false},
           Row{"HTTP/1.0", "Proxy-Connection: keep-alive\r\n", false},
       }) {
    CAPTURE(row.version);
    CAPTURE(row.fields);
    const std::string bytes =
        std::string(row.version) + " 200 OK\r\n" + std::string(row.fields) + "\r\n";
    ResponseHeadReader reader;
    REQUIRE(reader.read(bytes) == HeadProgress::done);
    CHECK(reader.head().keeps_open == row.keeps_open);
  }
}
