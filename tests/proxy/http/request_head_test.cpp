#include "proxy/http/request_head.h"

#include <algorithm>
#include <memory>

#include <doctest/doctest.h>

#include "tests/proxy/http/head_rows.h"

namespace sallyport::tests {
namespace {

constexpr std::string_view kMalformed = "malformed_request";

HeadRow connect(const std::string& fields, std::string_view expected) {
  return {"CONNECT with " + fields, "CONNECT a.example:443 HTTP/1.1\r\n" + fields + "\r\n",
          expected};
}

}  // namespace

std::vector<HeadRow> byte_rows() {
  const std::string begin = "CONNECT a.example:443 HTTP/1.1\r\n";
  std::string fields_128;
  for (int i = 0; i < 128; ++i) fields_128 += "X:\r\n";
  std::string fields_10000;
  for (int i = 0; i < 10000; ++i) fields_10000 += "X:\r\n";
  const std::string large = "X: " + std::string(65536 - begin.size() - 3 - 4, 'x');
  std::vector<HeadRow> rows = {
      // T41: field syntax.
      connect("X: y\r\n", "done"),
      connect("X:y\r\n", "done"),
      connect("X:\t y \t\r\n", "done"),
      connect("X: a\tb\r\n", "done"),
      connect("X:\r\n", "done"),
      connect("X: \xe4\xff\x80\r\n", "done"),
      connect("!#$%&'*+-.^_`|~09azAZ: y\r\n", "done"),
      connect("X: a:b\r\n", "done"),
      connect(" X: y\r\n", kMalformed),
      connect("\tX: y\r\n", kMalformed),
      connect("X: y\r\n z\r\n", kMalformed),
      connect("X: y\r\n\tz\r\n", kMalformed),
      connect("Host: a.example\r\n .evil.example\r\n", kMalformed),
      connect("X : y\r\n", kMalformed),
      connect("X\t: y\r\n", kMalformed),
      connect(": y\r\n", kMalformed),
      connect("X\r\n", kMalformed),
      connect("X y\r\n", kMalformed),
      connect("X(: y\r\n", kMalformed),
      connect("X@: y\r\n", kMalformed),
      connect("X\xe4: y\r\n", kMalformed),
      connect("\"X\": y\r\n", kMalformed),
      connect("X: y\n", kMalformed),
      connect("X: y\nZ: z\r\n", kMalformed),
      connect("X: y\rZ: z\r\n", kMalformed),
      connect("X: y\r\r\n", kMalformed),
      connect(std::string("X: \0y\r\n", 7), kMalformed),
      connect("X: \x7f\r\n", kMalformed),
      {"LF behind the request line", "CONNECT a.example:443 HTTP/1.1\n\r\n", kMalformed},
      {"LF for the empty line", begin + "X: y\r\n\n", kMalformed},
      {"CR behind the request line", "CONNECT a.example:443 HTTP/1.1\r\r\n\r\n", kMalformed},
      {"an empty line first", "\r\nCONNECT a.example:443 HTTP/1.1\r\n\r\n", kMalformed},
      {"an LF first", "\nCONNECT a.example:443 HTTP/1.1\r\n\r\n", kMalformed},
      {"HTTP/0.9", "GET /\r\n", kMalformed},
      {"SSH", "SSH-2.0-OpenSSH_9.2\r\n", kMalformed},
      {"SMTP", "EHLO a.example\r\n", kMalformed},
      {"a TLS record", "\x16\x03\x01\x02", kMalformed},
      {"SOCKS4", "\x04\x01\x01\xbb", kMalformed},
      {"SOCKS5", "\x05\x01", kMalformed},
      // T51: how much.
      {"128 field lines", begin + fields_128 + "\r\n", "done"},
      {"129 field lines", begin + fields_128 + "Y:\r\n\r\n", "header_too_large"},
      {"10,000 empty fields", begin + fields_10000 + "\r\n", "header_too_large"},
      {"a head of 64 KiB", begin + large + "\r\n\r\n", "done"},
      {"a head of 64 KiB and a byte", begin + large + "x\r\n\r\n", "header_too_large"},
      {"a URL of 64 KiB", "GET http://a.example/" + std::string(65536, 'x'), "header_too_large"},
      {"a method of 64 KiB", std::string(65536, 'X'), "header_too_large"},
  };
  for (int byte = 0; byte < 0x20; ++byte) {
    if (byte == '\t') continue;
    rows.push_back(connect(std::string("X: a") + static_cast<char>(byte) + "b\r\n", kMalformed));
    rows.push_back(connect(std::string("X") + static_cast<char>(byte) + ": b\r\n", kMalformed));
  }
  return rows;
}

// LAB.md, Clients.
std::vector<HeadRow> real_client_rows() {
  const std::string v11 = "CONNECT h.example:443 HTTP/1.1\r\n";
  const std::string v10 = "CONNECT h.example:443 HTTP/1.0\r\n";
  const std::string host = "Host: h.example:443\r\n";
  return {
      {"curl", v11 + host + "User-Agent: curl/7.88.1\r\nProxy-Connection: Keep-Alive\r\n\r\n",
       "done"},
      {"wget", v11 + "User-Agent: Wget/1.21.3\r\n" + host + "\r\n", "done"},
      {"git", v11 + host + "User-Agent: git/2.39.5\r\nProxy-Connection: Keep-Alive\r\n\r\n",
       "done"},
      {"apt over https", v11 + host + "User-Agent: Debian APT-HTTP/1.3 (2.6.1)\r\n\r\n", "done"},
      {"apt over http",
       "GET http://h.example/deb/./InRelease HTTP/1.1\r\nHost: h.example\r\n"
       "Cache-Control: max-age=0\r\nAccept: text/*\r\n\r\n",
       "done"},
      {"pip, requests, urllib3, boto3, AWS CLI", v10 + "\r\n", "done"},
      {"AWS SDK for JavaScript with https-proxy-agent",
       v11 + host + "Proxy-Connection: close\r\n\r\n", "done"},
      {"hpagent", v11 + host + "connection: close\r\n\r\n", "done"},
      {"npm", v11 + host + "proxy-connection: keep-alive\r\nuser-agent: npm/11.19\r\n\r\n", "done"},
      {"Node 24 fetch, undici",
       "CONNECT h.example:80 HTTP/1.1\r\nhost: h.example\r\nconnection: close\r\n"
       "proxy-connection: keep-alive\r\n\r\n",
       "done"},
      {"Node 24 https.get", v11 + host + "proxy-connection: keep-alive\r\n\r\n", "done"},
      {"Java HttpURLConnection",
       v11 + "User-Agent: Java/17.0.13\r\nHost: h.example\r\n"
             "Accept: text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2\r\n"
             "Proxy-Connection: keep-alive\r\n\r\n",
       "done"},
      {"Java HttpClient", v11 + host + "\r\n", "done"},
      {"Go, kubectl, docker", v11 + host + "User-Agent: Go-http-client/1.1\r\n\r\n", "done"},
      {"openssl s_client", v10 + "Proxy-Connection: Keep-Alive\r\n\r\n", "done"},
      {"socat", "CONNECT h.example:22 HTTP/1.0\r\n\r\n", "done"},
      {"WinHTTP",
       v11 + "User-Agent: x\r\nProxy-Connection: Keep-Alive\r\nContent-Length: 0\r\n" + host +
           "Pragma: no-cache\r\n\r\n",
       "done"},
      {"Chromium",
       v11 + host + "Proxy-Connection: keep-alive\r\nUser-Agent: Mozilla/5.0 (X11)\r\n\r\n",
       "done"},
      {"Firefox",
       v11 +
           "User-Agent: Mozilla/5.0 (X11)\r\nProxy-Connection: keep-alive\r\n"
           "Connection: keep-alive\r\n" +
           host + "\r\n",
       "done"},
      {"curl to an IPv6 literal",
       "CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\n\r\n", "done"},
  };
}

}  // namespace sallyport::tests

