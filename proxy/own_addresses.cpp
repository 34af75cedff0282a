#include "proxy/own_addresses.h"

#include <ifaddrs.h>

#include <algorithm>

#include "proxy/socket_address.h"

namespace sallyport {
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
