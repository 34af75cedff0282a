// Where a DNS server is reached, as a plain value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policy/values/ip_address.h"

namespace sallyport {

/// Where a DNS server listens, UDP and TCP alike.
struct ServerAddress {
  IpAddress address;
  std::uint16_t port = 53;

  /// Reads `10.0.0.2`, `10.0.0.2:5353`, `fd00::2`, `[fd00::2]` or `[fd00::2]:5353`. A name, port 0,
  /// a scope id or anything else: nothing.
  static std::optional<ServerAddress> parse(std::string_view text);

  /// `10.0.0.2:53`, `[fd00::2]:53`.
  std::string text() const;

  friend bool operator==(const ServerAddress&, const ServerAddress&) = default;
};

}  // namespace sallyport
