#include "proxy/descriptors.h"

#include <sys/resource.h>

#include <optional>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

TEST_CASE(
    "connections that a descriptor limit carries: two sockets each, beside what else is open") {
  struct Row {
    std::uint64_t descriptors;
    std::size_t workers;
    std::uint32_t connections;
  };
  const Row rows[] = {
      {65536, 1, 32512},   // (65,536 - 64 - (48 + 64 idle origins) - 336) / 2
      {65536, 16, 31672},  // (65,536 - 64 - 16 * (48 + 64) - 336) / 2
      {1024, 1, 256},      // half is kept for connections, whatever else is wanted
      {1024, 64, 256},    {4, 1, 1}, {1, 1, 0}, {0, 1, 0}, {1ULL << 63, 1, 0xffffffff},  // no limit
  };
  for (const Row& row : rows) {
    CAPTURE(row.descriptors);
    CAPTURE(row.workers);
    CHECK(connections_carried(row.descriptors, row.workers) == row.connections);
    CHECK(2 * std::uint64_t{connections_carried(row.descriptors, row.workers)} <= row.descriptors);
  }
}

TEST_CASE("one client leaves half of all connections to the others, unless it is written") {
  struct Row {
    std::optional<std::uint32_t> written;
    std::uint32_t all;
    std::uint32_t of_one;
  };
  const Row rows[] = {
      {std::nullopt, 9500, 512}, {std::nullopt, 1024, 512},
      {std::nullopt, 1023, 511}, {std::nullopt, 300, 150},
      {std::nullopt, 1, 1},      {9300, 9500, 9300},
      {512, 300, 512},           {1, 9500, 1},
  };
  for (const Row& row : rows) {
    CAPTURE(row.all);
    CHECK(connections_of_one_client(row.written, row.all) == row.of_one);
  }
}

TEST_CASE("the soft limit becomes the hard one") {
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit low{256, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
  CHECK(raise_descriptor_limit() == before.rlim_max);
  rlimit after{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &after) == 0);
  CHECK(after.rlim_cur == before.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace sallyport
