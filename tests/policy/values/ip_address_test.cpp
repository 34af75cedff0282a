#include "policy/values/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <random>
#include <string>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

struct Spelling {
  std::string_view written;
  std::string_view canonical;
};

TEST_CASE("IPv6 in any spelling is written as RFC 5952 says") {
  constexpr Spelling kSpellings[] = {
      {"2001:0db8:0000:0000:0001:0000:0000:0001",
       "2001:db8::1:0:0:1"},  // 1, 4.2.3: first of equals
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
      {"2001:db8::1:0:0:1", "2001:db8::1:0:0:1"},
      {"2001:db8:0:0:1::1", "2001:db8::1:0:0:1"},
      {"2001:DB8:0:0:1::1", "2001:db8::1:0:0:1"},
      {"2001:db8:aaaa:bbbb:cccc:dddd:eeee:0001", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1"},  // 2.1
      {"2001:db8:aaaa:bbbb:cccc:dddd::1", "2001:db8:aaaa:bbbb:cccc:dddd:0:1"},  // 2.2, 4.2.2: one
      {"2001:db8:aaaa:bbbb:cccc:dddd:0:1", "2001:db8:aaaa:bbbb:cccc:dddd:0:1"},
      {"2001:db8:0:0:0::1", "2001:db8::1"},
      {"2001:db8:0:0::1", "2001:db8::1"},
      {"2001:db8:0::1", "2001:db8::1"},
      {"2001:db8:aaaa:bbbb:cccc:dddd:eeee:aAaA", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa"},  // 2.3
      {"2001:0db8::0001", "2001:db8::1"},                                                    // 4.1
      {"2001:db8:0:0:0:0:2:1", "2001:db8::2:1"},  // 4.2.1
      {"2001:db8::0:1", "2001:db8::1"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},  // 4.2.2
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},           // 4.2.3: the longest
      {"2001:0:0:0:1:0:0:1", "2001::1:0:0:1"},
      {"0:0:0:0:0:0:0:0", "::"},
      {"::0.0.0.0", "::"},
      {"0:0:0:0:0:0:0:1", "::1"},
      {"1::", "1::"},
      {"1:0:0:0:0:0:0:0", "1::"},
      {"0:0:1:0:0:0:0:0", "0:0:1::"},
      {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
      {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
      {"1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"},
      {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
      {"0:0:0:0:0:ffff:192.0.2.1", "::ffff:192.0.2.1"},  // 5
      {"::FFFF:c000:0201", "::ffff:192.0.2.1"},
      {"::ffff:0:0", "::ffff:0.0.0.0"},
      {"::192.0.2.1", "::192.0.2.1"},
      {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
      {"::ffff:0:192.0.2.1", "::ffff:0:c000:201"},
  };
  for (const auto& [written, canonical] : kSpellings) {
    CAPTURE(written);
    const auto address = IpAddress::parse(written);
    REQUIRE(address.has_value());
    CHECK_FALSE(address->is_v4());
    CHECK(address->text() == canonical);
    CHECK(IpAddress::parse(canonical) == address);
  }
}

TEST_CASE("a dotted quad has one spelling") {
  for (const std::string_view text : {"0.0.0.0", "1.2.3.4", "10.0.0.1", "255.255.255.255"}) {
    CAPTURE(text);
    const auto address = IpAddress::parse(text);
    REQUIRE(address.has_value());
    CHECK(address->is_v4());
    CHECK(address->text() == text);
  }
}

TEST_CASE("what is no canonical address is refused") {
  for (const std::string_view text : {"",
                                      ".",
                                      ":",
                                      "1",
                                      "1.2.3",
                                      "1.2.3.",
                                      ".1.2.3",
                                      "1.2.3.4.",
                                      "1.2.3.4.5",
                                      "1..3.4",
                                      "01.2.3.4",
                                      "1.2.3.04",
                                      "00.0.0.0",
                                      "1.2.3.256",
                                      "1.2.3.1000",
                                      "1.2.3.4294967300",
                                      "1.2.3.0004",
                                      "1.2.3.-4",
                                      "+1.2.3.4",
                                      " 1.2.3.4",
                                      "1.2.3.4 ",
                                      "1.2.3.4\n",
                                      "0x1.2.3.4",
                                      "1.2.3.4/32",
                                      "127.1",
                                      "2130706433",
                                      ":::",
                                      ":1",
                                      "1:",
                                      "::1::",
                                      "1::2::3",
                                      ":::1",
                                      "1:::2",
                                      "1:2:3:4:5:6:7",
                                      "1:2:3:4:5:6:7:8:9",
                                      "1:2:3:4::5:6:7:8",
                                      "1:2:3:4:5:6:7:8::",
                                      "::1:2:3:4:5:6:7:8",
                                      "00001::",
                                      "12345::",
                                      "g::",
                                      "::-1",
                                      "::+1",
                                      "::0x1",
                                      ":: 1",
                                      "[::1]",
                                      "fe80::1%eth0",
                                      "fe80::1%251",
                                      "::1/128",
                                      "1.2.3.4::",
                                      "::1.2.3.4:5",
                                      "::1.2.3",
                                      "::1.2.3.4.5",
                                      "::01.2.3.4",
                                      "::1.2.3.256",
                                      "1:2:3:4:5:6:7:1.2.3.4",
                                      "1:2:3:4:5:1.2.3.4",
                                      "1.2.3.4:1:2:3:4:5:6",
                                      "::ffff:0x7f.0.0.1"}) {
    CAPTURE(text);
    CHECK_FALSE(IpAddress::parse(text).has_value());
  }
  CHECK_FALSE(IpAddress::parse(std::string_view("1.2.3.4\0", 8)).has_value());
  CHECK_FALSE(IpAddress::parse(std::string_view("::1\0", 4)).has_value());
}

// An address with many zero groups, as they make the hard cases.
std::array<std::uint8_t, 16> random_bytes(std::mt19937& random) {
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < 16; i += 2) {
    const auto kind = random() % 6;
    if (kind < 3) continue;
    const auto group = kind == 3 ? 0xffff : kind == 4 ? random() % 16 : random() % 0x10000;
    bytes[i] = static_cast<std::uint8_t>(group >> 8);
    bytes[i + 1] = static_cast<std::uint8_t>(group & 0xff);
  }
  return bytes;
}

TEST_CASE("IPv6 text is what inet_ntop writes, and reads back") {
  std::mt19937 random(20260718);
  for (int i = 0; i < 100'000; ++i) {
    const auto bytes = random_bytes(random);
    char expected[INET6_ADDRSTRLEN];
    inet_ntop(AF_INET6, bytes.data(), expected, sizeof expected);
    const IpAddress address = IpAddress::v6(bytes);
    const std::string text = address.text();
    if (text != expected || IpAddress::parse(text) != address) {
      FAIL_CHECK("inet_ntop: " << expected << ", ours: " << text);
    }
  }
}

TEST_CASE("what is read and what is refused is what inet_pton reads and refuses") {
  constexpr std::string_view kAlphabet = "0123456789abcdefABF::::....%x-";
  std::mt19937 random(5952);
  int read = 0;
  int refused = 0;
  for (int i = 0; i < 200'000; ++i) {
    const auto bytes = random_bytes(random);
    std::string text = i % 4 == 0 ? IpAddress::v4({bytes[0], bytes[2], bytes[1], bytes[15]}).text()
                                  : IpAddress::v6(bytes).text();
    for (auto edits = random() % 3; edits > 0; --edits) {
      const char c = kAlphabet[random() % kAlphabet.size()];
      const std::size_t at = random() % text.size();
      if (random() % 2 == 0) {
        text[at] = c;
      } else {
        text.insert(at, 1, c);
      }
    }
    std::array<std::uint8_t, 16> wanted{};
    const bool is_v6 = text.find(':') != std::string::npos;
    const bool is_valid = inet_pton(is_v6 ? AF_INET6 : AF_INET, text.c_str(), wanted.data()) == 1;
    const auto address = IpAddress::parse(text);
    const bool agrees = address.has_value() == is_valid &&
                        (!address || std::ranges::equal(address->bytes(),
                                                        std::span(wanted).first(is_v6 ? 16U : 4U)));
    if (!agrees) FAIL_CHECK("inet_pton disagrees on " << text);
    ++(is_valid ? read : refused);
  }
  CHECK(read > 20'000);
  CHECK(refused > 20'000);
}

TEST_CASE("policy judges a NAT64 address by the IPv4 address within, and any other as itself") {
  CHECK(IpAddress::parse("64:ff9b::a9fe:a9fe")->judged().text() == "169.254.169.254");
  CHECK(IpAddress::parse("64:ff9b::")->judged().text() == "0.0.0.0");
  CHECK(IpAddress::parse("64:ff9b::1:a9fe:a9fe")->judged().text() == "64:ff9b::1:a9fe:a9fe");
  CHECK(IpAddress::parse("64:ff9b:1::a9fe:a9fe")->judged().text() == "64:ff9b:1::a9fe:a9fe");
  CHECK(IpAddress::parse("::ffff:1.2.3.4")->judged().text() == "::ffff:1.2.3.4");
  CHECK(IpAddress::parse("1.2.3.4")->judged().text() == "1.2.3.4");
}

TEST_CASE("a mapped address is not the IPv4 address, and 0.0.0.0 is not ::") {
  CHECK(IpAddress::parse("::ffff:1.2.3.4") != IpAddress::parse("1.2.3.4"));
  CHECK(IpAddress::v4({0, 0, 0, 0}) != IpAddress::v6({}));
  CHECK(IpAddress() == IpAddress::v4({0, 0, 0, 0}));
}

}  // namespace
}  // namespace sallyport