using namespace sallyport;
using sallyport::tests::HeadRow;
using sallyport::tests::outcome;

namespace {

std::vector<HeadRow> all_rows() {
  std::vector<HeadRow> all;
  for (const auto& rows : {tests::target_rows(), tests::host_rows(), tests::framing_rows(),
                           tests::byte_rows(), tests::real_client_rows()}) {
    all.insert(all.end(), rows.begin(), rows.end());
  }
  return all;
}

// What a reader says in the end, in words that two runs can be compared by.
std::string told(const RequestHeadReader& reader, HeadProgress progress) {
  std::string result(outcome(reader, progress));
  if (progress == HeadProgress::refused) {
    const HeadError& error = reader.error();
    result += std::string(" ") + error.what + (error.is_connect ? " connect" : "") +
              std::to_string(static_cast<int>(error.foreign));
  } else if (progress == HeadProgress::done) {
    const RequestHead& head = reader.head();
    result += " " + std::string(head.method) + " " + std::string(head.target) + " " +
              std::string(head.path) + " " + std::string(head.fields.block()) +
              std::to_string(head.consumed) + (head.authority ? head.authority->text() : "");
  }
  return result;
}

// Feeds a growing buffer that moves at each step and holds no byte too many, so that a view kept
// or a byte read beyond is seen by AddressSanitizer.
std::string fed_in_steps(const HeadRow& row, std::size_t step) {
  RequestHeadReader reader(row.place);
  HeadProgress progress = HeadProgress::need_more;
  std::unique_ptr<char[]> kept;
  std::string result;
  for (std::size_t size = 0; progress == HeadProgress::need_more && size < row.bytes.size();) {
    size = std::min(size + step, row.bytes.size());
    auto moved = std::make_unique<char[]>(size);
    std::copy_n(row.bytes.begin(), size, moved.get());
    kept = std::move(moved);
    progress = reader.read({kept.get(), size});
    result = told(reader, progress);
  }
  return result;
}

}  // namespace

