#include "tls/client_hello.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include <doctest/doctest.h>

#include "tests/tls/hello_builder.h"
#include "tests/tls/recorded_hellos.h"

namespace sallyport::test {
namespace {

using Progress = ClientHelloReader::Progress;

const char* text(Progress progress) {
  switch (progress) {
    case Progress::need_more:
      return "need_more";
    case Progress::done:
      return "done";
    case Progress::not_tls:
      return "not_tls";
    case Progress::malformed:
      return "malformed";
  }
  return "?";
}

// What the bytes are when they come in chunks of `size`: the outcome, and of a hello its name and
// how many bytes it took.
std::string outcome(const Bytes& bytes, std::size_t size = SIZE_MAX) {
  ClientHelloReader reader;
  Progress progress = Progress::need_more;
  for (ByteSpan left(bytes); !left.empty();) {
    const ByteSpan chunk = left.first(std::min(size, left.size()));
    progress = reader.feed(chunk);
    left = left.subspan(chunk.size());
  }
  if (progress != Progress::done) return text(progress);
  return "done " + reader.hello().server_name.value_or("(none)") + " " +
         std::to_string(reader.consumed());
}

std::string outcome_name(const Bytes& bytes) {
  const std::string whole = outcome(bytes);
  return whole.substr(0, whole.rfind(' '));
}

Bytes empty_records(int count) {
  Bytes bytes;
  for (int i = 0; i < count; ++i) bytes = bytes + record(22, {});
  return bytes;
}

Bytes prefix(const Bytes& bytes, std::size_t size) {
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)};
}

TEST_CASE("hellos of real clients are read") {
  const struct {
    std::string_view hex;
    const char* alpn;
    bool has_ech;
    std::size_t size;
  } rows[] = {
      {kOpensslHello, "h2,http/1.1", false, 517},
      {kGoHello, "h2,http/1.1", false, 1494},
      {kChromiumHello, "h2,http/1.1", true, 2018},
  };
  for (const auto& row : rows) {
    ClientHelloReader reader;
    REQUIRE(reader.feed(from_hex(row.hex)) == Progress::done);
    CHECK(reader.hello().server_name == "origin.example");
    CHECK(reader.hello().alpn == row.alpn);
    CHECK(reader.hello().has_ech == row.has_ech);
    CHECK(reader.consumed() == row.size);
  }
}

TEST_CASE("the server name is told as it was sent") {
  for (const std::string name : {"origin.example", "ORIGIN.Example", "origin.example.", "10.0.0.1",
                                 "a b", "x", "\xff\xfe.example", ".origin.example"}) {
    CHECK(outcome_name(hello_for(name)) == "done " + name);
  }
  const std::string longest(255, 'a');
  CHECK(outcome_name(hello_for(longest)) == "done " + longest);
}

TEST_CASE("a hello without a server name is a hello") {
  CHECK(outcome_name(HelloBuilder{}.bytes()) == "done (none)");
  HelloBuilder no_extensions;
  no_extensions.extensions = {};
  CHECK(outcome_name(no_extensions.bytes()) == "done (none)");
  no_extensions.has_extension_block = false;  // as clients before TLS 1.2 send it
  CHECK(outcome_name(no_extensions.bytes()) == "done (none)");
}

TEST_CASE("a hello in any two chunks is the same hello") {
  for (const Bytes& bytes : {from_hex(kOpensslHello), browser_hello("a.example").bytes(),
                             records_of(HelloBuilder{}.with_name("a.example").message(), 60)}) {
    const std::string whole = outcome(bytes);
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
      ClientHelloReader reader;
      REQUIRE(reader.feed(ByteSpan(bytes).first(cut)) == Progress::need_more);
      REQUIRE(reader.feed(ByteSpan(bytes).subspan(cut)) == Progress::done);
      REQUIRE(whole ==
              "done " + *reader.hello().server_name + " " + std::to_string(reader.consumed()));
    }
  }
}

