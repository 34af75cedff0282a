#include "proxy/resolution.h"

#include <doctest/doctest.h>

#include "tests/proxy/resolver_fixture.h"

using namespace sallyport;
using namespace sallyport::testing;

namespace {

std::vector<IpAddress> addresses(std::string_view list) {
  std::vector<IpAddress> all;
  while (!list.empty()) {
    const auto one = list.substr(0, list.find(' '));
    all.push_back(IpAddress::parse(one).value());
    list.remove_prefix(std::min(list.size(), one.size() + 1));
  }
  return all;
}

}  // namespace

TEST_CASE("families alternate, IPv6 first, without repetitions") {
  struct Row {
    std::string_view v6;
    std::string_view v4;
    std::string_view ordered;
  };
  for (const Row& row : {
           Row{"", "", ""},
           Row{"", "10.0.0.1 10.0.0.2", "10.0.0.1 10.0.0.2"},
           Row{"fd00::1", "", "fd00::1"},
           Row{"fd00::1 fd00::2 fd00::3", "10.0.0.1", "fd00::1 10.0.0.1 fd00::2 fd00::3"},
           Row{"fd00::1", "10.0.0.2 10.0.0.1", "fd00::1 10.0.0.2 10.0.0.1"},
           Row{"fd00::1 fd00::1", "10.0.0.1 10.0.0.1", "fd00::1 10.0.0.1"},
       }) {
    const auto ordered = in_dial_order(addresses(row.v6), addresses(row.v4));
    CHECK(text(Resolution{.addresses = ordered, .outcome = Resolution::Outcome::ok}) ==
          row.ordered);
  }
}

TEST_CASE("64 addresses are kept, of both families where there are both") {
  std::vector<IpAddress> v6;
  std::vector<IpAddress> v4;
  for (std::uint8_t i = 0; i < 100; ++i) {
    v4.push_back(IpAddress::v4({10, 0, 0, i}));
    v6.push_back(IpAddress::v6({0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, i}));
  }
  const auto both = in_dial_order(v6, v4);
  CHECK(both.size() == 64);
  CHECK(std::ranges::count_if(both, &IpAddress::is_v4) == 32);
  CHECK(in_dial_order({}, v4).size() == 64);
}
