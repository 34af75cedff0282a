#include "policy/loader/value_text.h"

#include <doctest/doctest.h>

#include "policy/quoted.h"

namespace sallyport {
namespace {

using namespace std::chrono_literals;

template <class Parse>
void refuses(Parse parse, std::initializer_list<std::string_view> texts) {
  for (const std::string_view text : texts) {
    CAPTURE(text);
    std::string error;
    CHECK_FALSE(parse(text, error));
    CHECK_FALSE(error.empty());
  }
}

TEST_CASE("a number has one spelling and its bounds") {
  std::string error;
  CHECK(parse_number("1", 1, 256, error) == 1U);
  CHECK(parse_number("256", 1, 256, error) == 256U);
  CHECK(parse_number("0", 0, 9, error) == 0U);
  refuses([](std::string_view text, std::string& why) { return parse_number(text, 1, 256, why); },
          {"", "0", "257", "01", "+1", "-1", "1.0", "0x1", "1e2", " 1", "1 ", "1_0",
           "18446744073709551616", "99999999999999999999999"});
}

TEST_CASE("a duration is a number and its unit, from 1 ms to a week") {
  std::string error;
  CHECK(parse_duration("1ms", error) == 1ms);
  CHECK(parse_duration("500ms", error) == 500ms);
  CHECK(parse_duration("30s", error) == 30s);
  CHECK(parse_duration("16m", error) == 16min);
  CHECK(parse_duration("1h", error) == 1h);
  CHECK(parse_duration("168h", error) == 168h);
  CHECK(parse_duration("604800s", error) == 168h);
  refuses(parse_duration, {"", "30", "s", "0s", "0ms", "169h", "604801s", "-1s", "1 s", "1S", "1d",
                           "1.5s", "1h30m", "030s", "99999999999999999999h"});
}

TEST_CASE("a size is bytes, or a number of KiB, MiB, GiB, within its bounds") {
  const auto parse = [](std::string_view text, std::string& error) {
    return parse_size(text, 1024, 1024 * 1024, error);
  };
  std::string error;
  CHECK(parse("1024", error) == 1024U);
  CHECK(parse("1KiB", error) == 1024U);
  CHECK(parse("1MiB", error) == 1024U * 1024U);
  CHECK(parse("1048576", error) == 1024U * 1024U);
  refuses(parse, {"", "1023", "0KiB", "1048577", "1025KiB", "2MiB", "1GiB", "64KB", "64K", "64kib",
                  "1.5KiB", "-1", "064KiB", "18446744073709551615GiB"});
}

TEST_CASE("a time is RFC 3339 with its zone") {
  const TimePoint six = std::chrono::sys_days(std::chrono::year(2026) / 12 / 24) + 18h;
  std::string error;
  CHECK(parse_time("2026-12-24T18:00:00Z", error) == six);
  CHECK(parse_time("2026-12-24T19:00:00+01:00", error) == six);
  CHECK(parse_time("2026-12-24T12:30:00-05:30", error) == six);
  CHECK(parse_time("2026-12-25T00:00:00+06:00", error) == six);
  CHECK(parse_time("2026-12-24T18:00:00.25Z", error) == six + 250ms);
  CHECK(parse_time("2026-12-24T18:00:00.000001Z", error) == six + 1us);
  refuses(
      parse_time,
      {"", "2026-12-24", "2026-12-24T18:00:00", "2026-12-24 18:00:00Z", "2026-12-24t18:00:00Z",
       "2026-12-24T18:00:00z", "2026-12-24T18:00Z", "2026-02-29T18:00:00Z", "2026-13-01T18:00:00Z",
       "2026-12-24T24:00:00Z", "2026-12-24T18:60:00Z", "2026-12-24T18:00:60Z",
       "2026-12-24T18:00:00.Z", "2026-12-24T18:00:00.1234567Z", "2026-12-24T18:00:00+0100",
       "2026-12-24T18:00:00+24:00", "2026-12-24T18:00:00Z ", "26-12-24T18:00:00Z", "tomorrow"});
}

TEST_CASE("ports are a number or a range that is not empty") {
  std::string error;
  CHECK(parse_ports("1", error)->first == 1);
  CHECK(parse_ports("65535", error)->last == 65535);
  const auto range = parse_ports("8000-8010", error);
  REQUIRE(range);
  CHECK(range->first == 8000);
  CHECK(range->last == 8010);
  refuses(parse_ports, {"", "0", "65536", "https", "8010-8000", "8000-", "-8010", "-", "0443",
                        "443-65536", "1-2-3", "443 ", "443,444"});
}

TEST_CASE("an address with a port is a literal, IPv6 in brackets") {
  std::string error;
  const auto v4 = parse_socket_address("0.0.0.0:3128", 0, error);
  REQUIRE(v4);
  CHECK(v4->address == IpAddress());
  CHECK(v4->port == 3128);
  const auto v6 = parse_socket_address("[::1]:3128", 0, error);
  REQUIRE(v6);
  CHECK(v6->address.text() == "::1");
  CHECK(parse_socket_address("10.0.0.2", 53, error)->port == 53);
  CHECK(parse_socket_address("[fd00::2]", 53, error)->port == 53);
  const auto without_default = [](std::string_view text, std::string& why) {
    return parse_socket_address(text, 0, why);
  };
  const auto with_default = [](std::string_view text, std::string& why) {
    return parse_socket_address(text, 53, why);
  };
  refuses(without_default, {"10.0.0.2", "[::1]"});
  for (const auto& parse : {with_default}) {
    refuses(parse, {"", ":53", "localhost:53", "::1", "::1:53", "[::1", "[::1]x", "[::1]53",
                    "[10.0.0.2]:53", "10.0.0.2:", "10.0.0.2:0", "10.0.0.2:65536", "10.0.0.2:053",
                    "010.0.0.2:53", "10.0.2:53", "[fe80::1%eth0]:53", "[]:53"});
  }
}

TEST_CASE("names are a-z, 0-9, '_' and '-', and begin with a letter or digit") {
  for (const std::string_view name : {"a", "0", "data-science", "x_1", "9-"}) {
    CAPTURE(name);
    CHECK(is_policy_name(name));
  }
  for (const std::string_view name : {"", "-a", "_a", "A", "a b", "a.b", "\xc3\xa9", "a/b", "@a"}) {
    CAPTURE(name);
    CHECK_FALSE(is_policy_name(name));
  }
  CHECK(is_policy_name(std::string(64, 'a')));
  CHECK_FALSE(is_policy_name(std::string(65, 'a')));
}

TEST_CASE("what is quoted in a message stays on its line and short") {
  CHECK(quoted("a\nb") == "'a b'");
  CHECK(quoted(std::string(1000, 'x')).size() < 100);
  CHECK(size_text(64 * 1024) == "64KiB");
  CHECK(size_text(1000) == "1000");
  CHECK(size_text(1024ULL * 1024 * 1024 * 1024) == "1024GiB");
}

}  // namespace
}  // namespace sallyport
