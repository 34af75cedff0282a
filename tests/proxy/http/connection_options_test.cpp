#include "proxy/http/connection_options.h"

#include <string>
#include <string_view>

#include <doctest/doctest.h>

using namespace sallyport;

namespace {

// What one Connection field of a request says, in words: the options found, or `refused`.
std::string told(std::string_view value) {
  ConnectionOptions options;
  if (const std::optional<HeadError> error = options.add_of_request(value)) {
    CHECK(error->reason == Reason::malformed_request);
    return "refused";
  }
  return std::string(options.closes() ? "close " : "") +
         (options.has_keep_alive() ? "keep-alive " : "") +
         (options.has_upgrade() ? "upgrade " : "");
}

std::string repeated(std::string_view element, int times) {
  std::string value(element);
  for (int i = 1; i < times; ++i) value += "," + std::string(element);
  return value;
}

}  // namespace

TEST_CASE("T46: what a request's Connection may name") {
  struct Row {
    std::string_view value;
    std::string_view expected;
  };
  for (const Row& row : {
           // What clients send.
           Row{"close", "close "},
           Row{"Close", "close "},
           Row{"keep-alive", "keep-alive "},
           Row{"Keep-Alive", "keep-alive "},
           Row{"keep-alive, Upgrade", "keep-alive upgrade "},  // Firefox, WebSocket
           Row{"Upgrade", "upgrade "},                         // Chromium, WebSocket
           Row{"Upgrade, HTTP2-Settings", "upgrade "},         // curl, Java HttpClient
           Row{"TE, close", "close "},                         // Perl's LWP
           Row{"close, TE", "close "},                         // LWP before 6
           Row{"Keep-Alive, TE", "keep-alive "},               // neon
           Row{"TE", ""},                                      // curl --tr-encoding
           Row{"Upgrade, HTTP2-Settings, TE", "upgrade "},     // both
           Row{"keep-alive, Proxy-Connection", "keep-alive "},
           Row{"TE, Trailer", ""},
           Row{"Trailers", ""},
           // What grammar allows.
           Row{"", ""},
           Row{",", ""},
           Row{" ,\tclose\t, ", "close "},
           Row{"close,keep-alive", "close keep-alive "},
           Row{"close, close", "close "},
           // What routes, frames, authenticates or is signed.
           Row{"close, Host", "refused"},
           Row{"Authorization", "refused"},
           Row{"Content-Length", "refused"},
           Row{"Transfer-Encoding", "refused"},
           Row{"Content-Type", "refused"},
           Row{"Cookie", "refused"},
           Row{"Date", "refused"},
           Row{"Range", "refused"},
           Row{"Expect", "refused"},
           Row{"Accept-Encoding", "refused"},
           Row{"Cache-Control", "refused"},
           Row{"X-Amz-Date", "refused"},
           Row{"X-Amz-Security-Token", "refused"},
           Row{"Origin", "refused"},
           Row{"Via", "refused"},
           Row{"X-Forwarded-For", "refused"},
           Row{"Sec-WebSocket-Key", "refused"},
           Row{"Proxy-Authorization", "refused"},
           Row{"X-Unknown", "refused"},
           // What is no list of tokens.
           Row{"close;host", "refused"},
           Row{"close host", "refused"},
           Row{"\"close\"", "refused"},
           Row{"close=1", "refused"},
           Row{"cl\xc3\xb6se", "refused"},
           Row{"clos", "refused"},
           Row{"closed", "refused"},
       }) {
    CAPTURE(row.value);
    CHECK(told(row.value) == row.expected);
  }
}

TEST_CASE("what is wrong with Connection is said") {
  const auto what = [](std::string_view value) {
    ConnectionOptions options;
    const std::optional<HeadError> error = options.add_of_request(value);
    REQUIRE(error);
    return std::string_view(error->what);
  };
  CHECK(what("close;host") == "Connection is a list of names with commas");
  CHECK(what("Host") == "Connection may name close, keep-alive, upgrade, te and no other field");
  CHECK(what(repeated("te", 17)) == "Connection names more than 16 options");
}

TEST_CASE("more than 16 elements are refused, in one field or in many, empty ones too") {
  CHECK(told(repeated("close", 16)) == "close ");
  CHECK(told(repeated("close", 17)) == "refused");
  CHECK(told(repeated(" ", 17)) == "refused");
  CHECK(told(repeated("close", 50)) == "refused");
  ConnectionOptions options;
  for (int i = 0; i < 8; ++i) CHECK_FALSE(options.add_of_request("close, te"));
  CHECK_FALSE(options.add_of_request(""));
  CHECK(options.add_of_request("close"));
}

TEST_CASE("whether the connection stays open") {
  const auto keeps = [](std::string_view value, HttpVersion version) {
    ConnectionOptions options;
    REQUIRE_FALSE(options.add_of_request(value));
    return options.keeps_open(version);
  };
  CHECK(keeps("", HttpVersion::http_1_1));
  CHECK(keeps("keep-alive", HttpVersion::http_1_1));
  CHECK(keeps("TE", HttpVersion::http_1_1));
  CHECK_FALSE(keeps("close", HttpVersion::http_1_1));
  CHECK_FALSE(keeps("keep-alive, close", HttpVersion::http_1_1));
  CHECK_FALSE(keeps("", HttpVersion::http_1_0));
  CHECK(keeps("Keep-Alive", HttpVersion::http_1_0));
  CHECK_FALSE(keeps("close, keep-alive", HttpVersion::http_1_0));
}

TEST_CASE("Proxy-Connection says close or keep-alive, and refuses nothing") {
  ConnectionOptions options;
  options.add_proxy_connection("Keep-Alive, Upgrade, Host, \"");
  CHECK(options.has_keep_alive());
  CHECK_FALSE(options.has_upgrade());
  CHECK_FALSE(options.closes());
  options.add_proxy_connection("close");
  CHECK(options.closes());
  ConnectionOptions upgrading;
  REQUIRE_FALSE(upgrading.add_of_request("upgrade"));
  upgrading.add_proxy_connection("keep-alive");
  CHECK(upgrading.has_upgrade());
}

TEST_CASE("which fields a response's Connection takes away") {
  const FieldLines fields(
      "A: 1\r\nConnection: close, x-hop\r\nconnection:Content-Type,Date\r\nX-Hop: 2\r\n");
  CHECK(connection_names(fields, "X-HOP"));
  CHECK(connection_names(fields, "close"));
  CHECK_FALSE(connection_names(fields, "A"));
  CHECK_FALSE(connection_names(fields, "x-ho"));
  CHECK(connection_strips_any(fields));
  CHECK(connection_strips(fields, "X-Hop"));
  CHECK_FALSE(connection_strips(fields, "A"));
  CHECK_FALSE(connection_strips(fields, "Content-Type"));
  CHECK_FALSE(connection_strips(fields, "date"));
  CHECK_FALSE(connection_strips_any(FieldLines("Connection: keep-alive, ,Upgrade\r\nA: 1\r\n")));
  CHECK_FALSE(connection_strips_any(FieldLines()));
}
