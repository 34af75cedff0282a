#include "policy/aws/name_case.h"

#include <doctest/doctest.h>

namespace sallyport {
namespace {

TEST_CASE("names are compared without regard to the case of ASCII letters alone") {
  CHECK(is_same_name("aB-1", "Ab-1"));
  CHECK_FALSE(is_same_name("a", "ab"));
  CHECK_FALSE(is_same_name("\xc3\xa4", "\xc3\x84"));
  CHECK_FALSE(is_same_name("[", "{"));
  CHECK(is_name("X-Amz-Date", "x-amz-date"));
  CHECK_FALSE(is_name("X-Amz-Dat", "x-amz-date"));
}

}  // namespace
}  // namespace sallyport
