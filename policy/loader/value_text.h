// The values of a policy file that have a grammar of their own, read from their text: numbers,
// durations, sizes, times, ports, addresses, names. Pure and strict: one spelling, one reading.
// Where nothing is returned, `error` says what would be right.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policy/rule.h"
#include "policy/values/facts.h"
#include "policy/values/ip_address.h"

namespace sallyport {

/// Decimal digits without sign or leading zero.
std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t min,
                                          std::uint64_t max, std::string& error);

/// `500ms`, `30s`, `16m` or `1h`, from 1 ms to 168 h.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text, std::string& error);

/// Bytes, or `64KiB`, `16MiB`, `1GiB`.
std::optional<std::uint64_t> parse_size(std::string_view text, std::uint64_t min, std::uint64_t max,
                                        std::string& error);

/// A time of RFC 3339 with its zone: `2026-12-24T18:00:00Z`, `2026-12-24T19:00:00+01:00`.
std::optional<TimePoint> parse_time(std::string_view text, std::string& error);

/// `443` or `8000-8010`.
std::optional<PortRange> parse_ports(std::string_view text, std::string& error);

/// An address and a port.
struct SocketAddress {
  IpAddress address;
  std::uint16_t port = 0;
};

/// `127.0.0.1:3128` or `[::1]:3128`; the port may be absent only where `default_port` is not 0.
std::optional<SocketAddress> parse_socket_address(std::string_view text, std::uint16_t default_port,
                                                  std::string& error);

/// `[a-z0-9][a-z0-9_-]*`, up to 64: names of rules, clients and host sets.
bool is_policy_name(std::string_view text);

/// A size as people write it: `64KiB`, `1000`.
std::string size_text(std::uint64_t bytes);

}  // namespace sallyport
