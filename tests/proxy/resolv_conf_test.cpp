#include "proxy/resolv_conf.h"

#include <doctest/doctest.h>

using namespace sallyport;

TEST_CASE("of resolv.conf the first three nameserver lines count and nothing else") {
  const ResolvConf conf = parse_resolv_conf(
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
  const auto& servers = conf.servers;
  REQUIRE(servers.size() == 3);
  CHECK(servers[0].text() == "10.0.0.1:53");
  CHECK(servers[1].text() == "[fd00::2]:53");
  CHECK(servers[2].text() == "10.0.0.3:53");
  CHECK(conf.unusable == std::vector<std::string>{"fe80::1%eth0", "dns.test"});
  CHECK_FALSE(conf.is_default);
}

TEST_CASE("a resolv.conf that names no server means 127.0.0.1, as for the C library") {
  for (const std::string_view text :
       {"", "search corp.test\n", "nameserver\n# nameserver 10.0.0.1"}) {
    CAPTURE(text);
    const ResolvConf conf = parse_resolv_conf(text);
    REQUIRE(conf.servers.size() == 1);
    CHECK(conf.servers[0].text() == "127.0.0.1:53");
    CHECK(conf.is_default);
    REQUIRE(remarks_on(conf, "/f").size() == 1);
    CHECK(remarks_on(conf, "/f")[0].find("/f names no DNS server: 127.0.0.1 is asked") == 0);
  }
}

TEST_CASE("a server that cannot be asked is named, and nobody is asked in its place") {
  const ResolvConf conf = parse_resolv_conf("nameserver fe80::1%eth0\n");
  CHECK(conf.servers.empty());
  const auto remarks = remarks_on(conf, "/f");
  REQUIRE(remarks.size() == 2);
  CHECK(remarks[0].find("/f: the DNS server fe80::1%eth0 is not asked") == 0);
  CHECK(remarks[1].find("no name is resolved") != std::string::npos);
  CHECK(remarks_on(parse_resolv_conf("nameserver 10.0.0.1\n"), "/f").empty());
}
