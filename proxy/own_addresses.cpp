#include "proxy/own_addresses.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <optional>

namespace sallyport {
namespace {

std::optional<IpAddress> address_of(const sockaddr* socket_address) {
  if (socket_address == nullptr) return std::nullopt;
  if (socket_address->sa_family == AF_INET) {
    std::array<std::uint8_t, 4> bytes{};
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(socket_address);
    std::memcpy(bytes.data(), &v4->sin_addr, bytes.size());
    return IpAddress::v4(bytes);
  }
  if (socket_address->sa_family == AF_INET6) {
    std::array<std::uint8_t, 16> bytes{};
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(socket_address);
    std::memcpy(bytes.data(), &v6->sin6_addr, bytes.size());
    return IpAddress::v6(bytes);
  }
  return std::nullopt;
}

}  // namespace

OwnAddresses read_own_addresses(const std::vector<IpAddress>& listeners, OwnAddresses before) {
  ifaddrs* interfaces = nullptr;
  if (::getifaddrs(&interfaces) != 0) {
    if (before) return before;
    interfaces = nullptr;
  }
  std::vector<IpAddress> addresses = listeners;
  for (const ifaddrs* each = interfaces; each != nullptr; each = each->ifa_next) {
    if (const auto address = address_of(each->ifa_addr)) addresses.push_back(*address);
  }
  if (interfaces != nullptr) ::freeifaddrs(interfaces);
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  return std::make_shared<const std::vector<IpAddress>>(std::move(addresses));
}

}  // namespace sallyport
