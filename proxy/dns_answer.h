// Reads a DNS message that answers one of our questions for A or AAAA (RFC 1035, 2181, 2308), and
// joins the two answers of a name. Pure: no socket, no clock. The message is hostile input.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "proxy/resolution.h"

namespace sallyport {

/// The types of record that are asked for.
enum class DnsType : std::uint16_t { a = 1, aaaa = 28 };

/// What one question was answered.
struct DnsAnswer {
  enum class Kind : std::uint8_t { addresses, no_such_name, no_data, failed, timed_out };

  Kind kind = Kind::failed;
  std::vector<IpAddress> addresses;  ///< in the message's order, at most `kAddressesPerNameMax`
  /// How long it may be kept. Addresses: the least TTL of them and of the CNAMEs that led there.
  /// no_such_name, no_data: what the SOA record allows (RFC 2308 section 5), 0 without one.
  std::chrono::milliseconds ttl{0};
};

/// The longest that a failure or a time-out is remembered, or that the addresses of one family are
/// used alone because the other family's question failed (SEMANTICS.md section 11).
constexpr std::chrono::milliseconds kFailureKept{1'000};
/// The longest that the absence of a name or of addresses is remembered.
constexpr std::chrono::milliseconds kAbsenceKept{30'000};

/// True if the message says FORMERR: its sender may not know EDNS (RFC 6891 section 7).
bool is_format_error(std::span<const std::uint8_t> message);

/// Reads the answer to the question for `type` of `canonical_name`. Follows CNAMEs within the
/// message from that very name, 16 at most; records of other names count for nothing. A message
/// that is malformed, truncated, no response, answers another question, holds a CNAME loop or an
/// error code: `failed`.
DnsAnswer read_dns_answer(std::span<const std::uint8_t> message, std::string_view canonical_name,
                          DnsType type);

/// A resolution and how long it may be served, counted from the answers' arrival; 0: to those who
/// wait already, and to nobody later.
struct TimedResolution {
  Resolution resolution;
  std::chrono::milliseconds lifetime{0};
};

/// Joins the answers of both families. Addresses of either make it `ok`; else a failure of either
/// outweighs the absence of data in the other; NXDOMAIN speaks for both.
TimedResolution join(const DnsAnswer& v6, const DnsAnswer& v4);

}  // namespace sallyport
