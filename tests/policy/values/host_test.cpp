#include "policy/values/host.h"

#include <cstdio>
#include <string>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

std::string authority_text(const Host& host) {
  std::string text;
  host.append_authority_text(text);
  return text;
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

// The canonical text, or `refused`.
std::string canonical(std::string_view text) {
  const auto host = Host::parse(text);
  return host ? std::string(host->text()) : "refused";
}

struct Case {
  std::string_view written;
  std::string_view canonical;
};

TEST_CASE("T01: any case, with or without one trailing dot, is one name") {
  constexpr std::string_view kName = "s3.us-east-1.amazonaws.com";
  for (unsigned mask = 0; mask < 32; ++mask) {
    std::string name(kName);
    for (std::size_t i = 0; i < name.size(); ++i) {
      const bool is_upper = (mask >> (i % 5) & 1) != 0;
      if (is_upper && name[i] >= 'a' && name[i] <= 'z') name[i] = static_cast<char>(name[i] - 32);
    }
    CAPTURE(name);
    CHECK(canonical(name) == kName);
    CHECK(canonical(name + ".") == kName);
    CHECK(Host::parse(name) == Host::parse(kName));
    CHECK(canonical(name + "..") == "refused");
  }
}

TEST_CASE("names have labels of [a-z0-9_-] that neither begin nor end with a hyphen") {
  constexpr Case kCases[] = {
      {"jupyterhub", "jupyterhub"},
      {"Example.ORG", "example.org"},
      {"_dmarc.example.org", "_dmarc.example.org"},
      {"a_b.example.org_", "a_b.example.org_"},
      {"a--b.example.org", "a--b.example.org"},
      {"xn--bcher-kva.example", "xn--bcher-kva.example"},
      {"1e100.net", "1e100.net"},
      {"111122223333.signin.aws.amazon.com", "111122223333.signin.aws.amazon.com"},
      {"1.2.3.4.example.org", "1.2.3.4.example.org"},
      {"1.2.3.4a", "1.2.3.4a"},
      {"a.0xfg", "a.0xfg"},
      {"a.x0", "a.x0"},
      {"a", "a"},
      {"", "refused"},
      {".", "refused"},
      {"..", "refused"},
      {".example.org", "refused"},
      {"example..org", "refused"},
      {"example.org..", "refused"},
      {"-a.example.org", "refused"},
      {"a-.example.org", "refused"},
      {"example.-org", "refused"},
      {"example.org-", "refused"},
      {"example.org-.", "refused"},
      {"-", "refused"},
      {"*.example.org", "refused"},
      {"example.org:443", "refused"},
      {"u@example.org", "refused"},
      {"a+b.example.org", "refused"},
      {"a~b.example.org", "refused"},
      {"a,b.example.org", "refused"},
  };
  for (const auto& [written, expected] : kCases) {
    CAPTURE(written);
    CHECK(canonical(written) == expected);
  }
}

TEST_CASE("labels have up to 63 characters and names 253, the trailing dot not counted") {
  const std::string label63(63, 'a');
  const std::string label64(64, 'a');
  CHECK(canonical(label63 + ".org") == label63 + ".org");
  CHECK(canonical(label64 + ".org") == "refused");
  CHECK(canonical("example." + label63) == "example." + label63);
  CHECK(canonical("example." + label64) == "refused");
  CHECK(canonical(label64) == "refused");

  const std::string name253 = repeated(label63 + ".", 3) + std::string(61, 'b');
  REQUIRE(name253.size() == 253);
  CHECK(canonical(name253) == name253);
  CHECK(canonical(name253 + ".") == name253);
  CHECK(canonical(name253 + "..") == "refused");
  CHECK(canonical(name253 + "b") == "refused");
  CHECK(canonical(repeated("a.", 126) + "a") == repeated("a.", 126) + "a");
  CHECK(canonical(repeated("a.", 127)) == repeated("a.", 126) + "a");
  CHECK(canonical(repeated("a.", 127) + "a") == "refused");
  CHECK(canonical(std::string(100'000, 'a')) == "refused");
}

TEST_CASE("T02: brackets stand around IPv6 alone, and IPv6 stands in brackets alone") {
  constexpr Case kCases[] = {
      {"[::1]", "::1"},
      {"[2606:4700:0:0:0:0:0:1111]", "2606:4700::1111"},
      {"[2001:DB8:0:0:1::1]", "2001:db8::1:0:0:1"},
      {"[::ffff:1.2.3.4]", "::ffff:1.2.3.4"},
      {"[::ffff:102:304]", "::ffff:1.2.3.4"},
      {"[example.com]", "refused"},
      {"[x]", "refused"},
      {"[1.2.3.4]", "refused"},
      {"[[::1]]", "refused"},
      {"[[x]]", "refused"},
      {"[::1", "refused"},
      {"::1]", "refused"},
      {"[]", "refused"},
      {"[", "refused"},
      {"]", "refused"},
      {"[::1].", "refused"},
      {"[::1]x", "refused"},
      {"[ ::1]", "refused"},
      {"[v1.a]", "refused"},
      {"::1", "refused"},
      {"2606:4700::1111", "refused"},
      {"2606:4700::1111:443", "refused"},
  };
  for (const auto& [written, expected] : kCases) {
    CAPTURE(written);
    CHECK(canonical(written) == expected);
  }
}

TEST_CASE("T04: control bytes, space, percent and backslash stand nowhere in a host") {
  std::string bytes;
  for (int c = 0; c <= 0x20; ++c) bytes += static_cast<char>(c);
  bytes += "\x7f%\\/?#@:;,!\"$&'()*+<=>^`{|}~";
  for (const char c : bytes) {
    for (const std::size_t at : {0U, 4U, 8U, 11U}) {
      std::string name = "evil.example";
      name.insert(at, 1, c);
      CAPTURE(name);
      CHECK(canonical(name) == "refused");
      CHECK(canonical("[2001:db8::" + std::string(1, c) + "1]") == "refused");
    }
  }
  for (unsigned c = 0; c <= 0x1f; ++c) {
    char escape[4];
    std::snprintf(escape, sizeof escape, "%%%02x", c);
    CHECK(canonical("evil.com" + std::string(escape) + ".amazonaws.com") == "refused");
  }
  CHECK(canonical(std::string_view("evil.com\0.amazonaws.com", 23)) == "refused");
}

TEST_CASE("T05: no byte of 0x80 or above stands in a host") {
  for (int c = 0x80; c <= 0xff; ++c) {
    const std::string name = "amaz" + std::string(1, static_cast<char>(c)) + "n.com";
    CHECK(canonical(name) == "refused");
  }
  for (const std::string_view name : {"amaz\xd0\xben.com",  // Cyrillic o
                                      "amazon\xe3\x80\x82"
                                      "com",  // U+3002 ideographic full stop
                                      "amazon\xef\xbc\x8e"
                                      "com",                    // U+FF0E full-width full stop
                                      "\xef\xbd\x81mazon.com",  // U+FF41 full-width a
                                      "amazon\xef\xbd\xa1"
                                      "com",  // U+FF61 half-width full stop
                                      "ama\xc2\xad"
                                      "zon.com",                 // soft hyphen
                                      "ama\xe2\x80\x8bzon.com",  // zero-width space
                                      "b\xc3\xbc"
                                      "cher.example"}) {
    CAPTURE(name);
    CHECK(canonical(name) == "refused");
  }
}

TEST_CASE("A-labels are told by their prefix, in any label") {
  CHECK(Host::parse("xn--amazn-mye.com")->has_a_label());
  CHECK(Host::parse("www.XN--amazn-mye.com")->has_a_label());
  CHECK(Host::parse("example.xn--p1ai")->has_a_label());
  CHECK_FALSE(Host::parse("axn--b.example.org")->has_a_label());
  CHECK_FALSE(Host::parse("xn-.a.xn.example.org").has_value());
  CHECK_FALSE(Host::parse("xn.example.org")->has_a_label());
  CHECK_FALSE(Host::parse("1.2.3.4")->has_a_label());
  CHECK(is_a_label("xn--p1ai"));
  CHECK(is_a_label("XN--P1AI"));
  CHECK_FALSE(is_a_label("xn-p1ai"));
  CHECK_FALSE(is_a_label("xn"));
  CHECK_FALSE(is_a_label(""));
}

// What inet_aton, browsers or a resolver take for 127.0.0.1 and 169.254.169.254.
constexpr std::string_view kOddSpellings[] = {
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0X7F000001",
    "017700000001",
    "0x7f.1",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "127.0.0.01",
    "127.000.000.001",
    "127.0.0.0x1",
    "0",
    "1",
    "0x0",
    "0x",
    "127.0.0.1.",
    "127.0.0.1..",
    "00127.0.0.1",
    "4294967296",
    "[::7f00:1]",
    "[::127.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:0:0:1]",
    "[::1%25lo]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::1]",
    "127.0.0.1",
    "[::1]",
    "2852039166",
    "0xA9FEA9FE",
    "0xa9.0xfe.0xa9.0xfe",
    "0251.0376.0251.0376",
    "169.254.43518",
    "169.16689662",
    "169.254.169.254.",
    "[::ffff:a9fe:a9fe]",
    "[::a9fe:a9fe]",
    "[::ffff:0:a9fe:a9fe]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::a9fe:a9fe]",
    "[2002:a9fe:a9fe::1]",
    "[2001:0:4136:e378:8000:63bf:5601:5601]",
    "[fd00:ec2::254]",
    "[fd00:0ec2:0:0::0254]",
    "[fec0::1]",
    "169.254.169.254",
};

TEST_CASE("T30: no spelling of loopback or metadata is a name or an address that may be dialled") {
  for (const std::string_view spelling : kOddSpellings) {
    CAPTURE(spelling);
    const auto host = Host::parse(spelling);
    if (!host) continue;
    REQUIRE(host->is_literal());
    CHECK(classify(host->address()).address_class == AddressClass::forbidden);
  }
}

TEST_CASE("T30: a name whose last label looks like a number must be a canonical dotted quad") {
  constexpr Case kCases[] = {
      {"1.2.3.4", "1.2.3.4"},     {"255.255.255.255", "255.255.255.255"},
      {"1.2.3.4.", "refused"},    {"1.2.3", "refused"},
      {"1.2.3.4.5", "refused"},   {"1.2.3.256", "refused"},
      {"01.2.3.4", "refused"},    {"1.2.3.04", "refused"},
      {"example.1", "refused"},   {"example.08", "refused"},
      {"example.0x1", "refused"}, {"example.0X1f", "refused"},
      {"example.0x", "refused"},  {"example.1.", "refused"},
      {"0xabc", "refused"},       {"a.b.c.123456789012345678901234567890", "refused"},
  };
  for (const auto& [written, expected] : kCases) {
    CAPTURE(written);
    CHECK(canonical(written) == expected);
  }
}

TEST_CASE("T31: scope ids are refused") {
  for (const std::string_view text :
       {"[fe80::1%eth0]", "[fe80::1%25eth0]", "[2606::1%lo]", "[2606::1%25lo]", "[2606::1%1]",
        "[::1%]", "fe80::1%eth0", "[fe80::1]%eth0"}) {
    CAPTURE(text);
    CHECK(canonical(text) == "refused");
  }
}

TEST_CASE("where only a name may stand a literal is refused") {
  CHECK(Host::parse_name("Example.org.")->text() == "example.org");
  for (const std::string_view text : {"1.2.3.4", "[::1]", "::1", "127.1", ""}) {
    CAPTURE(text);
    CHECK_FALSE(Host::parse_name(text).has_value());
  }
}

TEST_CASE("a literal knows its address, and its text for an authority") {
  const auto v4 = Host::parse("192.0.2.1");
  REQUIRE(v4.has_value());
  CHECK(v4->is_literal());
  CHECK(v4->address() == IpAddress::v4({192, 0, 2, 1}));
  CHECK(authority_text(*v4) == "192.0.2.1");
  CHECK_FALSE(v4->is_single_label());

  const auto v6 = Host::parse("[2001:DB8::0:1]");
  REQUIRE(v6.has_value());
  CHECK(v6->is_literal());
  CHECK(v6->address() == *IpAddress::parse("2001:db8::1"));
  CHECK(v6->text() == "2001:db8::1");
  CHECK(authority_text(*v6) == "[2001:db8::1]");
  CHECK_FALSE(v6->is_single_label());

  CHECK(Host::of(v4->address()) == *v4);
  CHECK(Host::of(v6->address()) == *v6);
  CHECK_FALSE(*v4 == *v6);
}

TEST_CASE("a name is no literal, and reads back from its authority text") {
  const auto host = Host::parse("JupyterHub");
  REQUIRE(host.has_value());
  CHECK_FALSE(host->is_literal());
  CHECK(host->is_single_label());
  CHECK(authority_text(*host) == "jupyterhub");
  CHECK_FALSE(Host::parse("example.org")->is_single_label());
  for (const std::string_view text : {"example.org", "1.2.3.4", "[2001:db8::1]"}) {
    CHECK(Host::parse(authority_text(*Host::parse(text))) == Host::parse(text));
  }
}

}  // namespace
}  // namespace sallyport
