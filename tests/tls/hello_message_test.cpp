#include "tls/hello_message.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/tls/hello_builder.h"

namespace sallyport::test {
namespace {

std::string outcome(const Bytes& body) {
  const auto hello = parse_hello_message(body);
  return hello ? "hello " + hello->server_name.value_or("(none)") : "malformed";
}

TEST_CASE("a server name with two readings is malformed") {
  using namespace std::string_literals;
  const Bytes one = server_name_entry("a.example");
  const struct {
    const char* what;
    Bytes extensions;
  } rows[] = {
      {"two names", extension(0, prefixed(one + server_name_entry("b.example"), 2))},
      {"the same name twice", extension(0, prefixed(one + one, 2))},
      {"a name of type 1", extension(0, prefixed(server_name_entry("a.example", 1), 2))},
      {"type 1 behind it", extension(0, prefixed(one + server_name_entry("b.example", 1), 2))},
      {"two extensions", server_name_extension("a.example") + server_name_extension("b.example")},
      {"an empty name", server_name_extension("")},
      {"256 bytes", server_name_extension(std::string(256, 'a'))},
      {"300 bytes", server_name_extension(std::string(300, 'a'))},
      {"a NUL", server_name_extension("evil.example\0.a.example"s)},
      {"a NUL at the end", server_name_extension("a.example\0"s)},
      {"an empty list", extension(0, prefixed({}, 2))},
      {"no list", extension(0, {})},
      {"a byte behind the list", extension(0, prefixed(one, 2) + Bytes{0})},
      {"a byte behind the name", extension(0, prefixed(one + Bytes{0}, 2))},
      {"a list longer than the extension", extension(0, number(one.size() + 1, 2) + one)},
      {"a name longer than the list", extension(0, prefixed(Bytes{0, 0, 9, 'a'}, 2))},
      {"a list cut in the name's length", extension(0, prefixed(Bytes{0, 0}, 2))},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    HelloBuilder hello;
    hello.extensions = row.extensions;
    CHECK(outcome(hello.body()) == "malformed");
    hello.extensions = hello.extensions + HelloBuilder{}.extensions;
    CHECK(outcome(hello.body()) == "malformed");
  }
}

TEST_CASE("a hello that is wrong anywhere is malformed") {
  const auto broken = [](auto change) {
    HelloBuilder hello;
    hello.with_name("a.example");
    change(hello);
    return hello.body();
  };
  const struct {
    const char* what;
    Bytes body;
  } rows[] = {
      {"version 2.0", broken([](auto& h) { h.legacy_version = 0x0200; })},
      {"version 4.0", broken([](auto& h) { h.legacy_version = 0x0400; })},
      {"a session id of 33", broken([](auto& h) { h.session_id.push_back(0); })},
      {"no cipher suites", broken([](auto& h) { h.cipher_suites = {}; })},
      {"half a cipher suite", broken([](auto& h) { h.cipher_suites.push_back(0); })},
      {"no compression method", broken([](auto& h) { h.compression_methods = {}; })},
      {"bytes behind the extensions", broken([](auto& h) { h.trailing = {0}; })},
      {"a byte in place of extensions", broken([](auto& h) {
         h.has_extension_block = false;
         h.trailing = {0};
       })},
      {"an unknown extension twice",
       broken([](auto& h) { h.with(extension(0x1234, {})).with(extension(0x1234, {1})); })},
      {"half an extension header", broken([](auto& h) {
         h.with({0x12, 0x34, 0});
       })},
      {"an extension beyond the block", broken([](auto& h) {
         h.with({0x12, 0x34, 0, 1});
       })},
      {"no protocol", broken([](auto& h) { h.with(alpn_extension({})); })},
      {"an empty protocol", broken([](auto& h) {
         h.with(alpn_extension({"h2", ""}));
       })},
      {"a cut protocol", broken([](auto& h) {
         h.with(extension(16, {0, 2, 3, 'h'}));
       })},
      {"no version", broken([](auto& h) { h.extensions = extension(43, {0}); })},
      {"half a version", broken([](auto& h) {
         h.extensions = extension(43, {3, 3, 4, 3});
       })},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    CHECK(outcome(row.body) == "malformed");
  }
  CHECK(outcome(broken([](auto&) {})) == "hello a.example");
}

TEST_CASE("every body that is cut short is malformed") {
  const Bytes body = browser_hello("a.example").body();
  // Cut before the extensions' length it is a whole hello of old, without any.
  const std::size_t without_extensions = 2 + 32 + 1 + 32 + 2 + 12 + 2;
  for (std::size_t size = 0; size < body.size(); ++size) {
    const Bytes cut(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(size));
    REQUIRE(outcome(cut) == (size == without_extensions ? "hello (none)" : "malformed"));
  }
  CHECK(outcome(body) == "hello a.example");
}

TEST_CASE("every version 3.x is read; protocols and ECH are told") {
  const auto read = [](const HelloBuilder& hello) {
    return parse_hello_message(hello.body()).value();
  };
  HelloBuilder old;
  old.extensions = extension(43, {2, 3, 3});
  for (const int version : {0x0300, 0x0301, 0x0302, 0x0303, 0x0304, 0x03ff}) {
    old.legacy_version = static_cast<std::uint16_t>(version);
    CHECK(parse_hello_message(old.body()).has_value());
  }
  CHECK(read(browser_hello("a.example")).has_ech);
  CHECK(read(HelloBuilder{}.with(extension(0xffce, {1}))).has_ech);
  CHECK_FALSE(read(HelloBuilder{}.with(extension(0xfe0c, {1}))).has_ech);
  CHECK(read(HelloBuilder{}).alpn.empty());
  CHECK(read(HelloBuilder{}.with(alpn_extension({"h2"}))).alpn == "h2");
  CHECK(read(HelloBuilder{}.with(alpn_extension({"a,b\n", "\x01\xff"}))).alpn == "a?b?,??");
  const std::vector<std::string> many(200, "abcd");
  const std::string cut = read(HelloBuilder{}.with(alpn_extension(many))).alpn;
  CHECK(cut.size() <= 260);
  CHECK(cut.ends_with("abcd,..."));
}

}  // namespace
}  // namespace sallyport::test