TEST_CASE("bytes that no head holds are refused, and so is what is too large") {
  for (const HeadRow& row : tests::byte_rows()) {
    CAPTURE(row.name);
    RequestHeadReader reader(row.place);
    CHECK(outcome(reader, reader.read(row.bytes)) == row.expected);
  }
}

TEST_CASE("the heads of everyday clients are accepted") {
  for (const HeadRow& row : tests::real_client_rows()) {
    CAPTURE(row.name);
    RequestHeadReader reader;
    CHECK(outcome(reader, reader.read(row.bytes)) == row.expected);
    CHECK(reader.head().consumed == row.bytes.size());
  }
}

TEST_CASE("however a head is cut into reads, the result is the same") {
  for (const HeadRow& row : all_rows()) {
    CAPTURE(row.name);
    const std::string whole = fed_in_steps(row, row.bytes.size());
    if (row.bytes.size() < 1000) {
      CHECK(fed_in_steps(row, 1) == whole);
      for (std::size_t cut = 1; cut < row.bytes.size(); ++cut) {
        RequestHeadReader reader(row.place);
        const HeadProgress first = reader.read(std::string_view(row.bytes).substr(0, cut));
        const std::string after_first = told(reader, first);
        const HeadProgress second = reader.read(row.bytes);
        CHECK(told(reader, second) == whole);
        if (first != HeadProgress::need_more) CHECK(after_first == whole);
      }
    } else {
      for (const std::size_t step : {997u, 4096u, 65535u}) CHECK(fed_in_steps(row, step) == whole);
    }
  }
}

TEST_CASE("a head that is not all there is waited for") {
  const std::string head = "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n";
  RequestHeadReader reader;
  for (std::size_t size = 0; size < head.size(); ++size) {
    CAPTURE(size);
    CHECK(reader.read(std::string_view(head).substr(0, size)) == HeadProgress::need_more);
  }
  CHECK(reader.read(head) == HeadProgress::done);
}

TEST_CASE("bytes behind the head are not looked at") {
  const std::string head = "CONNECT a.example:443 HTTP/1.1\r\n\r\n";
  const std::string hello("\x16\x03\x01\0\r\n\r\n", 8);
  RequestHeadReader reader;
  REQUIRE(reader.read(head + hello + std::string(100000, '\0')) == HeadProgress::done);
  CHECK(reader.head().consumed == head.size());
  RequestHeadReader denied;
  const std::string pipelined = head + "GET http://b.example/ HTTP/1.1\r\nHost: b.example\r\n\r\n";
  REQUIRE(denied.read(pipelined) == HeadProgress::done);
  CHECK(denied.head().consumed == head.size());
}

TEST_CASE("a wrong byte is refused when it arrives, not when its line ends") {
  for (const std::string_view bytes :
       {std::string_view("\x16"), std::string_view("\x04"), std::string_view("\x05"),
        std::string_view("\r"), std::string_view("\n"), std::string_view("\0", 1),
        std::string_view(" "), std::string_view("c"), std::string_view("\x80"),
        std::string_view("GEt"), std::string_view("G("), std::string_view("CONNECT a\t"),
        std::string_view("CONNECT a\n"), std::string_view("CONNECT \xc3"),
        std::string_view("CONNECT a:1 HTTP/1.1\r\nX: \x01"),
        std::string_view("CONNECT a HTTP/1.1\r\n"), std::string_view("GET / HTTP/1.1\r\n"),
        std::string_view("CONNECT a:1 HTTP/1.1\r\nX\r\n")}) {
    CAPTURE(bytes);
    RequestHeadReader reader;
    CHECK(reader.read(bytes.substr(0, bytes.size() - 1)) == HeadProgress::need_more);
    CHECK(reader.read(bytes) == HeadProgress::refused);
  }
}

