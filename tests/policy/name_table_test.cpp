#include "policy/name_table.h"

#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

std::uint32_t find(const NameTable& table, std::uint32_t scope, std::string_view name) {
  return table.find(scope, name, NameTable::hash_of(name));
}

TEST_CASE("an empty table holds nothing") {
  const NameTable table;
  CHECK(find(table, 0, "") == 0);
  CHECK(find(table, 0, "a.org") == 0);
}

TEST_CASE("a name has one number, and another in another scope") {
  NameTable table;
  CHECK(table.number_of(0, "a.org") == 0);
  table.number_of(0, "a.org") = 7;
  table.number_of(1, "a.org") = 8;
  CHECK(table.number_of(0, "a.org") == 7);
  CHECK(find(table, 0, "a.org") == 7);
  CHECK(find(table, 1, "a.org") == 8);
  CHECK(find(table, 2, "a.org") == 0);
  CHECK(find(table, 0, "b.org") == 0);
  CHECK(find(table, 0, "a.or") == 0);
  CHECK(find(table, 0, "xa.org") == 0);
  table.number_of(0, "a.org") = 9;
  CHECK(find(table, 0, "a.org") == 9);
}

TEST_CASE("the hash of a name's end is known on the way to that of the name") {
  NameTable::Hash hash = NameTable::hash_of("example.org");
  for (const char c : {'.', 'w', 'w', 'w'}) hash.prepend(c);
  NameTable table;
  table.number_of(3, "www.example.org") = 5;
  CHECK(table.find(3, "www.example.org", hash) == 5);
}

TEST_CASE("names of every length are told apart") {
  NameTable table;
  for (std::uint32_t length = 0; length <= 255; ++length) {
    table.number_of(0, std::string(length, 'a')) = length + 1;
  }
  for (std::uint32_t length = 0; length <= 255; ++length) {
    CHECK(find(table, 0, std::string(length, 'a')) == length + 1);
  }
}

TEST_CASE("it holds what a map holds, over 100,000 names in a few scopes") {
  NameTable table;
  std::map<std::pair<std::uint32_t, std::string>, std::uint32_t> expected;
  std::mt19937 random(20'260'820);
  const auto any = [&] {
    return std::pair(static_cast<std::uint32_t>(random() % 4), std::to_string(random() % 60'000));
  };
  for (std::uint32_t number = 1; number <= 100'000; ++number) {
    const auto key = any();
    table.number_of(key.first, key.second) = number;
    expected[key] = number;
  }
  int mismatches = 0;
  int found = 0;
  for (int i = 0; i < 100'000; ++i) {
    const auto key = any();
    const auto known = expected.find(key);
    const std::uint32_t number = known == expected.end() ? 0 : known->second;
    if (find(table, key.first, key.second) != number) ++mismatches;
    if (number != 0) ++found;
  }
  CHECK(mismatches == 0);
  CHECK(found > 10'000);
  CHECK(found < 90'000);
}

}  // namespace
}  // namespace sallyport
