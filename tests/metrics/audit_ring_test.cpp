#include "metrics/audit_ring.h"

#include <cstring>
#include <string>
#include <string_view>
#include <thread>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

bool put(AuditRing& ring, std::string_view line) {
  if (ring.room() < line.size()) return false;
  std::memcpy(ring.next_line(), line.data(), line.size());
  ring.commit(line.size());
  return true;
}

std::string_view view(const AuditRing& ring) {
  const auto bytes = ring.readable();
  return {bytes.data(), bytes.size()};
}

TEST_CASE("lines come out as they went in, in one piece, however often the ring wraps") {
  AuditRing ring(4096);
  std::string line;
  for (int i = 0; i < 5000; ++i) {
    line.assign(static_cast<std::size_t>(1 + i * 37 % 1500), static_cast<char>('a' + i % 26));
    line += '\n';
    if (!put(ring, line)) {
      // A page is given back at a time: what was read may count as used until then.
      FAIL("no room at ", i);
    }
    REQUIRE(view(ring) == line);
    ring.consume(line.size());
    REQUIRE(ring.readable().empty());
    if (ring.capacity() - ring.used() < 1600) {
      const std::size_t rest = ring.capacity() - ring.used();
      REQUIRE(put(ring, std::string(rest, 'x')));
      REQUIRE(view(ring) == std::string(rest, 'x'));
      ring.consume(rest);
      REQUIRE(ring.used() == 0);
    }
  }
}

TEST_CASE("a full ring says so and loses nothing") {
  AuditRing ring(8192);
  int lines = 0;
  const std::string line = std::string(99, 'x') + "\n";
  while (put(ring, line)) ++lines;
  CHECK(lines == 81);
  CHECK(ring.readable().size() == 8100);
  ring.consume(8100);
  CHECK(put(ring, line));
}

TEST_CASE("what is promised to one line is no room for another, until it is given back") {
  AuditRing ring(8192);
  {
    auto first = ring.reserve(5000);
    REQUIRE(first);
    CHECK(ring.room() == 8192 - 5000);
    CHECK_FALSE(ring.reserve(4000));
    Reservation moved = std::move(*first);
    CHECK(moved.bytes() == 5000);
    first.reset();
    CHECK(ring.room() == 8192 - 5000);
    Reservation other;
    other = std::move(moved);
    other.release();
    other.release();
    CHECK(ring.room() == 8192);
    auto second = ring.reserve(8192);
    REQUIRE(second);
    CHECK(ring.room() == 0);
  }
  CHECK(ring.room() == 8192);
}

TEST_CASE("lines that may be lost leave three quarters of what is not promised to the others") {
  AuditRing ring(65536);
  const auto promised = ring.reserve(32768);
  const std::string line = std::string(99, 'x') + "\n";
  for (int i = 0; i < 1000; ++i) {
    ring.put_lesser(line.size(), line.size(), [&](char* to, std::size_t) {
      std::memcpy(to, line.data(), line.size());
      return line.size();
    });
  }
  CHECK(ring.readable().size() == 8100);
  CHECK(ring.lost() == 1000 - 81);
  CHECK(ring.lesser_room() < line.size());
  CHECK(ring.room() == 32768 - 8100);
  CHECK(put(ring, std::string(ring.room(), 'x')));
  CHECK(ring.lesser_room() == 0);
}

TEST_CASE("between two threads every byte arrives in order") {
  AuditRing ring(16384);
  constexpr int kLines = 50000;
  std::thread producer([&] {
    for (int i = 0; i < kLines;) {
      if (put(ring, std::to_string(i) + "\n")) {
        ++i;
      } else {
        std::this_thread::yield();
      }
    }
  });
  std::string all;
  for (std::string last = std::to_string(kLines - 1) + "\n"; !all.ends_with("\n" + last);) {
    const std::string_view arrived = view(ring);
    all += arrived;
    ring.consume(arrived.size());
    std::this_thread::yield();
  }
  producer.join();
  std::string expected;
  for (int i = 0; i < kLines; ++i) expected += std::to_string(i) + "\n";
  CHECK(all == expected);
}

}  // namespace
}  // namespace sallyport
