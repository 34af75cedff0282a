#include "proxy/commands/duplicate_key.h"

#include <doctest/doctest.h>

namespace sallyport {
namespace {

TEST_CASE("a key that stands twice in one object is found, at any depth and however it is spelt") {
  struct Row {
    std::string_view json;
    std::string_view twice;
  };
  const Row rows[] = {
      {R"({"url": "a", "url": "b"})", "url"},
      {R"({"url": "a", "u\u0072l": "b"})", "url"},
      {R"({"a": {"b": [{"c": 1, "c": 2}]}})", "c"},
      {R"({"": 1, "": 2})", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.json);
    CHECK(duplicate_key(row.json).value_or("none") == row.twice);
  }
}

TEST_CASE("the same key in two objects is no duplicate") {
  for (const std::string_view json :
       {R"({"a": {"a": 1}, "b": {"a": 1}})", R"([{"a": 1}, {"a": 1}])", "{}", "[]", "1"}) {
    CAPTURE(json);
    CHECK_FALSE(duplicate_key(json));
  }
}

}  // namespace
}  // namespace sallyport
