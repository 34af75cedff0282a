#include "metrics/top_hosts.h"

#include <string>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

TEST_CASE(
    "a host asked for more often than total/capacity is always there, never counted too low") {
  TopHosts top(10);
  for (int i = 0; i < 1000; ++i) {
    top.count("noise" + std::to_string(i));
    if (i % 4 == 0) top.count("often.example");
  }
  const auto entries = top.entries();
  CHECK(entries.size() == 10);
  const auto best = most_blocked(entries, 1);
  REQUIRE(best.size() == 1);
  CHECK(best[0].host == "often.example");
  CHECK(best[0].attempts >= 250);
}

TEST_CASE("the workers' counts of one host are summed, and order is by count, then by name") {
  const auto best = most_blocked({{"b", 2}, {"a", 2}, {"c", 1}, {"c", 4}, {"d", 1}}, 3);
  REQUIRE(best.size() == 3);
  CHECK(best[0].host == "c");
  CHECK(best[0].attempts == 5);
  CHECK(best[1].host == "a");
  CHECK(best[2].host == "b");
}

}  // namespace
}  // namespace sallyport
