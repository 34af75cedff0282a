#include "proxy/http/forwarded_head.h"

#include <optional>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "proxy/http/request_head.h"

using namespace sallyport;

namespace {

constexpr std::string_view kPseudonym = "sallyport-1";

struct Row {
  std::string_view name;
  std::string_view sent;
  std::string_view leaves;
};

RequestHead read_head(std::string_view bytes, HeadPlace place) {
  RequestHeadReader reader(place);
  REQUIRE(reader.read(bytes) == HeadProgress::done);
  return reader.take();
}

std::string forwarded(std::string_view bytes, HeadPlace place, std::string_view via = {}) {
  const std::optional<Authority> origin = parse_authority("canonical.example:8080");
  REQUIRE(origin);
  const RequestHead head = read_head(bytes, place);
  std::string out = "before|";
  append_request_head(out, head,
                      {.origin = head.authority ? *head.authority : *origin, .via = via});
  REQUIRE(out.starts_with("before|"));
  return out.substr(7);
}

// Its views point into `bytes`.
ResponseHead response(std::string_view bytes) {
  ResponseHeadReader reader;
  REQUIRE(reader.read(bytes) == HeadProgress::done);
  return reader.take();
}

// A response's fields, and what is left of them for an HTTP/1.1 client.
std::string left_of(std::string_view fields, ResponseForwarding how = {},
                    std::uint16_t status = 200) {
  const std::string line = "HTTP/1.1 " + std::to_string(status) + " OK\r\n";
  const std::string bytes = line + std::string(fields) + "\r\n";
  std::string out;
  append_response_head(out, response(bytes), how);
  REQUIRE(out.starts_with(line));
  REQUIRE(out.ends_with("\r\n"));
  return out.substr(line.size(), out.size() - line.size() - 2);
}

// As a client sends them to a proxy.
constexpr Row kPlainRows[] = {
    {"curl",
     "GET http://a.example/x?y=%2f HTTP/1.1\r\nHost: a.example\r\nUser-Agent: curl/7.88.1\r\n"
     "Accept: */*\r\nProxy-Connection: Keep-Alive\r\n\r\n",
     "GET /x?y=%2f HTTP/1.1\r\nHost: a.example\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n"},
    {"an empty path is /", "GET http://a.example HTTP/1.1\r\nHost: a.example\r\n\r\n",
     "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"},
    {"a query alone has / before it", "GET http://a.example?q HTTP/1.1\r\nHost: a.example\r\n\r\n",
     "GET /?q HTTP/1.1\r\nHost: a.example\r\n\r\n"},
    {"OPTIONS without a path is that of /",
     "OPTIONS http://a.example HTTP/1.1\r\nHost: a.example\r\n\r\n",
     "OPTIONS / HTTP/1.1\r\nHost: a.example\r\n\r\n"},
    {"the target's bytes stay",
     "GET HTTP://A.example:80//b/../%7e|^{}\"?a|b HTTP/1.1\r\n"
     "Host: a.EXAMPLE.\r\n\r\n",
     "GET //b/../%7e|^{}\"?a|b HTTP/1.1\r\nHost: a.EXAMPLE.\r\n\r\n"},
    {"HTTP/1.0 without Host", "GET http://A.example/ HTTP/1.0\r\nX: y\r\n\r\n",
     "GET / HTTP/1.1\r\nHost: a.example\r\nX: y\r\n\r\n"},
    {"HTTP/1.0 without Host, another port", "GET http://a.example:8080/ HTTP/1.0\r\n\r\n",
     "GET / HTTP/1.1\r\nHost: a.example:8080\r\n\r\n"},
    {"HTTP/1.0 without Host, IPv6", "GET http://[2001:DB8::1]:81/ HTTP/1.0\r\n\r\n",
     "GET / HTTP/1.1\r\nHost: [2001:db8::1]:81\r\n\r\n"},
    {"HTTP/1.0 with Host", "GET http://a.example/ HTTP/1.0\r\nhost:a.example:80\r\n\r\n",
     "GET / HTTP/1.1\r\nhost:a.example:80\r\n\r\n"},
};

// As they come in a tunnel; only what hops by is gone.
constexpr Row kTunnelRows[] = {
    {"values, white space, obs-text and empty values stay as they are",
     "PUT /k HTTP/1.1\r\nHost:a.example\r\nX-Amz-Date:  20260101T000000Z\t\r\nE:\r\nE: \r\n"
     "x-AMZ-meta:\t\xc3\xa4\xff  b\r\nContent-Length: 3\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n",
     "PUT /k HTTP/1.1\r\nHost:a.example\r\nX-Amz-Date:  20260101T000000Z\t\r\nE:\r\nE: \r\n"
     "x-AMZ-meta:\t\xc3\xa4\xff  b\r\nContent-Length: 3\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n"},
    {"asterisk", "OPTIONS * HTTP/1.1\r\nHost: a.example\r\n\r\n",
     "OPTIONS * HTTP/1.1\r\nHost: a.example\r\n\r\n"},
    {"HTTP/1.0 without Host gets the origin's", "GET / HTTP/1.0\r\n\r\n",
     "GET / HTTP/1.1\r\nHost: canonical.example:8080\r\n\r\n"},
    {"the fields of one hop",
     "GET / HTTP/1.1\r\nConnection: keep-alive, TE\r\nKeep-Alive: 5\r\nA: 1\r\n"
     "TE: trailers\r\nProxy-X: 7\r\nProxy-Auth: 10\r\nProxy-Settings: 14\r\nproxy-: 6\r\n"
     "Proxy-Authorization: Basic x\r\nB: 2\r\nProxy-Connection: x\r\n"
     "proxy-anything: x\r\nHTTP2-Settings: x\r\nUpgrade: h2c\r\nHost: a.example\r\nC: 3\r\n"
     "close: 5\r\n"
     "connection: close\r\n\r\n",
     "GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\nHost: a.example\r\nC: 3\r\n\r\n"},
    {"names that begin alike",
     "GET / HTTP/1.1\r\nHost: a.example\r\nProxy: x\r\nTEE: x\r\n"
     "Upgrade-Insecure-Requests: 1\r\nConnections: close\r\nTrailer: x\r\nKeep-Alives: x\r\n\r\n",
     "GET / HTTP/1.1\r\nHost: a.example\r\nProxy: x\r\nTEE: x\r\n"
     "Upgrade-Insecure-Requests: 1\r\nConnections: close\r\nTrailer: x\r\nKeep-Alives: x\r\n\r\n"},
    {"Trailer, where Connection names it",
     "GET / HTTP/1.1\r\nHost: a.example\r\nTrailer: x\r\n"
     "Connection: close, trailer\r\n\r\n",
     "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"},
    {"framing and Expect",
     "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"
     "Expect: 100-continue\r\nHost: a.example\r\n\r\n",
     "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n"
     "Host: a.example\r\n\r\n"},
    {"the client's own Via", "GET / HTTP/1.1\r\nHost: a.example\r\nVia: 1.0 fred\r\n\r\n",
     "GET / HTTP/1.1\r\nHost: a.example\r\nVia: 1.0 fred\r\n\r\n"},
};

constexpr std::string_view kHandshake =
    "GET /chat HTTP/1.1\r\nHost: a.example\r\nUpgrade: WebSocket, h2c\r\n"
    "Connection: keep-alive, Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Version: 13\r\nOrigin: http://a.example\r\n\r\n";

}  // namespace

