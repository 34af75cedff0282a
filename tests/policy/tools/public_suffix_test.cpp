#include "policy/tools/public_suffix.h"

#include <string>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

TEST_CASE("anyone can register below public suffixes, and nowhere else") {
  struct Row {
    std::string suffix;
    bool is_open;
  };
  const Row rows[] = {
      {"com", true},
      {"co.uk", true},
      {"uk", true},
      {"github.io", true},
      {"ck", true},
      {"anything.ck", true},
      {"xn--p1ai", true},
      {"cloudfront.net", true},
      {"unlisted", true},
      {"example.org", false},
      {"someone.github.io", false},
      {"www.ck", false},
      {"internal", false},
      {"local", false},
      {"localhost", false},
      {"test", false},
      {"invalid", false},
      {"example", false},
      {"mlflow.internal", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.suffix);
    CHECK(anyone_can_register_below(row.suffix) == row.is_open);
  }
}

}  // namespace
}  // namespace sallyport
