#include "policy/values/authority.h"

#include <string>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

// The canonical text, or `refused`.
std::string canonical(std::string_view text, std::uint16_t default_port = 0) {
  const auto authority = parse_authority(text, default_port);
  return authority ? authority->text() : "refused";
}

struct Case {
  std::string_view written;
  std::string_view canonical;
};

TEST_CASE("an authority is a host and a port") {
  constexpr Case kCases[] = {
      {"example.org:443", "example.org:443"},
      {"S3.AMAZONAWS.COM.:443", "s3.amazonaws.com:443"},
      {"jupyterhub:8000", "jupyterhub:8000"},
      {"1.2.3.4:443", "1.2.3.4:443"},
      {"[2001:DB8::0:1]:443", "[2001:db8::1]:443"},
      {"[::ffff:1.2.3.4]:1", "[::ffff:1.2.3.4]:1"},
      {"a:1", "a:1"},
      {"a:65535", "a:65535"},
  };
  for (const auto& [written, expected] : kCases) {
    CAPTURE(written);
    CHECK(canonical(written) == expected);
    CHECK(canonical(expected) == expected);
  }
  const auto authority = parse_authority("[2001:db8::1]:8443");
  REQUIRE(authority.has_value());
  CHECK(authority->host.is_literal());
  CHECK(authority->port == 8443);
}

TEST_CASE("T02: brackets stand around IPv6 alone") {
  for (const std::string_view text :
       {"[example.com]:443", "[x]:443", "[1.2.3.4]:443", "[[::1]]:443", "[[x]]:443", "[::1:443",
        "::1]:443", "::1:443", "2606:4700::1111:443", "[]:443", "[::1]443", "[::1]x:443",
        "[::1]]:443", "x[::1]:443", "[::1].:443"}) {
    CAPTURE(text);
    CHECK(canonical(text) == "refused");
    CHECK(canonical(text, 443) == "refused");
  }
}

TEST_CASE("T03: userinfo, delimiters and odd ports are refused") {
  for (const std::string_view text : {"u@h:443",
                                      "u:p@h:443",
                                      "allowed.com@evil.com:443",
                                      "allowed.com:443@evil.com:443",
                                      "h\\@x:443",
                                      "h\\x:443",
                                      "h/x:443",
                                      "h:443/x",
                                      "h:443/",
                                      "h?x:443",
                                      "h:443?x",
                                      "h#x:443",
                                      "h:443#x",
                                      "http://h:443",
                                      "//h:443",
                                      "h:0",
                                      "h:00",
                                      "h:65536",
                                      "h:99999",
                                      "h:100000",
                                      "h:4294967739",
                                      "h:0443",
                                      "h:00443",
                                      "h:",
                                      "h::443",
                                      "h:443:443",
                                      "h:443:",
                                      ":443",
                                      ":",
                                      "",
                                      "h:https",
                                      "h:+443",
                                      "h:-1",
                                      "h: 443",
                                      "h:443 ",
                                      " h:443",
                                      "h :443",
                                      "h:4 43",
                                      "h:0x1bb",
                                      "h:443.",
                                      "h:44e1",
                                      "h:\xd9\xa4\xd9\xa4\xd9\xa3",
                                      "h,x:443",
                                      "*:443",
                                      "*.h:443",
                                      "[::1]:",
                                      "[::1]:0",
                                      "[::1]:0443",
                                      "[::1]::443",
                                      "[::1]:443:443"}) {
    CAPTURE(text);
    CHECK(canonical(text) == "refused");
    CHECK(canonical(text, 443) == "refused");
  }
}

TEST_CASE("T04: control bytes and percent stand nowhere") {
  std::string bytes = "\x7f%";
  for (int c = 0; c <= 0x20; ++c) bytes += static_cast<char>(c);
  const std::string whole = "evil.example:443";
  for (const char c : bytes) {
    for (std::size_t at = 0; at <= whole.size(); ++at) {
      std::string text = whole;
      text.insert(at, 1, c);
      CAPTURE(text);
      CHECK(canonical(text) == "refused");
    }
  }
  CHECK(canonical("a%00b:443") == "refused");
  CHECK(canonical("a%0d%0aX::443") == "refused");
}

TEST_CASE("T30, T31: odd literals and scope ids are refused") {
  for (const std::string_view text :
       {"127.1:80", "2130706433:80", "0x7f.1:80", "0177.0.0.1:80", "0:80", "127.0.0.1.:80",
        "[fe80::1%eth0]:443", "[fe80::1%25eth0]:443", "[2606::1%lo]:443"}) {
    CAPTURE(text);
    CHECK(canonical(text) == "refused");
  }
}

TEST_CASE("the port may be absent only where there is a default") {
  CHECK(canonical("example.org") == "refused");
  CHECK(canonical("[::1]") == "refused");
  CHECK(canonical("example.org", 80) == "example.org:80");
  CHECK(canonical("example.org.", 443) == "example.org:443");
  CHECK(canonical("[2001:db8::1]", 443) == "[2001:db8::1]:443");
  CHECK(canonical("example.org:8080", 80) == "example.org:8080");
  CHECK(canonical("example.org:", 80) == "refused");
  CHECK(canonical("", 80) == "refused");
}

}  // namespace
}  // namespace sallyport
