#include "proxy/first_bytes_reader.h"

#include <string>

#include <doctest/doctest.h>

#include "policy/facts_of.h"
#include "tests/tls/hello_builder.h"

namespace sallyport {
namespace {

Facts facts_for(std::string_view host) {
  return {.kind = Facts::Kind::connect, .client = {}, .host = *Host::parse(host)};
}

/// Feeds the bytes in chunks of that size; what they are, or `more`.
std::string read(std::string_view bytes, std::size_t size, Facts& facts) {
  FirstBytesReader reader;
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    const std::string_view chunk = bytes.substr(at, size);
    if (!reader.add(chunk, bytes.substr(0, at + chunk.size()), facts)) continue;
    std::string told(text(facts.first_bytes->kind));
    if (facts.contradiction) told += " " + std::string(text(*facts.contradiction));
    return told;
  }
  return reader.is_in_hello() ? "more of a hello" : "more";
}

TEST_CASE("the first bytes become facts, in whatever pieces they come") {
  const auto hello = test::hello_for("a.example.org");
  const std::string whole(hello.begin(), hello.end());
  struct Row {
    std::string bytes;
    std::string_view host;
    std::string_view told;
  };
  const Row rows[] = {
      {whole, "a.example.org", "tls"},
      {whole, "b.example.org", "tls sni_mismatch"},
      {whole.substr(0, whole.size() - 1), "a.example.org", "more of a hello"},
      {std::string("\x16\x03\x01\x00\x01\x02", 6), "a.example.org", "tls malformed_client_hello"},
      {"GET / HTTP/1.1\r\n", "a.example.org", "http"},
      {"GE", "a.example.org", "more"},
      {"SSH-2.0-OpenSSH_9.2\r\n", "a.example.org", "other"},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "a.example.org", "other"},
  };
  for (const Row& row : rows) {
    for (const std::size_t size : {std::size_t{1}, std::size_t{7}, row.bytes.size()}) {
      CAPTURE(row.told);
      CAPTURE(size);
      Facts facts = facts_for(row.host);
      CHECK(read(row.bytes, size, facts) == row.told);
    }
  }
}

}  // namespace
}  // namespace sallyport