TEST_CASE("TLS and SOCKS spoken to a plain proxy are named") {
  const auto error_of = [](std::string_view bytes) {
    RequestHeadReader reader;
    REQUIRE(reader.read(bytes) == HeadProgress::refused);
    return reader.error();
  };
  CHECK(error_of("\x16\x03").foreign == ForeignProtocol::tls);
  CHECK(std::string_view(error_of("\x16\x03").what) ==
        "TLS spoken to a plain HTTP proxy; the proxy URL must begin with http://");
  CHECK(error_of("\x05\x01").foreign == ForeignProtocol::socks);
  CHECK(error_of("\x04\x01").foreign == ForeignProtocol::socks);
  CHECK(error_of("\x80\x2e").foreign == ForeignProtocol::none);
  CHECK(error_of("CONNECT \x16").foreign == ForeignProtocol::none);
}

TEST_CASE("a refused head says whether it begins CONNECT, for its record") {
  const auto is_connect = [](std::string_view bytes) {
    RequestHeadReader reader;
    REQUIRE(reader.read(bytes) == HeadProgress::refused);
    return reader.error().is_connect;
  };
  CHECK(is_connect("CONNECT a.example HTTP/1.1\r\n"));
  CHECK(is_connect("CONNECT \x01"));
  CHECK(is_connect("CONNECT a:1 HTTP/1.1\r\nX y\r\n"));
  CHECK_FALSE(is_connect("CONNECTX a:1 HTTP/1.1\r\n"));
  CHECK_FALSE(is_connect("CONNECT\r\n"));
  CHECK_FALSE(is_connect("connect a:1 HTTP/1.1\r\n"));
  CHECK_FALSE(is_connect("GET / HTTP/1.1\r\n"));
}

TEST_CASE("the bounds are the caller's") {
  const std::string head = "CONNECT a:1 HTTP/1.1\r\nX: y\r\n\r\n";
  RequestHeadReader fits(HeadPlace::proxy, {head.size(), 1});
  CHECK(fits.read(head) == HeadProgress::done);
  RequestHeadReader too_large(HeadPlace::proxy, {head.size() - 1, 1});
  CHECK(outcome(too_large, too_large.read(head)) == "header_too_large");
  RequestHeadReader too_many(HeadPlace::proxy, {head.size(), 0});
  CHECK(outcome(too_many, too_many.read(head)) == "header_too_large");
}

TEST_CASE("a buffer that lost bytes is no reason to read beyond it") {
  const std::string head = "CONNECT a.example:443 HTTP/1.1\r\nX: y\r\n\r\n";
  RequestHeadReader reader;
  REQUIRE(reader.read(std::string_view(head).substr(0, 36)) == HeadProgress::need_more);
  CHECK(reader.read(std::string_view(head).substr(0, 3)) == HeadProgress::need_more);
  CHECK(reader.read({}) == HeadProgress::need_more);
  CHECK(reader.read(head) == HeadProgress::done);
}

TEST_CASE("an answer stays what it was") {
  RequestHeadReader refused;
  REQUIRE(refused.read("GET / HTTP/1.1\r\n") == HeadProgress::refused);
  CHECK(refused.read("CONNECT a:1 HTTP/1.1\r\n\r\n") == HeadProgress::refused);
  RequestHeadReader done;
  REQUIRE(done.read("CONNECT a:1 HTTP/1.1\r\n\r\n") == HeadProgress::done);
  CHECK(done.read("\x16") == HeadProgress::done);
}

// Each byte is wiped as soon as it was read, but for a line that just became whole: a reader that
// looked at a byte again would find a NUL there, and refuse. Its cost is therefore linear.
TEST_CASE("what was looked at is never looked at again, however slowly the bytes come") {
  std::string head = "CONNECT a.example:443 HTTP/1.1\r\n";
  for (int i = 0; i < 100; ++i) head += "X: " + std::string(500, 'x') + "\r\n";
  head += "X: " + std::string(10000, 'x') + "\r\n\r\n";
  std::string wiped(head.size(), '\0');
  RequestHeadReader reader;
  std::size_t line_begin = 0;
  for (std::size_t size = 1; size <= head.size(); ++size) {
    wiped[size - 1] = head[size - 1];
    const bool is_line_end = head[size - 1] == '\n';
    if (is_line_end)
      wiped.replace(line_begin, size - line_begin, head, line_begin, size - line_begin);
    const HeadProgress progress = reader.read(std::string_view(wiped).substr(0, size));
    REQUIRE(progress == (size < head.size() ? HeadProgress::need_more : HeadProgress::done));
    if (is_line_end) {
      wiped.replace(line_begin, size - line_begin, size - line_begin, '\0');
      line_begin = size;
    } else if (head[size - 1] != '\r') {
      wiped[size - 1] = '\0';
    }
  }
}
