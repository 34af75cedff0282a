#include "proxy/socket_address.h"

#include <array>
#include <cstring>

namespace sallyport {

socklen_t to_sockaddr(const IpAddress& address, std::uint16_t port, sockaddr_storage& out) {
  const auto bytes = address.bytes();
  if (address.is_v4()) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(out);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&v4.sin_addr, bytes.data(), bytes.size());
    return sizeof v4;
  }
  auto& v6 = reinterpret_cast<sockaddr_in6&>(out);
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  std::memcpy(&v6.sin6_addr, bytes.data(), bytes.size());
  return sizeof v6;
}

std::optional<IpAddress> address_of(const sockaddr* from) {
  if (from == nullptr) return std::nullopt;
  if (from->sa_family == AF_INET) {
    std::array<std::uint8_t, 4> bytes{};
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(from);
    std::memcpy(bytes.data(), &v4->sin_addr, bytes.size());
    return IpAddress::v4(bytes);
  }
  if (from->sa_family == AF_INET6) {
    std::array<std::uint8_t, 16> bytes{};
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(from);
    std::memcpy(bytes.data(), &v6->sin6_addr, bytes.size());
    return IpAddress::v6(bytes);
  }
  return std::nullopt;
}

}  // namespace sallyport
