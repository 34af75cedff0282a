// host:port, as CONNECT and absolute-form targets carry it (RFC 9110 section 7.2, RFC 3986 3.2).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policy/values/host.h"

namespace sallyport {

/// A canonical host and a port from 1 to 65535.
struct Authority {
  Host host;
  std::uint16_t port = 0;

  /// `host:port`, IPv6 in brackets.
  std::string text() const;
  /// Appends the same.
  void append_to(std::string& out) const;

  friend bool operator==(const Authority& a, const Authority& b) {
    return a.port == b.port && a.host == b.host;
  }
};

/// Reads `host:port`. The port is 1 to 5 decimal digits without a leading zero, in 1..65535; it may
/// be absent only where `default_port` is not 0, and an empty port (`host:`) is always refused.
/// Userinfo, paths, percent and everything Host refuses: nothing.
std::optional<Authority> parse_authority(std::string_view text, std::uint16_t default_port = 0);

}  // namespace sallyport