TEST_CASE("a request leaves in origin-form, its end-to-end fields byte for byte") {
  for (const Row& row : kPlainRows) {
    CAPTURE(row.name);
    CHECK(forwarded(row.sent, HeadPlace::proxy) == row.leaves);
  }
  for (const Row& row : kTunnelRows) {
    CAPTURE(row.name);
    CHECK(forwarded(row.sent, HeadPlace::http_origin) == row.leaves);
  }
}

TEST_CASE("a canonical Host names the port that is not the scheme's") {
  const std::optional<Authority> origin = parse_authority("a.example:443");
  REQUIRE(origin);
  std::string out;
  append_request_head(out, read_head("GET / HTTP/1.0\r\n\r\n", HeadPlace::https_origin),
                      {.origin = *origin});
  append_request_head(out, read_head("GET / HTTP/1.0\r\n\r\n", HeadPlace::http_origin),
                      {.origin = *origin});
  CHECK(out ==
        "GET / HTTP/1.1\r\nHost: a.example\r\n\r\nGET / HTTP/1.1\r\nHost: a.example:443\r\n\r\n");
}

TEST_CASE("Via is told behind the client's fields, with the version that was spoken") {
  const std::string_view fields = "Host: a.example\r\nVia: 1.0 fred\r\n";
  const auto sent = [fields](std::string_view version) {
    return "GET http://a.example/ HTTP/" + std::string(version) + "\r\n" + std::string(fields) +
           "\r\n";
  };
  CHECK(forwarded(sent("1.1"), HeadPlace::proxy, kPseudonym) ==
        "GET / HTTP/1.1\r\nHost: a.example\r\nVia: 1.0 fred\r\nVia: 1.1 sallyport-1\r\n\r\n");
  CHECK(forwarded(sent("1.0"), HeadPlace::proxy, kPseudonym) ==
        "GET / HTTP/1.1\r\nHost: a.example\r\nVia: 1.0 fred\r\nVia: 1.0 sallyport-1\r\n\r\n");
}

