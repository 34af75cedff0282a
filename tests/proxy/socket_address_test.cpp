#include "proxy/socket_address.h"

#include <doctest/doctest.h>

namespace sallyport {
namespace {

TEST_CASE("a socket address holds address and port in network order, of both families") {
  sockaddr_storage out{};
  CHECK(to_sockaddr(IpAddress::v4({192, 0, 2, 1}), 443, out) == sizeof(sockaddr_in));
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(out);
  CHECK(v4.sin_family == AF_INET);
  CHECK(ntohs(v4.sin_port) == 443);
  CHECK(ntohl(v4.sin_addr.s_addr) == 0xc0000201);
  out = {};
  CHECK(to_sockaddr(*IpAddress::parse("2001:db8::1"), 8443, out) == sizeof(sockaddr_in6));
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(out);
  CHECK(v6.sin6_family == AF_INET6);
  CHECK(ntohs(v6.sin6_port) == 8443);
  CHECK(v6.sin6_addr.s6_addr[0] == 0x20);
  CHECK(v6.sin6_addr.s6_addr[15] == 1);
}

TEST_CASE("an address survives the way there and back; other families have none") {
  for (const char* text : {"192.0.2.1", "0.0.0.0", "2001:db8::1", "::ffff:192.0.2.1"}) {
    CAPTURE(text);
    sockaddr_storage out{};
    to_sockaddr(*IpAddress::parse(text), 443, out);
    CHECK(address_of(reinterpret_cast<const sockaddr*>(&out)) == IpAddress::parse(text));
  }
  sockaddr_storage other{};
  other.ss_family = AF_UNIX;
  CHECK_FALSE(address_of(reinterpret_cast<const sockaddr*>(&other)));
  CHECK_FALSE(address_of(nullptr));
}

}  // namespace
}  // namespace sallyport
