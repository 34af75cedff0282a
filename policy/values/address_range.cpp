// The destination guard's table. It holds the IANA IPv4 and IPv6 Special-Purpose Address Registries
// (RFC 6890, RFC 8190 and successors) as of 2026-07, multicast, and what AWS and other clouds
// serve on link-local and unique-local addresses. What was decided where the registries leave room,
// always towards blocking:
//
// - Refused is what they do not call globally reachable. What they do stays global: the anycast
//   services (PCP, TURN, DNS-SD SRP, AMT, AS112), whose blocks inside a refused range are rows
//   here.
// - ORCHIDv2 (RFC 7343) and drone ids (RFC 9374) are listed as reachable too, but name hosts
//   instead of locating them: refused.
// - 2001:2::/48, IPv6's benchmarking range, is refused for good; 198.18.0.0/15 can be allowed by a
//   policy, because networks do use it.
// - IPv4 inside IPv6 has two readings: only NAT64's well-known prefix is unwrapped (RFC 6052),
// since
//   IPv6-only subnets live on it.
// - IPv6 outside 2000::/3 is not allocated for global unicast (RFC 4291 2.4): refused.

#include <initializer_list>

#include "policy/values/ip_address.h"

namespace sallyport {
namespace {

using enum AddressClass;

constexpr std::string_view kLoopback = "loopback";
constexpr std::string_view kMetadata = "metadata";
constexpr std::string_view kContainerCredentials = "container-credentials";
constexpr AddressRange kGlobal{global, "global"};
constexpr AddressRange kReserved{forbidden, "reserved"};

// Throws in constant evaluation alone, where it is a compile error.
constexpr void require(bool holds) {
  if (!holds) throw "a row's address has host bits set, or its prefix is out of range";
}

struct RowV4 {
  consteval RowV4(std::initializer_list<std::uint8_t> octets, unsigned prefix_bits,
                  AddressRange row_range)
      : mask(prefix_bits == 0 ? 0 : ~std::uint32_t{0} << (32 - prefix_bits)), range(row_range) {
    require(octets.size() == 4 && prefix_bits <= 32);
    for (const std::uint8_t octet : octets) base = base << 8 | octet;
    require((base & ~mask) == 0);
  }
  constexpr bool holds(std::uint32_t address) const { return (address & mask) == base; }

  std::uint32_t base = 0;
  std::uint32_t mask;
  AddressRange range;
};

struct Bits128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  friend constexpr Bits128 operator&(const Bits128& a, const Bits128& b) {
    return {a.high & b.high, a.low & b.low};
  }
  friend constexpr bool operator==(const Bits128&, const Bits128&) = default;
};

constexpr Bits128 mask_of(unsigned prefix_bits) {
  constexpr std::uint64_t kOnes = ~std::uint64_t{0};
  if (prefix_bits == 0) return {};
  if (prefix_bits <= 64) return {kOnes << (64 - prefix_bits), 0};
  return {kOnes, kOnes << (128 - prefix_bits)};
}

// Groups that are not written are zero, but for the last of the eight, which is `tail`.
struct RowV6 {
  consteval RowV6(std::initializer_list<std::uint16_t> groups, unsigned prefix_bits,
                  AddressRange row_range, std::uint16_t tail = 0)
      : mask(mask_of(prefix_bits)), range(row_range) {
    require(groups.size() <= 7 && prefix_bits <= 128);
    unsigned place = 0;
    for (const std::uint16_t group : groups) {
      (place < 4 ? base.high : base.low) |= std::uint64_t{group} << (48 - 16 * (place % 4));
      ++place;
    }
    base.low |= tail;
    require((base & mask) == base);
  }
  constexpr bool holds(const Bits128& address) const { return (address & mask) == base; }

