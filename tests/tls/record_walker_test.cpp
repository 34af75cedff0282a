#include "tls/record_walker.h"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "tests/tls/hello_builder.h"

namespace sallyport::test {
namespace {

using Step = RecordWalker::Step;

// What the walker finds, in chunks of `size`: `type:payload bytes` of each record that ended, and
// `broken` or nothing.
std::string walk(const Bytes& bytes, std::size_t size) {
  RecordWalker walker;
  std::string found;
  std::size_t payload_bytes = 0;
  for (ByteSpan left(bytes); !left.empty();) {
    ByteSpan chunk = left.first(std::min(size, left.size()));
    left = left.subspan(chunk.size());
    for (;;) {
      RecordWalker::Piece piece;
      const Step step = walker.next(chunk, piece);
      if (step == Step::broken) return found + "broken";
      if (step == Step::need_more) break;
      payload_bytes = (piece.begins ? 0 : payload_bytes) + piece.payload.size();
      if (!piece.ends) continue;
      CHECK(walker.is_at_boundary());
      CHECK(payload_bytes == piece.record_bytes);
      found += std::to_string(piece.type) + ":" + std::to_string(payload_bytes) + " ";
    }
    CHECK(chunk.empty());
  }
  return found;
}

TEST_CASE("records are found whatever the chunks") {
  const struct {
    Bytes bytes;
    const char* found;
  } rows[] = {
      {record(22, Bytes(5, 1)) + record(20, {1}) + record(23, Bytes(300, 2)), "22:5 20:1 23:300 "},
      {record(22, {}) + record(22, {}) + record(21, {1, 0}), "22:0 22:0 21:2 "},
      {record(22, Bytes(16384, 1)), "22:16384 "},
      {record(22, Bytes(16385, 1)), "broken"},
      {record(23, Bytes(18432, 1)), "23:18432 "},
      {record(23, Bytes(18433, 1)), "broken"},
      {record(19, {1}), "broken"},
      {record(24, {1}) + record(25, {1}), "24:1 broken"},
      {record(22, {1}, 0x0400), "broken"},
      {record(22, {1}) + record(22, {1}, 0x0200), "22:1 broken"},
      {record(22, {1}) + bytes_of("GET"), "22:1 broken"},
      {Bytes{22, 3, 1, 0}, ""},
  };
  for (const auto& row : rows) {
    for (const std::size_t size : {1, 2, 4, 5, 6, 7, 1000, 100000}) {
      CHECK(walk(row.bytes, size) == row.found);
    }
  }
}

TEST_CASE("a broken stream stays broken") {
  RecordWalker walker;
  RecordWalker::Piece piece;
  const Bytes garbage = bytes_of("x");
  ByteSpan chunk(garbage);
  CHECK(walker.next(chunk, piece) == Step::broken);
  const Bytes sound = record(22, {1});
  chunk = sound;
  CHECK(walker.next(chunk, piece) == Step::broken);
}

TEST_CASE("a payload is shown where it lies") {
  RecordWalker walker;
  RecordWalker::Piece piece;
  const Bytes bytes = record(22, {7, 8, 9}) + Bytes{20};
  ByteSpan chunk(bytes);
  REQUIRE(walker.next(chunk, piece) == Step::piece);
  CHECK(piece.payload.data() == bytes.data() + 5);
  CHECK(piece.begins);
  CHECK(piece.ends);
  CHECK(chunk.size() == 1);
}

}  // namespace
}  // namespace sallyport::test
