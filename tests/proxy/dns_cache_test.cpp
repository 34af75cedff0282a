#include "proxy/dns_cache.h"

#include <doctest/doctest.h>

using namespace sallyport;
using namespace std::chrono_literals;

namespace {

Resolution one(std::uint8_t last) {
  return {.addresses = {IpAddress::v4({192, 0, 2, last})}, .outcome = Resolution::Outcome::ok};
}

const DnsCache::Time kNow{1000s};

}  // namespace

TEST_CASE("an answer is served until its moment, not at it") {
  DnsCache cache(10);
  cache.put("a.test", one(1), kNow + 5s);
  CHECK(cache.find("a.test", kNow) != nullptr);
  CHECK(cache.find("a.test", kNow + 5s - 1ns) != nullptr);
  CHECK(cache.find("a.test", kNow + 5s) == nullptr);
  CHECK(cache.size() == 0);
  CHECK(cache.find("b.test", kNow) == nullptr);
}

TEST_CASE("a newer answer replaces the older one") {
  DnsCache cache(10);
  cache.put("a.test", one(1), kNow + 5s);
  cache.put("a.test", one(2), kNow + 9s);
  REQUIRE(cache.find("a.test", kNow + 6s) != nullptr);
  CHECK(cache.find("a.test", kNow + 6s)->addresses == one(2).addresses);
  CHECK(cache.size() == 1);
}

TEST_CASE("a full cache forgets what was not asked for the longest") {
  DnsCache cache(2);
  cache.put("a.test", one(1), kNow + 5s);
  cache.put("b.test", one(2), kNow + 5s);
  CHECK(cache.find("a.test", kNow) != nullptr);
  cache.put("c.test", one(3), kNow + 5s);
  CHECK(cache.size() == 2);
  CHECK(cache.find("b.test", kNow) == nullptr);
  CHECK(cache.find("a.test", kNow) != nullptr);
  cache.set_capacity(1);
  CHECK(cache.size() == 1);
  CHECK(cache.find("a.test", kNow) != nullptr);
  cache.set_capacity(0);
  cache.put("d.test", one(4), kNow + 5s);
  CHECK(cache.size() == 0);
}

TEST_CASE("a cleared cache is empty and usable") {
  DnsCache cache(2);
  cache.put("a.test", one(1), kNow + 5s);
  cache.clear();
  CHECK(cache.find("a.test", kNow) == nullptr);
  cache.put("a.test", one(1), kNow + 5s);
  CHECK(cache.find("a.test", kNow) != nullptr);
}
