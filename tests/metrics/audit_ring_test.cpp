#include "metrics/audit_ring.h"

#include <cstdio>
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
    REQUIRE(put(ring, line));
    REQUIRE(view(ring) == line);
    ring.consume(line.size());
    REQUIRE(ring.readable().empty());
    REQUIRE(ring.used() == 0);
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

std::size_t resident_kib() {
  std::size_t pages = 0;
  std::size_t shared = 0;
  std::size_t resident = 0;
  std::FILE* const file = std::fopen("/proc/self/statm", "re");
  REQUIRE(std::fscanf(file, "%zu %zu %zu", &pages, &resident, &shared) == 3);
  std::fclose(file);
  return shared * 4;  // the ring's memory is shared memory
}

TEST_CASE("a ring that is trimmed gives back what was read, and keeps what was not") {
  AuditRing ring(8 * 1024 * 1024);
  const std::string line = std::string(1023, 'x') + "\n";
  const std::size_t before = resident_kib();
  for (int i = 0; i < 8192; ++i) REQUIRE(put(ring, line));
  ring.consume(8191 * line.size());
  const std::size_t full = resident_kib();
  CHECK(full > before + 6 * 1024);
  ring.trim();
  CHECK(resident_kib() < full - 6 * 1024);
  CHECK(view(ring) == line);
  for (int i = 0; i < 5000; ++i) REQUIRE(put(ring, line));
  CHECK(view(ring).size() == 5001 * line.size());
  CHECK(view(ring).ends_with(line));
  CHECK(view(ring).substr(4'000'000).find_first_not_of("x\n") == std::string_view::npos);
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