TEST_CASE("a WebSocket offer is kept, and nothing beside it") {
  const std::string_view kept =
      "GET /chat HTTP/1.1\r\nHost: a.example\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
      "Sec-WebSocket-Version: 13\r\nOrigin: http://a.example\r\n";
  CHECK(forwarded(kHandshake, HeadPlace::http_origin) ==
        std::string(kept) + "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  const std::string_view h2c =
      "GET / HTTP/1.1\r\nHost: a.example\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
      "Connection: Upgrade, HTTP2-Settings\r\n\r\n";
  CHECK(forwarded(h2c, HeadPlace::http_origin) == "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
}

TEST_CASE("a response leaves without what belongs to its hop") {
  const Row rows[] = {
      {"as they came", "Date: x\r\nE:\r\nSet-Cookie: a=b \r\nSet-Cookie:\tc=\xff\r\n",
       "Date: x\r\nE:\r\nSet-Cookie: a=b \r\nSet-Cookie:\tc=\xff\r\n"},
      {"framing", "Content-Length: 5\r\nETag: \"x\"\r\n", "Content-Length: 5\r\nETag: \"x\"\r\n"},
      {"chunked", "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\n"},
      {"hop-by-hop, Proxy-, Alt-Svc and Trailer",
       "Connection: keep-alive\r\nKeep-Alive: timeout=5\r\nA: 1\r\nProxy-Authenticate: Basic\r\n"
       "Proxy-Status: x\r\nAlt-Svc: h3=\":443\"\r\nTrailer: x\r\nUpgrade: h2\r\nB: 2\r\n"
       "Proxy-Connection: x\r\nTE: x\r\nClose: x\r\n",
       "A: 1\r\nB: 2\r\n"},
      {"what Connection names", "X-Hop: 1\r\nConnection: close, x-hop\r\nA: 1\r\n", "A: 1\r\n"},
      {"what it names in vain",
       "Transfer-Encoding: chunked\r\nConnection: Transfer-Encoding, content-type, ,\r\n"
       "Connection: Cache-Control\r\nContent-Type: a/b\r\nCache-Control: no-store\r\n",
       "Transfer-Encoding: chunked\r\nContent-Type: a/b\r\nCache-Control: no-store\r\n"},
      {"names that begin alike", "Alt-Svc-Used: x\r\nConnection-Id: x\r\nProxied: x\r\n",
       "Alt-Svc-Used: x\r\nConnection-Id: x\r\nProxied: x\r\n"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(left_of(row.sent) == row.leaves);
  }
}

TEST_CASE("what a response says of the client's connection is the gate's own") {
  const std::string_view fields = "Connection: close\r\nA: 1\r\nTransfer-Encoding: chunked\r\n";
  CHECK(left_of(fields) == "A: 1\r\nTransfer-Encoding: chunked\r\n");
  CHECK(left_of(fields, {.keeps_open = false}) ==
        "A: 1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n");
  CHECK(left_of(fields, {.client_version = HttpVersion::http_1_0, .keeps_open = false}) ==
        "A: 1\r\nConnection: close\r\n");
  CHECK(left_of("Content-Length: 1\r\n", {.client_version = HttpVersion::http_1_0}) ==
        "Content-Length: 1\r\nConnection: keep-alive\r\n");
  CHECK(left_of("A: 1\r\n", {.via = kPseudonym}) == "A: 1\r\nVia: 1.1 sallyport-1\r\n");
}

TEST_CASE("no trailers are announced, for none are passed on") {
  const std::string_view fields = "Transfer-Encoding: chunked\r\nTrailer: x\r\n";
  CHECK(left_of(fields) == "Transfer-Encoding: chunked\r\n");
  CHECK(left_of(fields, {.client_version = HttpVersion::http_1_0}) == "Connection: keep-alive\r\n");
}

TEST_CASE("a 204 frames nothing; a 304 and an answer to HEAD tell the length of what is not sent") {
  CHECK(left_of("Content-Length: 0\r\nA: 1\r\n", {}, 204) == "A: 1\r\n");
  CHECK(left_of("Content-Length: 9\r\nA: 1\r\n", {}, 304) == "Content-Length: 9\r\nA: 1\r\n");
}

TEST_CASE("the status line has the gate's version and the origin's status and phrase") {
  std::string out;
  append_response_head(out, response("HTTP/1.0 404 Nicht \xe4 da\r\n\r\n"), {.via = kPseudonym});
  append_response_head(out, response("HTTP/1.1 599\r\n\r\n"), {});
  CHECK(out == "HTTP/1.1 404 Nicht \xe4 da\r\nVia: 1.0 sallyport-1\r\n\r\nHTTP/1.1 599 \r\n\r\n");
}

TEST_CASE("interim responses") {
  std::string out;
  append_interim_head(out, response("HTTP/1.1 100 Go on\r\nA: 1\r\n\r\n"));
  CHECK(out == "HTTP/1.1 100 Continue\r\n\r\n");
  out.clear();
  append_interim_head(out,
                      response("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nX-Hop: 1\r\n"
                               "Connection: close, x-hop\r\nContent-Length: 0\r\nAlt-Svc: x\r\n"
                               "Trailer: x\r\n\r\n"));
  CHECK(out == "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
}

TEST_CASE("a 101 accepts a WebSocket and nothing else") {
  std::string out;
  append_websocket_head(out,
                        response("HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\n"
                                 "connection: upgrade\r\n"
                                 "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
                                 "Content-Length: 0\r\nProxy-X: y\r\n\r\n"),
                        kPseudonym);
  CHECK(out ==
        "HTTP/1.1 101 Switching Protocols\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nVia: 1.1 sallyport-1\r\n\r\n");
}