  Bits128 base{};
  Bits128 mask;
  AddressRange range;
};

// In each table the first row that holds an address decides: exceptions stand before their range.
constexpr RowV4 kRowsV4[] = {
    {{0, 0, 0, 0}, 32, {forbidden, "unspecified"}},
    {{0, 0, 0, 0}, 8, {forbidden, "this-network"}},
    {{10, 0, 0, 0}, 8, {private_range, "private"}},
    {{100, 100, 100, 200}, 32, {forbidden, kMetadata}},  // of Alibaba's cloud
    {{100, 64, 0, 0}, 10, {private_range, "shared"}},
    {{127, 0, 0, 0}, 8, {forbidden, kLoopback}},
    {{168, 63, 129, 16}, 32, {forbidden, kMetadata}},  // of Azure, an address that is public else
    {{169, 254, 169, 254}, 32, {forbidden, kMetadata}},
    {{169, 254, 170, 2}, 32, {forbidden, kContainerCredentials}},   // ECS
    {{169, 254, 170, 23}, 32, {forbidden, kContainerCredentials}},  // EKS
    {{169, 254, 0, 0}, 16, {forbidden, "link-local"}},
    {{172, 16, 0, 0}, 12, {private_range, "private"}},
    {{192, 0, 0, 9}, 32, kGlobal},   // PCP anycast, RFC 7723
    {{192, 0, 0, 10}, 32, kGlobal},  // TURN anycast, RFC 8155
    {{192, 0, 0, 0}, 24, {forbidden, "protocol-assignment"}},
    {{192, 0, 2, 0}, 24, {forbidden, "documentation"}},
    {{192, 88, 99, 0}, 24, {forbidden, "6to4-relay"}},
    {{192, 168, 0, 0}, 16, {private_range, "private"}},
    {{198, 18, 0, 0}, 15, {private_range, "benchmarking"}},
    {{198, 51, 100, 0}, 24, {forbidden, "documentation"}},
    {{203, 0, 113, 0}, 24, {forbidden, "documentation"}},
    {{224, 0, 0, 0}, 4, {forbidden, "multicast"}},
    {{255, 255, 255, 255}, 32, {forbidden, "broadcast"}},
    {{240, 0, 0, 0}, 4, kReserved},
};

// Exceptions within 2000::/3, which is global otherwise.
constexpr RowV6 kRowsGlobalUnicast[] = {
    {{0x2001}, 32, {forbidden, "teredo"}},
    {{0x2001, 0x1}, 128, kGlobal, 1},  // PCP anycast, RFC 7723
    {{0x2001, 0x1}, 128, kGlobal, 2},  // TURN anycast, RFC 8155
    {{0x2001, 0x1}, 128, kGlobal, 3},  // DNS-SD SRP anycast, RFC 9665
    {{0x2001, 0x2}, 48, {forbidden, "benchmarking"}},
    {{0x2001, 0x3}, 32, kGlobal},         // AMT, RFC 7450
    {{0x2001, 0x4, 0x112}, 48, kGlobal},  // AS112, RFC 7535
    {{0x2001, 0x10}, 28, {forbidden, "orchid"}},
    {{0x2001, 0x20}, 28, {forbidden, "orchid"}},
    {{0x2001, 0x30}, 28, {forbidden, "drone-id"}},
    {{0x2001}, 23, {forbidden, "protocol-assignment"}},
    {{0x2001, 0xdb8}, 32, {forbidden, "documentation"}},
    {{0x2002}, 16, {forbidden, "6to4"}},
    {{0x3fff}, 20, {forbidden, "documentation"}},
};

// The rest of IPv6, which is reserved otherwise. 64:ff9b::/96 never gets here.
constexpr RowV6 kRowsElsewhere[] = {
    {{}, 128, {forbidden, "unspecified"}},
    {{}, 128, {forbidden, kLoopback}, 1},
    {{}, 96, {forbidden, "ipv4-compatible"}},
    {{0, 0, 0, 0, 0, 0xffff}, 96, {forbidden, "ipv4-mapped"}},
    {{0, 0, 0, 0, 0xffff}, 96, {forbidden, "ipv4-translated"}},
    {{0x64, 0xff9b, 0x1}, 48, {forbidden, "nat64-local"}},
    {{0x100}, 64, {forbidden, "discard-only"}},
    {{0x100, 0, 0, 1}, 64, {forbidden, "dummy"}},
    {{0x5f00}, 16, {forbidden, "srv6-sid"}},
    {{0xfd00, 0xec2}, 128, {forbidden, kContainerCredentials}, 0x23},  // EKS
    {{0xfd00, 0xec2}, 32, {forbidden, kMetadata}},
    {{0xfd20, 0xce}, 128, {forbidden, kMetadata}, 0x254},                       // of Google's cloud
    {{0xfd00, 0xc1, 0, 0, 0, 0, 0xa9fe}, 128, {forbidden, kMetadata}, 0xa9fe},  // of Oracle's
    {{0xfd00, 0x42}, 128, {forbidden, kMetadata}, 0x42},                        // of Scaleway's
    {{0xfc00}, 7, {private_range, "private"}},
    {{0xfe80}, 10, {forbidden, "link-local"}},
    {{0xfec0}, 10, {forbidden, "site-local"}},
    {{0xff00}, 8, {forbidden, "multicast"}},
};

// No row stands behind one that holds all of its range.
template <class Row, std::size_t kSize>
constexpr bool every_row_counts(const Row (&rows)[kSize]) {
  for (std::size_t later = 0; later < kSize; ++later) {
    for (std::size_t earlier = 0; earlier < later; ++earlier) {
      const bool is_wider = (rows[earlier].mask & rows[later].mask) == rows[earlier].mask;
      if (is_wider && rows[earlier].holds(rows[later].base)) return false;
    }
  }
  return true;
}
static_assert(every_row_counts(kRowsV4));
static_assert(every_row_counts(kRowsGlobalUnicast));
static_assert(every_row_counts(kRowsElsewhere));

template <class Rows, class Bits>
AddressRange first_that_holds(const Rows& rows, const Bits& address,
                              const AddressRange& otherwise) {
  for (const auto& row : rows) {
    if (row.holds(address)) return row.range;
  }
  return otherwise;
}

/// The name of the range that all addresses of a network are in, if it is forbidden.
template <class Rows, class Bits>
std::string_view whole_range(const Rows& rows, const Bits& base, const Bits& mask,
                             const AddressRange& otherwise) {
  const auto name_of = [](const AddressRange& range) {
    return range.address_class == forbidden ? range.name : std::string_view();
  };
  for (const auto& row : rows) {
    const bool is_wider = (row.mask & mask) == row.mask;
    if (is_wider && row.holds(base)) return name_of(row.range);
    const bool is_within = !is_wider && (row.base & mask) == base;
    if (is_within && row.range.address_class != forbidden) return {};
  }
  return name_of(otherwise);
}

// Network order to a number.
template <class Bits>
Bits number_of(std::span<const std::uint8_t> bytes) {
  Bits bits = 0;
  for (const std::uint8_t byte : bytes) bits = bits << 8 | byte;
  return bits;
}

Bits128 bits128(std::span<const std::uint8_t> bytes) {
  return {number_of<std::uint64_t>(bytes.first(8)), number_of<std::uint64_t>(bytes.subspan(8))};
}

bool is_global_unicast(const Bits128& address) { return address.high >> 61 == 1; }

}  // namespace

