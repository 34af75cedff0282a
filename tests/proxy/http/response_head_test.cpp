#include "proxy/http/response_head.h"

#include <algorithm>
#include <memory>

#include <doctest/doctest.h>

#include "tests/proxy/http/response_rows.h"

namespace sallyport::tests {
namespace {

ResponseRow line(const std::string& status_line, const std::string& expected) {
  return {status_line + "\r\nContent-Length: 0\r\n\r\n", expected};
}

ResponseRow field(const std::string& line, const std::string& expected) {
  return {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + line + "\r\n", expected};
}

}  // namespace

// RFC 9112 section 4.
std::vector<ResponseRow> status_line_rows() {
  return {
      line("HTTP/1.1 200 OK", "0 bytes"),
      line("HTTP/1.0 200 OK", "0 bytes"),
      line("HTTP/1.1 200 ", "0 bytes"),
      line("HTTP/1.1 200", "0 bytes"),
      line("HTTP/1.1 200 Not\tOK  at all ", "0 bytes"),
      line("HTTP/1.1 200 \xc4\xb0yi", "0 bytes"),
      line("HTTP/1.1 599 X", "0 bytes"),
      line("HTTP/1.1 200  OK", "0 bytes"),
      line("HTTP/1.1 099 X", "refused"),
      line("HTTP/1.1 000 X", "refused"),
      line("HTTP/1.1 600 X", "refused"),
      line("HTTP/1.1 999 X", "refused"),
      line("HTTP/1.1 20 X", "refused"),
      line("HTTP/1.1 2000 X", "refused"),
      line("HTTP/1.1 20a X", "refused"),
      line("HTTP/1.1 +20 X", "refused"),
      line("HTTP/1.1 2 0 X", "refused"),
      line("HTTP/1.1  200 OK", "refused"),
      line("HTTP/1.1\t200 OK", "refused"),
      line("HTTP/1.1 200\tOK", "refused"),
      line("HTTP/1.1 200OK", "refused"),
      line("HTTP/1.1 ", "refused"),
      line("HTTP/1.1", "refused"),
      line("HTTP/1.1 OK", "refused"),
      line("HTTP/1.2 200 OK", "refused"),
      line("HTTP/2.0 200 OK", "refused"),
      line("HTTP/2 200", "refused"),
      line("HTTP/0.9 200 OK", "refused"),
      line("HTTP/1.10 200 OK", "refused"),
      line("HTTP/01.1 200 OK", "refused"),
      line("http/1.1 200 OK", "refused"),
      line("HTTP /1.1 200 OK", "refused"),
      line(" HTTP/1.1 200 OK", "refused"),
      line("\r\nHTTP/1.1 200 OK", "refused"),
      line("", "refused"),
      line("ICY 200 OK", "refused"),
      line("GET / HTTP/1.1", "refused"),
      line("<html>", "refused"),
      line("220 a.example ESMTP", "refused"),
      line("SSH-2.0-OpenSSH_9.2", "refused"),
      line("HTTP/1.1 200 O\x7fK", "refused"),
      line("HTTP/1.1 200 O\rK", "refused"),
      line("HTTP/1.1 200 O\nK", "refused"),
      line(std::string("HTTP/1.1 200 O\0K", 16), "refused"),
      {"HTTP/1.1 200 OK\nContent-Length: 0\n\n", "refused"},
      {"HTTP/1.1 200 OK\r\r\n\r\n", "refused"},
      {"\x15\x03\x03\x02\x02\x28", "refused"},        // a TLS alert
      {std::string("\0\0\x12\x04\0", 5), "refused"},  // HTTP/2 SETTINGS
      {"HTTP/1.1 200 OK\r\n\n", "refused"},
      {"HTTP/1.1 200 OK\r\nX: y\r\n\n", "refused"},
  };
}

// T41, of responses: field syntax, and T51: how much.
std::vector<ResponseRow> response_byte_rows() {
  const std::string begin = "HTTP/1.1 200 OK\r\n";
  const std::string large = "X: " + std::string(65536 - begin.size() - 3 - 4, 'x');
  std::string fields_128;
  for (int i = 0; i < 128; ++i) fields_128 += "X:\r\n";
  std::vector<ResponseRow> rows = {
      field("X: y\r\n", "0 bytes"),
      field("X:y\r\n", "0 bytes"),
      field("X:\t y \t\r\n", "0 bytes"),
      field("X: a\tb\r\n", "0 bytes"),
      field("X:\r\n", "0 bytes"),
      field("X: \xe4\xff\x80\r\n", "0 bytes"),
      field("!#$%&'*+-.^_`|~09azAZ: y\r\n", "0 bytes"),
      field("X: a:b\r\n", "0 bytes"),
      field(" X: y\r\n", "refused"),
      field("\tX: y\r\n", "refused"),
      field("X: y\r\n z\r\n", "refused"),
      field("X: y\r\n\tz\r\n", "refused"),
      field("X: y\r\n \r\n", "refused"),
      field("X : y\r\n", "refused"),
      field("X\t: y\r\n", "refused"),
      field(": y\r\n", "refused"),
      field("X\r\n", "refused"),
      field("X y\r\n", "refused"),
      field("X(: y\r\n", "refused"),
      field("X[0]: y\r\n", "refused"),
      field("X\xe4: y\r\n", "refused"),
      field("\"X\": y\r\n", "refused"),
      field("X: y\n", "refused"),
      field("X: y\nZ: z\r\n", "refused"),
      field("X: y\rZ: z\r\n", "refused"),
      field("X: y\r\r\n", "refused"),
      field("X: \x7f\r\n", "refused"),
      field("HTTP/1.1 200 OK\r\n", "refused"),
      {begin + "Content-Length: 0\r\n" + fields_128.substr(4) + "\r\n", "0 bytes"},
      {begin + "Content-Length: 0\r\n" + fields_128 + "\r\n", "refused"},
      {begin + large + "\r\n\r\n", "until close"},
      {begin + large + "x\r\n\r\n", "refused"},
      {begin.substr(0, 13) + std::string(65536, 'x'), "refused"},
  };
  for (int byte = 0; byte < 0x20; ++byte) {
    if (byte == '\t') continue;
    rows.push_back(field(std::string("X: a") + static_cast<char>(byte) + "b\r\n", "refused"));
    rows.push_back(field(std::string("X") + static_cast<char>(byte) + ": b\r\n", "refused"));
  }
  return rows;
}

// As they are seen on the wire.
std::vector<ResponseRow> real_origin_rows() {
  return {
      {"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Thu, 26 Nov 2026 04:00:00 GMT\r\n"
       "Content-Type: text/html\r\nContent-Length: 615\r\nConnection: keep-alive\r\n"
       "ETag: \"65f0-267\"\r\nAccept-Ranges: bytes\r\n\r\n",
       "615 bytes"},
      {"HTTP/1.1 200 OK\r\nDate: Thu, 26 Nov 2026 04:00:00 GMT\r\nServer: Apache/2.4.62 (Debian)"
       "\r\nVary: Accept-Encoding\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n",
       "chunked"},
      {"HTTP/1.0 200 OK\r\nServer: SimpleHTTP/0.6 Python/3.11.2\r\nContent-type: text/html\r\n"
       "Content-Length: 12\r\n\r\n",
       "12 bytes"},
      {"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n", "until close"},
      {"HTTP/1.1 200 \r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
       "chunked"},  // Tomcat
      {"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n\r\n",
       "until close"},
      {"HTTP/1.1 100 Continue\r\n\r\n", "no body"},
      {"HTTP/1.1 100 \r\n\r\n", "no body"},
      {"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n", "no body"},
      {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
       "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
       "no body"},
      {"HTTP/1.1 200 OK\r\nx-amz-id-2: a+/=\r\nx-amz-request-id: 0A\r\nETag: \"d4\"\r\n"
       "x-amz-server-side-encryption: AES256\r\nServer: AmazonS3\r\nContent-Length: 0\r\n\r\n",
       "0 bytes"},
      {"HTTP/1.1 204 No Content\r\nx-amz-request-id: 0A\r\nServer: AmazonS3\r\n\r\n", "no body"},
      {"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-9/100\r\nContent-Length: 10\r\n\r\n",
       "10 bytes"},
      {"HTTP/1.1 304 Not Modified\r\nETag: \"d4\"\r\nConnection: keep-alive\r\n\r\n", "no body"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding:  chunked\r\nConnection: keep-alive\r\n"
       "Connection: Transfer-Encoding\r\n\r\n",
       "chunked"},
      {"HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/\r\nSet-Cookie: c=\r\nSet-Cookie: d=\xe9\r\n"
       "P3P: CP=\"NOI\"\r\nX-Empty:\r\nContent-Length: 2\r\n\r\n",
       "2 bytes"},
      {"HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-result\r\n"
       "Cache-Control: no-cache, max-age=0, must-revalidate\r\nTransfer-Encoding: chunked\r\n\r\n",
       "chunked"},
  };
}

}  // namespace sallyport::tests

