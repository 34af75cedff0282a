#include "proxy/own_addresses.h"

#include <algorithm>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

TEST_CASE("the addresses of interfaces and of listeners are the gate's own, sorted, each once") {
  const IpAddress listener = IpAddress::v4({203, 0, 113, 7});
  const IpAddress local = IpAddress::v4({127, 0, 0, 1});
  const OwnAddresses own = read_own_addresses({listener, listener, local}, nullptr);
  REQUIRE(own);
  CHECK(std::is_sorted(own->begin(), own->end()));
  CHECK(std::adjacent_find(own->begin(), own->end()) == own->end());
  CHECK(std::binary_search(own->begin(), own->end(), listener));
  CHECK(std::binary_search(own->begin(), own->end(), local));
  CHECK_FALSE(std::binary_search(own->begin(), own->end(), IpAddress::v4({203, 0, 113, 8})));
}

TEST_CASE("what was known before is not what is known now") {
  const OwnAddresses before =
      std::make_shared<const std::vector<IpAddress>>(1, IpAddress::v4({203, 0, 113, 8}));
  const OwnAddresses own = read_own_addresses({}, before);
  CHECK_FALSE(std::binary_search(own->begin(), own->end(), (*before)[0]));
}

}  // namespace
}  // namespace sallyport
