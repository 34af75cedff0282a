#include "proxy/resolv_conf.h"

#include <doctest/doctest.h>

using namespace sallyport;

TEST_CASE("of resolv.conf the first three nameserver lines count and nothing else") {
  const auto servers = parse_resolv_conf(
      "# nameserver 10.9.9.1\n"
      ";nameserver 10.9.9.2\n"
      "search corp.test\n"
      "nameserver 10.0.0.1 # first\n"
      "nameserver\t fd00::2\r\n"
      "nameservers 10.9.9.3\n"
      "nameserver fe80::1%eth0\n"
      "nameserver dns.test\n"
      "nameserver\n"
      "options timeout:1\n"
      "nameserver 10.0.0.3\n"
      "nameserver 10.0.0.4");
  REQUIRE(servers.size() == 3);
  CHECK(servers[0].text() == "10.0.0.1:53");
  CHECK(servers[1].text() == "[fd00::2]:53");
  CHECK(servers[2].text() == "10.0.0.3:53");
  CHECK(parse_resolv_conf("").empty());
}