using namespace sallyport;
using sallyport::tests::outcome;
using sallyport::tests::ResponseRow;

namespace {

std::vector<ResponseRow> all_rows() {
  std::vector<ResponseRow> all;
  for (const auto& rows :
       {tests::status_line_rows(), tests::response_byte_rows(), tests::response_framing_rows(),
        tests::content_length_rows(), tests::bodiless_rows(), tests::real_origin_rows()}) {
    all.insert(all.end(), rows.begin(), rows.end());
  }
  return all;
}

// What a reader says in the end, in words that two runs can be compared by.
std::string told(const ResponseHeadReader& reader, HeadProgress progress) {
  std::string result = outcome(reader, progress, false);
  if (progress == HeadProgress::refused) result += std::string(" ") + reader.error().what;
  if (progress == HeadProgress::done) {
    const ResponseHead& head = reader.head();
    result += " " + std::to_string(head.status) + std::string(head.reason_phrase) + "|" +
              std::string(head.fields.block()) + std::to_string(head.consumed);
  }
  return result;
}

// Feeds a growing buffer that moves at each step and holds no byte too many, so that a view kept
// or a byte read beyond is seen by AddressSanitizer.
std::string fed_in_steps(const std::string& bytes, std::size_t step) {
  ResponseHeadReader reader;
  HeadProgress progress = HeadProgress::need_more;
  std::unique_ptr<char[]> kept;
  std::string result;
  for (std::size_t size = 0; progress == HeadProgress::need_more && size < bytes.size();) {
    size = std::min(size + step, bytes.size());
    auto moved = std::make_unique<char[]>(size);
    std::copy_n(bytes.begin(), size, moved.get());
    kept = std::move(moved);
    progress = reader.read({kept.get(), size});
    result = told(reader, progress);
  }
  return result;
}

}  // namespace

