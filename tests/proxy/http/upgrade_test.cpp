#include "proxy/http/upgrade.h"

#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "proxy/http/request_head.h"

using namespace sallyport;

namespace {

constexpr std::string_view kKey = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
constexpr std::string_view kVersion = "Sec-WebSocket-Version: 13\r\n";

std::string_view word(UpgradeOffer offer) {
  switch (offer) {
    case UpgradeOffer::none:
      return "none";
    case UpgradeOffer::websocket:
      return "websocket";
    case UpgradeOffer::h2c:
      return "h2c";
    case UpgradeOffer::other:
      return "other";
  }
  return "";
}

std::string_view offer_of(const std::string& request_line, const std::string& fields) {
  const std::string bytes = request_line + "\r\nHost: a.example\r\n" + fields + "\r\n";
  RequestHeadReader reader(HeadPlace::http_origin);
  CAPTURE(bytes);
  REQUIRE(reader.read(bytes) == HeadProgress::done);
  return word(reader.head().upgrade);
}

std::string_view offer_of(const std::string& fields) {
  return offer_of("GET / HTTP/1.1", "Connection: Upgrade\r\n" + fields);
}

}  // namespace

TEST_CASE("T47: a WebSocket is what RFC 6455 section 4.1 says, and nothing near it") {
  const std::string right = std::string(kKey) + std::string(kVersion);
  const std::string upgrade = "Upgrade: websocket\r\n";
  struct Row {
    std::string fields;
    std::string_view expected;
  };
  const std::string key = "Sec-WebSocket-Key: ";
  for (const Row& row : {
           Row{upgrade + right, "websocket"},
           Row{"upgrade:WebSocket\r\n" + right, "websocket"},
           Row{"Upgrade: h2c, websocket\r\n" + right, "websocket"},
           Row{"Upgrade: h2c\r\nUpgrade: websocket\r\n" + right, "websocket"},
           Row{upgrade + right + "Content-Length: 0\r\n", "websocket"},
           Row{upgrade + key + "AAAAAAAAAAAAAAAAAAAAAB==\r\n" + std::string(kVersion), "websocket"},
           Row{upgrade + right + "Content-Length: 1\r\n", "other"},
           Row{upgrade + right + "Transfer-Encoding: chunked\r\n", "other"},
           Row{upgrade + std::string(kVersion), "other"},
           Row{upgrade + std::string(kKey), "other"},
           Row{upgrade + right + std::string(kKey), "other"},
           Row{upgrade + right + std::string(kVersion), "other"},
           Row{upgrade + std::string(kKey) + "Sec-WebSocket-Version: 8\r\n", "other"},
           Row{upgrade + std::string(kKey) + "Sec-WebSocket-Version: 13, 8\r\n", "other"},
           Row{upgrade + std::string(kKey) + "Sec-WebSocket-Version:\r\n", "other"},
           Row{upgrade + key + "\r\n" + std::string(kVersion), "other"},
           Row{upgrade + key + "AAAAAAAAAAAAAAAAAAAAA===\r\n" + std::string(kVersion), "other"},
           Row{upgrade + key + "AAAAAAAAAAAAAAAAAAAAAAA=\r\n" + std::string(kVersion), "other"},
           Row{upgrade + key + "AAAAAAAAAAAAAAAAAAAAA-==\r\n" + std::string(kVersion), "other"},
           Row{upgrade + key + "AAAAAAAAAAAAAAAAAAAAAAA==\r\n" + std::string(kVersion), "other"},
           Row{"Upgrade: websocket/13\r\n" + right, "other"},
           Row{"Upgrade: websockets\r\n" + right, "other"},
           Row{"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n", "h2c"},
           Row{"Upgrade: H2C\r\n" + right, "h2c"},
           Row{"Upgrade: h2c, websocket\r\n", "h2c"},
           Row{"Upgrade: TLS/1.0\r\n", "other"},
           Row{"Upgrade: foo, bar\r\n", "other"},
           Row{"Upgrade:\r\n" + right, "none"},
           Row{"Upgrade: ,\r\n", "none"},
           Row{right, "none"},
       }) {
    CAPTURE(row.fields);
    CHECK(offer_of(row.fields) == row.expected);
  }
}

TEST_CASE("only a GET in HTTP/1.1 whose Connection names upgrade offers a WebSocket") {
  const std::string right = "Upgrade: websocket\r\n" + std::string(kKey) + std::string(kVersion);
  CHECK(offer_of("GET / HTTP/1.1", "Connection: keep-alive, upgrade\r\n" + right) == "websocket");
  CHECK(offer_of("GET / HTTP/1.1", right + "Connection: keep-alive\r\nConnection: upgrade\r\n") ==
        "websocket");
  CHECK(offer_of("GET / HTTP/1.1", right) == "none");
  CHECK(offer_of("GET / HTTP/1.1", "Connection: keep-alive\r\n" + right) == "none");
  CHECK(offer_of("GET / HTTP/1.1", "Proxy-Connection: Upgrade\r\n" + right) == "none");
  CHECK(offer_of("GET / HTTP/1.0", "Connection: Upgrade\r\n" + right) == "none");
  CHECK(offer_of("POST / HTTP/1.1", "Connection: Upgrade\r\n" + right) == "other");
}
