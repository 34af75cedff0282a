#include "policy/tools/effort.h"

#include <doctest/doctest.h>

namespace sallyport {
namespace {

TEST_CASE("what is not left is not taken, and nothing is taken instead") {
  Effort effort;
  CHECK_FALSE(effort.take(Effort::kPairsMax + 1));
  CHECK(effort.take(Effort::kPairsMax));
  CHECK_FALSE(effort.take(1));
}

TEST_CASE("where more was spent than was left, nothing is left") {
  Effort effort;
  effort.spend(Effort::kPairsMax - 1);
  CHECK(effort.take(1));
  Effort other;
  other.spend(Effort::kPairsMax + 1);
  CHECK_FALSE(other.take(1));
}

}  // namespace
}  // namespace sallyport