TEST_CASE("a status line is a version, a status and perhaps a phrase") {
  for (const ResponseRow& row : tests::status_line_rows()) {
    CAPTURE(row.bytes);
    CHECK(outcome(row) == row.expected);
  }
}

TEST_CASE("bytes that no response head holds are refused, and so is what is too large") {
  for (const ResponseRow& row : tests::response_byte_rows()) {
    CAPTURE(row.bytes);
    CHECK(outcome(row) == row.expected);
  }
}

TEST_CASE("the heads of everyday origins are accepted") {
  for (const ResponseRow& row : tests::real_origin_rows()) {
    CAPTURE(row.bytes);
    ResponseHeadReader reader;
    CHECK(outcome(reader, reader.read(row.bytes), false) == row.expected);
    CHECK(reader.head().consumed == row.bytes.size());
  }
}

TEST_CASE("however a response head is cut into reads, the result is the same") {
  for (const ResponseRow& row : all_rows()) {
    CAPTURE(row.bytes);
    const std::string whole = fed_in_steps(row.bytes, row.bytes.size());
    if (row.bytes.size() < 1000) {
      CHECK(fed_in_steps(row.bytes, 1) == whole);
      for (std::size_t cut = 1; cut < row.bytes.size(); ++cut) {
        ResponseHeadReader reader;
        const HeadProgress first = reader.read(std::string_view(row.bytes).substr(0, cut));
        const std::string after_first = told(reader, first);
        CHECK(told(reader, reader.read(row.bytes)) == whole);
        if (first != HeadProgress::need_more) CHECK(after_first == whole);
      }
    } else {
      for (const std::size_t step : {997u, 4096u, 65535u}) {
        CHECK(fed_in_steps(row.bytes, step) == whole);
      }
    }
  }
}