TEST_CASE("each prefix is judged alike in chunks of any size") {
  Bytes twisted = records_of(HelloBuilder{}.with_name("a.example").message(), 7);
  twisted = record(22, {}) + twisted + bytes_of("beyond");
  const Bytes message = HelloBuilder{}.with_name("a.example").message();
  for (const Bytes& bytes :
       {twisted, record(22, message + Bytes{0}), record(22, handshake(2, Bytes(50, 1))),
        record(22, {1, 0xff, 0xff, 0xff}), record(21, {2, 49}), bytes_of("SSH-2.0-x\r\n"),
        record(22, prefix(message, 50)) + record(20, {1}), Bytes{0x16, 5}, Bytes{0x14, 4}}) {
    for (std::size_t size = 1; size <= bytes.size(); ++size) {
      const std::string whole = outcome(prefix(bytes, size));
      for (const std::size_t step : {1, 2, 3, 5, 64}) {
        REQUIRE(outcome(prefix(bytes, size), step) == whole);
      }
    }
  }
}

TEST_CASE("a hello in records of any size is the same hello") {
  const Bytes message = HelloBuilder{}.with_name("a.example").message();
  for (std::size_t size = 1; size <= message.size(); ++size) {
    const Bytes bytes = records_of(message, size);
    const bool is_within = (message.size() + size - 1) / size <= 64;
    const std::string expected =
        is_within ? "done a.example " + std::to_string(bytes.size()) : "malformed";
    REQUIRE(outcome(bytes) == expected);
    REQUIRE(outcome(bytes, 1) == expected);
  }
}

TEST_CASE("64 records are read, of which 16 may be empty, and no more") {
  const Bytes message = browser_hello("a.example").message();
  const auto in_records = [&](std::size_t count) {
    // All but the last hold one byte.
    const auto single = static_cast<std::ptrdiff_t>(count) - 1;
    return records_of({message.begin(), message.begin() + single}, 1) +
           record(22, {message.begin() + single, message.end()});
  };
  CHECK(outcome_name(in_records(64)) == "done a.example");
  CHECK(outcome(in_records(65)) == "malformed");
  CHECK(outcome_name(empty_records(16) + in_records(48)) == "done a.example");
  CHECK(outcome(empty_records(16) + in_records(49)) == "malformed");
  CHECK(outcome(empty_records(17) + in_records(1)) == "malformed");
  const Bytes start = record(22, prefix(message, 10));
  const Bytes rest = record(22, {message.begin() + 10, message.end()});
  CHECK(outcome_name(start + empty_records(16) + rest) == "done a.example");
  CHECK(outcome(start + empty_records(17) + rest) == "malformed");
}

TEST_CASE("64 KiB of hello are read and no more, and none is waited for") {
  const auto padded = [](std::size_t body_bytes) {
    HelloBuilder hello;
    hello.cipher_suites = Bytes(40000, 0x13);
    hello.with_name("a.example");
    hello.with(extension(21, Bytes(body_bytes - hello.body().size() - 4, 0)));
    REQUIRE(hello.body().size() == body_bytes);
    return hello.message();
  };
  CHECK(outcome_name(records_of(padded(65536), 16384)) == "done a.example");
  CHECK(outcome(records_of(padded(65537), 16384)) == "malformed");
  CHECK(outcome(record(22, {1, 0x01, 0x00, 0x01})) == "malformed");
  CHECK(outcome(record(22, {1, 0xff, 0xff, 0xff})) == "malformed");
  CHECK(outcome(record(22, {1, 0x01, 0x00, 0x00})) == "need_more");
  CHECK(outcome({0x16, 3, 1, 0x40, 0x01}) == "malformed");  // a record of 16385
  CHECK(outcome({0x16, 3, 1, 0x40, 0x00}) == "need_more");
}

