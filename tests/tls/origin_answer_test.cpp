#include "tls/origin_answer.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "tests/tls/hello_builder.h"
#include "tests/tls/recorded_hellos.h"

namespace sallyport::test {
namespace {

enum class Kind { unknown, retry_request, settled };
using enum Kind;

Kind answer(const Bytes& bytes, std::size_t size) {
  OriginAnswer origin;
  for (ByteSpan left(bytes); !left.empty();) {
    const ByteSpan chunk = left.first(std::min(size, left.size()));
    origin.feed(chunk);
    left = left.subspan(chunk.size());
  }
  if (origin.is_settled()) return settled;
  return origin.retry_requests() > 0 ? retry_request : unknown;
}

TEST_CASE("an origin that asks for a second hello is told from all others") {
  const Bytes retry = server_hello(true);
  const Bytes retry_message(retry.begin() + 5, retry.end());
  const Bytes answer_record = server_hello(false);
  const Bytes answer_message(answer_record.begin() + 5, answer_record.end());
  const Bytes half_answer(answer_record.begin(), answer_record.begin() + 30);
  Bytes nearly = retry;
  nearly[5 + 4 + 2 + 31] ^= 1;
  Bytes cut = retry;
  cut.resize(5 + 4 + 2 + 31);
  const Bytes warning = record(21, {1, 112}, 0x0303);
  const struct {
    const char* what;
    Bytes bytes;
    Kind kind;
  } rows[] = {
      {"a HelloRetryRequest", retry, retry_request},
      {"one of OpenSSL", from_hex(kHelloRetryRequest), retry_request},
      {"one in records of one byte", records_of(retry_message, 1), retry_request},
      {"one behind empty records", record(22, {}) + record(22, {}) + retry, retry_request},
      {"one behind a warning", warning + retry, retry_request},
      {"one cut before its end", cut, unknown},
      {"its random but for one bit", nearly, settled},
      {"a ServerHello", server_hello(false), settled},
      {"one of OpenSSL", from_hex(kServerHelloRecord), settled},
      {"a warning", warning, unknown},
      {"a warning and a ServerHello", warning + server_hello(false), settled},
      {"a fatal alert", record(21, {2, 40}, 0x0303), settled},
      {"an alert without a word", record(21, {}, 0x0303), settled},
      {"a handshake message of another type", record(22, handshake(4, Bytes(60, 1))), settled},
      {"change_cipher_spec first", record(20, {1}) + retry, retry_request},
      {"change_cipher_spec alone", record(20, {1}), unknown},
      {"change_cipher_spec behind it", retry + record(20, {1}), retry_request},
      {"a ServerHello behind it", retry + record(20, {1}) + server_hello(false), settled},
      {"a ServerHello in its record", record(22, retry_message + answer_message), settled},
      {"a fatal alert behind it", retry + record(21, {2, 40}), settled},
      {"a warning behind it", retry + warning, retry_request},
      {"application data behind it", retry + record(23, {1}), settled},
      {"an SSH banner behind it", retry + bytes_of("SSH-2.0-x\r\n"), settled},
      {"two of them", retry + retry, retry_request},
      {"half a ServerHello behind it", retry + half_answer, retry_request},
      {"application data first", record(23, {1}) + retry, settled},
      {"an SSH banner", bytes_of("SSH-2.0-x\r\n"), settled},
      {"an HTTP answer", bytes_of("HTTP/1.1 400 Bad Request\r\n\r\n"), settled},
      {"another version", record(22, retry_message, 0x0500), settled},
      {"a record too long", Bytes{22, 3, 3, 0xff, 0xff}, settled},
      {"nothing", {}, unknown},
      {"the head of a record", Bytes{22, 3, 3, 0, 90}, unknown},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    for (const std::size_t size : {1, 2, 3, 7, 40, 100000}) {
      CHECK(answer(row.bytes, size) == row.kind);
    }
  }
}

TEST_CASE("each HelloRetryRequest is counted, up to the answer that asks for nothing") {
  const Bytes retry = server_hello(true);
  const Bytes message(retry.begin() + 5, retry.end());
  for (const std::size_t size : {1, 2, 5, 43, 100000}) {
    OriginAnswer origin;
    const Bytes all = retry + record(20, {1}) + records_of(message, 7) + record(22, {}) + retry +
                      server_hello(false) + retry;
    for (ByteSpan left(all); !left.empty(); left = left.subspan(std::min(size, left.size()))) {
      origin.feed(left.first(std::min(size, left.size())));
    }
    CHECK(origin.retry_requests() == 3);
  }
}

TEST_CASE("an answer that asks for nothing stays") {
  OriginAnswer origin;
  origin.feed(server_hello(false));
  CHECK(origin.is_settled());
  origin.feed(server_hello(true));
  CHECK(origin.is_settled());
  CHECK(origin.retry_requests() == 0);
}

}  // namespace
}  // namespace sallyport::test
