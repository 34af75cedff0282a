#include "proxy/websocket_accept.h"

#include <doctest/doctest.h>

namespace sallyport {
namespace {

TEST_CASE("the answer to a key is RFC 6455's") {
  // Section 1.3.
  CHECK(websocket_accept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  CHECK(websocket_accept("x3JJHMbDL1EzLkh9GBhXDw==") == "HSmrc0sMlYUkAGmm5OPpG2HaGWk=");
}

TEST_CASE("what accepts a WebSocket is a 101 of HTTP/1.1 that says so once, of this key") {
  const std::string_view asked =
      "GET /chat HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
  constexpr const char* kAccept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
  struct Row {
    const char* name;
    std::string answer;
    bool accepts;
  };
  const std::string usual = std::string("Connection: Upgrade\r\nUpgrade: websocket\r\n") + kAccept;
  const Row rows[] = {
      {"the usual", "HTTP/1.1 101 S\r\n" + usual, true},
      {"in another case",
       "HTTP/1.1 101 S\r\nupgrade: WebSocket\r\nconnection: x, upgrade\r\n" + std::string(kAccept),
       true},
      {"HTTP/1.0", "HTTP/1.0 101 S\r\n" + usual, false},
      {"no Accept", "HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n", false},
      {"an empty Accept",
       "HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
       "Sec-WebSocket-Accept:\r\n",
       false},
      {"another key's",
       "HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
       "Sec-WebSocket-Accept: HSmrc0sMlYUkAGmm5OPpG2HaGWk=\r\n",
       false},
      {"Accept twice", "HTTP/1.1 101 S\r\n" + usual + kAccept, false},
      {"Upgrade twice", "HTTP/1.1 101 S\r\nUpgrade: h2c\r\n" + usual, false},
      {"not named by Connection", "HTTP/1.1 101 S\r\nUpgrade: websocket\r\n" + std::string(kAccept),
       false},
  };
  RequestHeadReader request(HeadPlace::http_origin);
  REQUIRE(request.read(asked) == HeadProgress::done);
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const std::string bytes = row.answer + "\r\n";
    ResponseHeadReader answer;
    REQUIRE(answer.read(bytes) == HeadProgress::done);
    CHECK(accepts_websocket(request.head(), answer.head()) == row.accepts);
  }
}

TEST_CASE("nothing accepts what was not offered") {
  const std::string_view asked = "GET /chat HTTP/1.1\r\nHost: a.example\r\n\r\n";
  RequestHeadReader request(HeadPlace::http_origin);
  REQUIRE(request.read(asked) == HeadProgress::done);
  const std::string bytes =
      "HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Accept: Kfh9QIsMVZcl6xEPYxPHzW8SZ8w=\r\n\r\n";  // of an empty key
  ResponseHeadReader answer;
  REQUIRE(answer.read(bytes) == HeadProgress::done);
  CHECK(websocket_accept("") == "Kfh9QIsMVZcl6xEPYxPHzW8SZ8w=");
  CHECK_FALSE(accepts_websocket(request.head(), answer.head()));
}

}  // namespace
}  // namespace sallyport
