// Between IpAddress and the kernel's socket addresses. Pure functions.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>

#include "policy/values/ip_address.h"

namespace sallyport {

/// A socket address; returns its size.
socklen_t to_sockaddr(const IpAddress& address, std::uint16_t port, sockaddr_storage& out);

/// The address in a socket address; nothing for null and for families other than IPv4 and IPv6.
std::optional<IpAddress> address_of(const sockaddr* from);

}  // namespace sallyport