TEST_CASE("the parts of an accepted response head are told as they were sent") {
  const std::string head =
      "HTTP/1.0 404 Not  Found\xe9\r\nServer: x\r\nContent-Length: 5\r\nX-Empty:\r\n\r\n";
  ResponseHeadReader reader;
  const std::string bytes = head + "HTTP/1.1 200 OK\r\n\r\n";
  REQUIRE(reader.read(bytes) == HeadProgress::done);
  const ResponseHead told_head = reader.take();
  CHECK(told_head.version == HttpVersion::http_1_0);
  CHECK(told_head.status == 404);
  CHECK(told_head.reason_phrase == "Not  Found\xe9");
  CHECK(told_head.fields.block() == "Server: x\r\nContent-Length: 5\r\nX-Empty:\r\n");
  CHECK(told_head.content_length == 5u);
  CHECK_FALSE(told_head.is_chunked);
  CHECK(told_head.consumed == head.size());

  ResponseHeadReader bare;
  const std::string shortest = "HTTP/1.1 100\r\n\r\n";
  REQUIRE(bare.read(shortest) == HeadProgress::done);
  CHECK(bare.head().version == HttpVersion::http_1_1);
  CHECK(bare.head().reason_phrase.empty());
  CHECK(bare.head().fields.empty());
  CHECK_FALSE(bare.head().content_length);
}

TEST_CASE("a response head that is not all there is waited for") {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
  ResponseHeadReader reader;
  for (std::size_t size = 0; size < head.size(); ++size) {
    CAPTURE(size);
    CHECK(reader.read(std::string_view(head).substr(0, size)) == HeadProgress::need_more);
  }
  CHECK(reader.read(head) == HeadProgress::done);
}

TEST_CASE("a wrong byte of a response is refused when it arrives, not when its line ends") {
  for (const std::string_view bytes :
       {std::string_view("\x15"), std::string_view("\n"), std::string_view("\0", 1),
        std::string_view("HTTP/1.1 2\x01"), std::string_view("HTTP/1.1 200 OK\n"),
        std::string_view("HTTP/1.1 200 OK\r\nX: \x7f"),
        std::string_view("HTTP/1.1 200 OK\r\nX\r\n"), std::string_view("HTTP/1.1 700 OK\r\n")}) {
    CAPTURE(bytes);
    ResponseHeadReader reader;
    CHECK(reader.read(bytes.substr(0, bytes.size() - 1)) == HeadProgress::need_more);
    CHECK(reader.read(bytes) == HeadProgress::refused);
  }
}

TEST_CASE("the bounds of a response head are the caller's") {
  const std::string head = "HTTP/1.1 200 OK\r\nX: y\r\n\r\n";
  ResponseHeadReader fits({head.size(), 1});
  CHECK(fits.read(head) == HeadProgress::done);
  ResponseHeadReader too_large({head.size() - 1, 1});
  CHECK(too_large.read(head) == HeadProgress::refused);
  CHECK(std::string_view(too_large.error().what) ==
        "the status line and its fields are larger than the gate accepts");
  ResponseHeadReader full({head.size(), 1});
  CHECK(full.read(std::string(head.size(), 'x')) == HeadProgress::refused);
  ResponseHeadReader too_many({head.size(), 0});
  CHECK(too_many.read(head) == HeadProgress::refused);
  CHECK(std::string_view(too_many.error().what) ==
        "the response has more field lines than the gate accepts");
}

TEST_CASE("a response buffer that lost bytes is no reason to read beyond it") {
  const std::string head = "HTTP/1.1 200 OK\r\nX: y\r\n\r\n";
  ResponseHeadReader reader;
  REQUIRE(reader.read(std::string_view(head).substr(0, 20)) == HeadProgress::need_more);
  CHECK(reader.read(std::string_view(head).substr(0, 3)) == HeadProgress::need_more);
  CHECK(reader.read({}) == HeadProgress::need_more);
  CHECK(reader.read(head) == HeadProgress::done);
}

TEST_CASE("an answer about a response stays what it was") {
  ResponseHeadReader refused;
  REQUIRE(refused.read("HTTP/1.2 200 OK\r\n") == HeadProgress::refused);
  CHECK(refused.read("HTTP/1.1 200 OK\r\n\r\n") == HeadProgress::refused);
  ResponseHeadReader done;
  REQUIRE(done.read("HTTP/1.1 200 OK\r\n\r\n") == HeadProgress::done);
  CHECK(done.read("\x16") == HeadProgress::done);
}
