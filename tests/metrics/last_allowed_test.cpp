#include "metrics/last_allowed.h"

#include <string>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

using namespace std::chrono_literals;

const TimePoint kNoon{1798113600s};

TEST_CASE("the last host counts from when its attempt began until five seconds after its end") {
  LastAllowed last(10);
  last.note("10.0.0.1", "a.example", kNoon, kNoon + 2s);
  const struct {
    const char* client;
    std::chrono::microseconds after;
    const char* host;
  } rows[] = {
      {"10.0.0.1", -1us, ""},        {"10.0.0.1", 0us, "a.example"}, {"10.0.0.1", 1s, "a.example"},
      {"10.0.0.1", 7s, "a.example"}, {"10.0.0.1", 7s + 1us, ""},     {"10.0.0.2", 1s, ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.client);
    CAPTURE(row.after.count());
    CHECK(last.before(row.client, kNoon + row.after) == row.host);
  }
  last.note("10.0.0.1", "b.example", kNoon + 3s, kNoon + 3s);
  CHECK(last.before("10.0.0.1", kNoon + 4s) == "b.example");
  CHECK(last.before("10.0.0.1", kNoon + 2s).empty());
}

TEST_CASE("clients are few, and those allowed longest ago go first") {
  LastAllowed last(100);
  for (int i = 0; i < 60; ++i) last.note("old" + std::to_string(i), "a.example", kNoon, kNoon);
  const TimePoint later = kNoon + 6s;
  for (int i = 0; i < 41; ++i) last.note("new" + std::to_string(i), "b.example", later, later);
  CHECK(last.size() == 41);
  CHECK(last.before("new0", later) == "b.example");
  for (int i = 0; i < 10'000; ++i) {
    last.note("more" + std::to_string(i), "c.example", later, later);
    REQUIRE(last.size() <= 100);
    REQUIRE(last.before("more" + std::to_string(i), later) == "c.example");
  }
}

}  // namespace
}  // namespace sallyport
