#include "proxy/explanation_budget.h"

#include <doctest/doctest.h>

namespace sallyport {
namespace {

using std::chrono::milliseconds;

TEST_CASE("a client is explained to a few times a second, and others beside it") {
  ExplanationBudget budget;
  const IpAddress one = *IpAddress::parse("10.0.0.1");
  const IpAddress two = *IpAddress::parse("10.0.0.2");
  const ExplanationBudget::Clock::time_point begin{std::chrono::hours(1)};
  for (unsigned i = 0; i < ExplanationBudget::kPerSecond; ++i) CHECK(budget.take(one, begin));
  CHECK_FALSE(budget.take(one, begin + milliseconds(900)));
  CHECK(budget.take(two, begin + milliseconds(900)));
  CHECK(budget.take(one, begin + milliseconds(1000)));
}

TEST_CASE("of many clients in one second the later ones are not explained to") {
  ExplanationBudget budget;
  const ExplanationBudget::Clock::time_point begin{std::chrono::hours(1)};
  for (std::size_t i = 0; i < ExplanationBudget::kClientsMax; ++i) {
    const auto octet = static_cast<std::uint8_t>(i);
    CHECK(budget.take(IpAddress::v4({10, 0, 0, octet}), begin));
  }
  CHECK_FALSE(budget.take(IpAddress::v4({10, 0, 1, 1}), begin));
  CHECK(budget.take(IpAddress::v4({10, 0, 0, 1}), begin));  // it has some left
  CHECK(budget.take(IpAddress::v4({10, 0, 1, 1}), begin + milliseconds(1000)));
}

}  // namespace
}  // namespace sallyport
