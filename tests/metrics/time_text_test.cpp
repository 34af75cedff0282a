#include "metrics/time_text.h"

#include <doctest/doctest.h>

namespace sallyport {
namespace {

TEST_CASE("times are RFC 3339 in UTC with microseconds, within a second and across them") {
  struct Row {
    std::int64_t micros;
    const char* text;
  };
  const Row rows[] = {
      {0, "1970-01-01T00:00:00.000000Z"},
      {1, "1970-01-01T00:00:00.000001Z"},
      {999'999, "1970-01-01T00:00:00.999999Z"},
      {1'000'000, "1970-01-01T00:00:01.000000Z"},
      {951'782'399'500'000, "2000-02-28T23:59:59.500000Z"},
      {951'782'400'000'000, "2000-02-29T00:00:00.000000Z"},
      {1'798'135'200'000'042, "2026-12-24T18:00:00.000042Z"},
      {4'107'542'400'000'000, "2100-03-01T00:00:00.000000Z"},
      {-5, "1970-01-01T00:00:00.000000Z"},
  };
  TimeText time_text;
  for (const Row& row : rows) {
    CHECK(time_text.of(TimePoint(std::chrono::microseconds(row.micros))) == row.text);
    if (row.micros >= 0) CHECK(time_of_text(row.text)->time_since_epoch().count() == row.micros);
  }
}

TEST_CASE("what is not written so, or is no time, is not read as one") {
  CHECK(time_of_text("9999-12-31T23:59:59.999999Z").has_value());
  for (const char* text :
       {"", "2026-12-24", "2026-12-24T18:00:00Z", "2026-12-24T18:00:00.000042",
        "2026-12-24T18:00:00.000042+", "2026-12-24 18:00:00.000042Z", "2026-12-24T18:00:00.00004xZ",
        "2026-12-24T18:00:00.000042Zx", "2026-13-24T18:00:00.000042Z",
        "2026-00-24T18:00:00.000042Z", "2026-02-29T18:00:00.000042Z", "2026-12-00T18:00:00.000042Z",
        "2026-12-24T24:00:00.000042Z", "2026-12-24T18:60:00.000042Z", "2026-12-24T18:00:60.000042Z",
        "1969-12-31T23:59:59.999999Z", "-026-12-24T18:00:00.000042Z"}) {
    CAPTURE(text);
    CHECK_FALSE(time_of_text(text).has_value());
  }
}

}  // namespace
}  // namespace sallyport
