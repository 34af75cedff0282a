#include "metrics/counted_names.h"

#include <map>
#include <string>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

TEST_CASE("names come most first, then those blocked more, then by name; an allow is no block") {
  CountedNames names(100);
  const auto count = [&](const char* name, int blocks, int would_blocks) {
    for (int i = 0; i < blocks; ++i) names.count(name, Decision::block);
    for (int i = 0; i < would_blocks; ++i) names.count(name, Decision::would_block);
  };
  count("c", 1, 2);
  count("b", 2, 1);
  count("e", 0, 1);
  count("a", 2, 1);
  count("d", 0, 9);
  names.count("f", Decision::allow);
  CHECK(names.size() == 5);
  CHECK(names.missed_max() == 0);
  std::string order;
  for (const auto& row : names.most(10)) order += row.name;
  CHECK(order == "dabce");
  const auto most = names.most(2);
  REQUIRE(most.size() == 2);
  CHECK(most[0].count == BlockedCount{.block = 0, .would_block = 9});
  CHECK(most[1].count == BlockedCount{.block = 2, .would_block = 1});
  CHECK(names.most(0).empty());
  CHECK(names.all().size() == 5);
}

TEST_CASE("of any number of names few are kept, and no count is off by more than is said") {
  for (const std::size_t names_max : {2U, 3U, 10U, 64U}) {
    CountedNames names(names_max);
    std::map<std::string, std::uint64_t> exact;
    std::uint64_t seed = names_max;
    for (int i = 0; i < 20'000; ++i) {
      seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
      const std::uint64_t drawn = seed >> 33U;
      // Half are of a few names, half are seldom the same.
      const std::string name = std::to_string(drawn % 2 == 0 ? drawn % 10 : drawn % 50'000);
      names.count(name, drawn % 3 == 0 ? Decision::block : Decision::would_block);
      ++exact[name];
      REQUIRE(names.size() <= names_max);
    }
    CAPTURE(names_max);
    std::map<std::string, std::uint64_t> told;
    for (const auto& row : names.all()) told[std::string(row.name)] = row.count.sum();
    CHECK(names.missed_max() > 0);
    for (const auto& [name, count] : exact) {
      CHECK(told[name] <= count);
      CHECK(count <= told[name] + names.missed_max());
    }
  }
}

TEST_CASE("a flood of names that come once does not drown those that come often") {
  CountedNames names(1000);
  for (int i = 0; i < 100'000; ++i) {
    names.count("flood" + std::to_string(i), Decision::block);
    if (i % 20 == 0) names.count("often", Decision::block);
  }
  const auto most = names.most(1);
  REQUIRE(most.size() == 1);
  CHECK(most[0].name == "often");
  CHECK(most[0].count.block == 5000);  // it was never among those counted least
  CHECK(names.missed_max() < 250);
}

}  // namespace
}  // namespace sallyport
