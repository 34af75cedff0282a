#include "policy/values/take_part.h"

#include <doctest/doctest.h>

namespace sallyport {
namespace {

TEST_CASE("parts are taken off the front, up to a separator") {
  std::string_view text = "a::b";
  CHECK(take_until(text, ':') == "a");
  CHECK(take_until(text, ':') == "");
  CHECK(take_until(text, ':') == "b");
  CHECK(text.empty());
  CHECK(take_until(text, ':') == "");
}

TEST_CASE("parts are taken off the end, behind a separator; without one, nothing is taken") {
  std::string_view text = "a/b/";
  CHECK(take_last(text, '/') == "");
  CHECK(take_last(text, '/') == "b");
  CHECK(text == "a");
  CHECK(take_last(text, '/') == "");
  CHECK(text == "a");
}

}  // namespace
}  // namespace sallyport
