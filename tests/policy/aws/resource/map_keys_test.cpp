#include "policy/aws/resource/map_keys.h"

#include <string>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

TEST_CASE("A map has each key once") {
  MapKeys keys;
  keys.open();
  for (const std::string_view key : {"a", "b", "", "ab", "ba"}) keys.add(key, true);
  CHECK(keys.close());
  keys.open();
  for (const std::string_view key : {"a", "b", "c", "a"}) keys.add(key, false);
  CHECK_FALSE(keys.close());
  keys.open();
  for (const std::string_view key : {"", "b", ""}) keys.add(key, false);
  CHECK_FALSE(keys.close());
}

TEST_CASE(
    "Keys that differ in case alone are two where nobody follows them, and one where one is") {
  MapKeys keys;
  keys.open();
  keys.add("RoleArn", false);
  keys.add("roleArn", false);
  CHECK(keys.close());
  keys.open();
  keys.add("RoleArn", false);
  keys.add("other", false);
  keys.add("roleArn", true);
  CHECK_FALSE(keys.close());
  keys.open();  // beyond ASCII nothing has a case
  keys.add("\xc3\x84", true);
  keys.add("\xc3\xa4", true);
  CHECK(keys.close());
}

TEST_CASE("A map inside another does not know the other's keys") {
  MapKeys keys;
  keys.open();
  keys.add("a", true);
  keys.open();
  keys.add("a", true);
  keys.add("b", true);
  CHECK(keys.close());
  keys.add("b", true);
  keys.open();
  CHECK(keys.close());
  CHECK(keys.close());
}

TEST_CASE("The same key is found among many") {
  MapKeys keys;
  keys.open();
  for (int i = 0; i < 10'000; ++i) keys.add(std::to_string(i), false);
  CHECK(keys.close());
  keys.open();
  for (int i = 0; i < 10'000; ++i) keys.add(std::to_string(i), false);
  keys.add("4711", false);
  CHECK_FALSE(keys.close());
}

}  // namespace
}  // namespace sallyport
