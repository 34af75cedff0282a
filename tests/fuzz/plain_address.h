// Addresses judged a second time, slowly: an address is a text of its bits, a range the text that
// they begin with, and the longest range that fits decides. The ranges are IANA's three registries
// as they are published, then what DESIGN.md and SEMANTICS.md section 9 decide beyond them; no row
// comes from the gate's own table. The oracle of policy/values/ip_address.h.
#pragma once

#include <arpa/inet.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/require.h"

namespace sallyport::fuzz {

/// Of an address text as inet_pton(3) reads it: its 4 or 16 bytes.
inline std::optional<std::string> bytes_of_address(const std::string& text) {
  unsigned char bytes[16];
  if (text.find('\0') != std::string::npos) return std::nullopt;
  if (inet_pton(AF_INET, text.c_str(), bytes) == 1) {
    return std::string(reinterpret_cast<const char*>(bytes), 4);
  }
  if (inet_pton(AF_INET6, text.c_str(), bytes) == 1) {
    return std::string(reinterpret_cast<const char*>(bytes), 16);
  }
  return std::nullopt;
}

/// `1` and `0` for each bit of some bytes.
inline std::string bits_of(std::string_view bytes) {
  std::string bits;
  bits.reserve(8 * bytes.size());
  for (const char byte : bytes) {
    for (int bit = 7; bit >= 0; --bit) bits += (static_cast<unsigned char>(byte) >> bit & 1) + '0';
  }
  return bits;
}

enum class PlainClass : std::uint8_t { global, may_be_allowed, never };

/// One block of a registry.
struct Block {
  const char* network;
  PlainClass verdict;
};

inline constexpr auto kReachable = PlainClass::global;
inline constexpr auto kNot = PlainClass::never;
inline constexpr auto kPrivate = PlainClass::may_be_allowed;

/// In the registries' order; the verdict is their column "Globally Reachable".
inline constexpr Block kBlocks[] = {
    // IANA IPv4 Special-Purpose Address Registry.
    {"0.0.0.0/8", kNot},
    {"0.0.0.0/32", kNot},
    {"10.0.0.0/8", kPrivate},
    {"100.64.0.0/10", kPrivate},
    {"127.0.0.0/8", kNot},
    {"169.254.0.0/16", kNot},
    {"172.16.0.0/12", kPrivate},
    {"192.0.0.0/24", kNot},
    {"192.0.0.0/29", kNot},
    {"192.0.0.8/32", kNot},
    {"192.0.0.9/32", kReachable},
    {"192.0.0.10/32", kReachable},
    {"192.0.0.170/32", kNot},
    {"192.0.0.171/32", kNot},
    {"192.0.2.0/24", kNot},
    {"192.31.196.0/24", kReachable},
    {"192.52.193.0/24", kReachable},
    {"192.88.99.0/24", kNot},  // deprecated, RFC 7526
    {"192.88.99.2/32", kNot},
    {"192.168.0.0/16", kPrivate},
    {"192.175.48.0/24", kReachable},
    {"198.18.0.0/15", kPrivate},
    {"198.51.100.0/24", kNot},
    {"203.0.113.0/24", kNot},
    {"240.0.0.0/4", kNot},
    {"255.255.255.255/32", kNot},
    // IANA IPv6 Special-Purpose Address Registry.
    {"::1/128", kNot},
    {"::/128", kNot},
    {"::ffff:0:0/96", kNot},
    {"64:ff9b:1::/48", kNot},
    {"100::/64", kNot},
    {"100:0:0:1::/64", kNot},
    {"2001::/23", kNot},
    {"2001::/32", kNot},  // Teredo
    {"2001:1::1/128", kReachable},
    {"2001:1::2/128", kReachable},
    {"2001:1::3/128", kReachable},
    {"2001:2::/48", kNot},
    {"2001:3::/32", kReachable},
    {"2001:4:112::/48", kReachable},
    {"2001:10::/28", kNot},
    {"2001:20::/28", kNot},  // reachable there; ours to refuse: identifiers, not places
    {"2001:30::/28", kNot},  // likewise
    {"2001:db8::/32", kNot},
    {"2002::/16", kNot},  // 6to4
    {"2620:4f:8000::/48", kReachable},
    {"3fff::/20", kNot},
    {"5f00::/16", kNot},
    {"fc00::/7", kPrivate},
    {"fe80::/10", kNot},
    // IANA Multicast Address Registries, and RFC 4291 2.4: global unicast is in 2000::/3.
    {"224.0.0.0/4", kNot},
    {"ff00::/8", kNot},
    {"::/0", kNot},
    {"2000::/3", kReachable},
    {"0.0.0.0/0", kReachable},
    // IPv4 within IPv6: deprecated compatible, and translated.
    {"::/96", kNot},
    {"::ffff:0:0:0/96", kNot},
    // Metadata and container credentials, here and in other clouds.
    {"169.254.169.254/32", kNot},
    {"169.254.170.2/32", kNot},
    {"169.254.170.23/32", kNot},
    {"100.100.100.200/32", kNot},
    {"168.63.129.16/32", kNot},
    {"fd00:ec2::/32", kNot},
};

/// Requests to these belong in NO_PROXY.
inline constexpr const char* kOfTheMachine[] = {
    "127.0.0.0/8",      "::1/128",           "169.254.169.254/32",
    "169.254.170.2/32", "169.254.170.23/32", "100.100.100.200/32",
    "168.63.129.16/32", "fd00:ec2::/32",
};

/// A block as the text of the bits that its addresses begin with, of `width` that they have.
struct Prefix {
  explicit Prefix(const Block& block) : Prefix(block.network) { verdict = block.verdict; }
  explicit Prefix(const std::string& network) {
    const std::size_t slash = network.find('/');
    bits = bits_of(bytes_of_address(network.substr(0, slash)).value());
    width = bits.size();
    const std::size_t length = std::stoul(network.substr(slash + 1));
    require(bits.find('1', length) == std::string::npos, "a block of the table has no host bits");
    bits.resize(length);
  }
  bool holds(const std::string& address) const {
    return address.size() == width && address.starts_with(bits);
  }

  std::string bits;
  std::size_t width = 0;
  PlainClass verdict = kNot;
};

inline const std::vector<Prefix>& prefixes() {
  static const std::vector<Prefix> all(std::begin(kBlocks), std::end(kBlocks));
  return all;
}

/// 64:ff9b::/96 carries the IPv4 address that is judged.
inline std::string judged_bits(const std::string& bits) {
  static const Prefix nat64("64:ff9b::/96");
  return nat64.holds(bits) ? bits.substr(96) : bits;
}

inline PlainClass class_of(const std::string& bits) {
  const std::string judged = judged_bits(bits);
  const Prefix* longest = nullptr;
  for (const Prefix& each : prefixes()) {
    if (each.holds(judged) && (longest == nullptr || each.bits.size() > longest->bits.size())) {
      longest = &each;
    }
  }
  return longest->verdict;
}

inline bool is_of_the_machine(const std::string& bits) {
  static const std::vector<Prefix> all(std::begin(kOfTheMachine), std::end(kOfTheMachine));
  const std::string judged = judged_bits(bits);
  return std::any_of(all.begin(), all.end(),
                     [&](const Prefix& each) { return each.holds(judged); });
}

}  // namespace sallyport::fuzz