AddressRange classify(const IpAddress& address) {
  const IpAddress judged = address.judged();
  const std::span<const std::uint8_t> bytes = judged.bytes();
  if (judged.is_v4()) return first_that_holds(kRowsV4, number_of<std::uint32_t>(bytes), kGlobal);

  const Bits128 bits = bits128(bytes);
  return is_global_unicast(bits) ? first_that_holds(kRowsGlobalUnicast, bits, kGlobal)
                                 : first_that_holds(kRowsElsewhere, bits, kReserved);
}

std::string_view forbidden_range(const Network& network) {
  const std::span<const std::uint8_t> bytes = network.base().bytes();
  const unsigned prefix = network.prefix_bits();
  if (network.base().is_v4()) {
    const std::uint32_t mask = prefix == 0 ? 0 : ~std::uint32_t{0} << (32 - prefix);
    return whole_range(kRowsV4, number_of<std::uint32_t>(bytes), mask, kGlobal);
  }
  if (prefix < 3) return {};  // global unicast and more
  const Bits128 base = bits128(bytes);
  const Bits128 mask = mask_of(prefix);
  return is_global_unicast(base) ? whole_range(kRowsGlobalUnicast, base, mask, kGlobal)
                                 : whole_range(kRowsElsewhere, base, mask, kReserved);
}

bool belongs_in_no_proxy(const IpAddress& address) {
  const std::string_view name = classify(address).name;
  return name == kLoopback || name == kMetadata || name == kContainerCredentials;
}

}  // namespace sallyport
