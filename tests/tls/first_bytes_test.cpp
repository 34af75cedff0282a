#include "tls/first_bytes.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/tls/hello_builder.h"
#include "tls/client_hello.h"

namespace sallyport::test {
namespace {

using enum FirstBytesKind;

TEST_CASE("the first bytes of a tunnel tell what it is") {
  const struct {
    Bytes bytes;
    FirstBytesKind kind;
  } rows[] = {
      {{}, need_more},
      {hello_for("a.example"), tls},
      {{0x16}, tls},
      {{0x16, 0x09}, tls},  // begins as TLS does; the reader says malformed
      {{0x14}, need_more},
      {{0x14, 3}, tls},
      {{0x15, 3, 1}, tls},
      {{0x17, 3, 3}, tls},
      {{0x18, 3}, tls},
      {{0x15, 0}, other},
      {bytes_of("G"), need_more},
      {bytes_of("GET"), need_more},
      {bytes_of("GET "), http},
      {bytes_of("GET / HTTP/1.1\r\n"), http},
      {bytes_of("VERSION-CONTROL /"), http},
      {bytes_of("ABCDEFGHIJKLMNOPQRST"), need_more},
      {bytes_of("ABCDEFGHIJKLMNOPQRST "), http},
      {bytes_of("ABCDEFGHIJKLMNOPQRSTU"), other},
      {bytes_of("ABCDEFGHIJKLMNOPQRSTU "), other},
      {bytes_of("get / HTTP/1.1\r\n"), other},
      {bytes_of("GEt "), other},
      {bytes_of("GET\t/"), other},
      {bytes_of("GET\r\n"), other},
      {bytes_of(" GET /"), other},
      {bytes_of("\r\nGET /"), other},
      {bytes_of("-GET /"), other},
      {bytes_of("PR"), need_more},
      {bytes_of("PRI"), need_more},
      {bytes_of("PRI "), need_more},
      {bytes_of("PRI * HTTP/2."), need_more},
      {bytes_of("PRI * HTTP/2.0"), other},
      {bytes_of("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), other},
      {bytes_of("PRI * HTTP/1.1"), http},
      {bytes_of("PRI /"), http},
      {bytes_of("PRIX * HTTP/2.0"), http},
      {bytes_of("SSH-2.0-OpenSSH_9.2\r\n"), other},
      {{5, 1, 0}, other},
      {{4, 1, 0, 80}, other},
      {from_hex("000e3801020304"), other},  // OpenVPN over TCP
      {from_hex("802e0103010015"), other},  // a hello of SSL 2
      {{0}, other},
      {{0xff}, other},
  };
  for (const auto& row : rows) {
    INFO(std::string(row.bytes.begin(), row.bytes.end()));
    CHECK(classify_first_bytes(row.bytes) == row.kind);
  }
}

TEST_CASE("what the first two bytes are called agrees with the hello reader") {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const Bytes bytes = number(static_cast<std::size_t>(first * 256 + second), 2);
      const bool is_tls = ClientHelloReader{}.feed(bytes) != ClientHelloReader::Progress::not_tls;
      REQUIRE((classify_first_bytes(bytes) == tls) == is_tls);
    }
  }
}

}  // namespace
}  // namespace sallyport::test