TEST_CASE("record versions 3.0 to 3.255 are read and others are malformed") {
  const Bytes message = HelloBuilder{}.with_name("a.example").message();
  for (const int version : {0x0300, 0x0301, 0x0303, 0x0304, 0x03ff}) {
    CHECK(outcome_name(record(22, message, static_cast<std::uint16_t>(version))) ==
          "done a.example");
  }
  for (const int version : {0x0000, 0x0200, 0x0400, 0x0500, 0xfefd}) {
    CHECK(outcome(record(22, message, static_cast<std::uint16_t>(version))) == "malformed");
  }
  const Bytes mixed = record(22, prefix(message, 9), 0x0300) +
                      record(22, {message.begin() + 9, message.end()}, 0x0399);
  CHECK(outcome_name(mixed) == "done a.example");
}

TEST_CASE("TLS records that are no hello are malformed") {
  const Bytes message = HelloBuilder{}.with_name("a.example").message();
  const Bytes half = record(22, prefix(message, 50));
  const Bytes rest = record(22, {message.begin() + 50, message.end()});
  CHECK(outcome(half + record(20, {1}) + rest) == "malformed");
  CHECK(outcome(half + record(21, {1, 0}) + rest) == "malformed");
  CHECK(outcome(half + record(23, {1}) + rest) == "malformed");
  CHECK(outcome(half + Bytes{0x80} + rest) == "malformed");
  for (const int type : {20, 21, 23, 24}) {
    CHECK(outcome(record(static_cast<std::uint8_t>(type), {1, 0}) + record(22, message)) ==
          "malformed");
  }
  for (const int type : {0, 2, 11, 16, 20, 255}) {
    CHECK(outcome(record(22, handshake(static_cast<std::uint8_t>(type), HelloBuilder{}.body()))) ==
          "malformed");
  }
}

TEST_CASE("what stands behind the hello in its record makes it malformed") {
  const Bytes message = HelloBuilder{}.with_name("a.example").message();
  const Bytes other = HelloBuilder{}.with_name("evil.example").message();
  CHECK(outcome(record(22, message + other)) == "malformed");
  CHECK(outcome(record(22, message + Bytes{0})) == "malformed");
  CHECK(outcome(record(22, prefix(message, 20)) +
                record(22, Bytes(message.begin() + 20, message.end()) + other)) == "malformed");
}

TEST_CASE("records behind the hello are left to the guard") {
  const Bytes first = hello_for("a.example");
  const std::string expected = "done a.example " + std::to_string(first.size());
  CHECK(outcome(first + hello_for("evil.example")) == expected);
  CHECK(outcome(first + record(20, {1}) + record(23, Bytes(100, 1))) == expected);
  CHECK(outcome(first + bytes_of("garbage"), 1) == expected);
}

TEST_CASE("other protocols are not TLS") {
  for (const Bytes& bytes :
       {bytes_of("SSH-2.0-OpenSSH_9.2\r\n"), bytes_of("GET / HTTP/1.1\r\n\r\n"),
        bytes_of("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Bytes{5, 1, 0}, Bytes{4, 1, 0, 80},
        from_hex("000e3801020304"), from_hex("802e010301001500000010"), Bytes{0x14, 0},
        Bytes{0x17, 0x17}, Bytes{0}, Bytes{0xff}}) {
    CHECK(outcome(bytes) == "not_tls");
    CHECK(outcome(bytes, 1) == "not_tls");
  }
  CHECK(outcome({0x16}) == "need_more");
  CHECK(outcome({0x15}) == "need_more");
}

TEST_CASE("a verdict stays, whatever follows") {
  ClientHelloReader reader;
  CHECK(reader.feed({}) == Progress::need_more);
  CHECK(reader.feed(hello_for("a.example")) == Progress::done);
  const std::size_t consumed = reader.consumed();
  CHECK(reader.feed(hello_for("b.example")) == Progress::done);
  CHECK(reader.hello().server_name == "a.example");
  CHECK(reader.consumed() == consumed);
  ClientHelloReader refused;
  CHECK(refused.feed(bytes_of("x")) == Progress::not_tls);
  CHECK(refused.feed(hello_for("a.example")) == Progress::not_tls);
}

}  // namespace
}  // namespace sallyport::test
