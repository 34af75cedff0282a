// An IP address as plain data, the networks that hold it, and what the destination guard thinks of
// it. Immutable values, safe to share between threads. Nothing here resolves or connects.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <boost/container/small_vector.hpp>

namespace sallyport {

/// An IPv4 or IPv6 address. A mapped IPv4 address (`::ffff:1.2.3.4`) stays IPv6: it is a different
/// thing to dial, and the guard refuses it.
class IpAddress {
 public:
  /// `0.0.0.0`.
  constexpr IpAddress() = default;

  static constexpr IpAddress v4(const std::array<std::uint8_t, 4>& bytes) {
    IpAddress address;
    for (std::size_t i = 0; i < 4; ++i) address.bytes_[i] = bytes[i];
    return address;
  }
  static constexpr IpAddress v6(const std::array<std::uint8_t, 16>& bytes) {
    IpAddress address;
    address.bytes_ = bytes;
    address.is_v4_ = false;
    return address;
  }

  /// Reads a canonical dotted quad (no leading zeros, no shorthand) or an IPv6 address in any
  /// spelling of RFC 4291, without brackets or scope id. Anything else: nothing.
  static std::optional<IpAddress> parse(std::string_view text);

  constexpr bool is_v4() const { return is_v4_; }

  /// 4 or 16 bytes in network order; valid while this address lives.
  constexpr std::span<const std::uint8_t> bytes() const {
    return std::span<const std::uint8_t>(bytes_).first(is_v4_ ? 4 : 16);
  }

  /// Dotted quad, or IPv6 as RFC 5952 writes it (no brackets).
  std::string text() const;

  /// The address that policy judges: the IPv4 address within a NAT64 one (`64:ff9b::/96`, RFC
  /// 6052), else the address itself.
  IpAddress judged() const;

  friend constexpr auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  bool is_v4_ = true;
  std::array<std::uint8_t, 16> bytes_{};
};

/// A range of addresses in CIDR notation; never holds an address of the other family.
class Network {
 public:
  /// Reads `10.0.0.0/8` or `fc00::/7`; a bare address is the range of that one address. Host bits
  /// that are set, an absent or overlong prefix: nothing, and `error` (if given) says what would be
  /// right.
  static std::optional<Network> parse(std::string_view text, std::string* error = nullptr);

  bool contains(const IpAddress& address) const;
  std::string text() const;
  const IpAddress& base() const { return base_; }
  unsigned prefix_bits() const { return prefix_bits_; }
  /// True if every address of `other` is in this range.
  bool covers(const Network& other) const;

 private:
  IpAddress base_;
  std::uint8_t prefix_bits_ = 0;
};

/// Addresses in the order to try; nearly always few, which then need no memory but their own.
using AddressList = boost::container::small_vector<IpAddress, 4>;

/// What the destination guard does with an address, before any rule (SEMANTICS.md section 9).
enum class AddressClass : std::uint8_t {
  global,         ///< may be dialled
  private_range,  ///< private, shared or benchmarking: only where the policy names the range
  forbidden,      ///< never: loopback, link-local, metadata, multicast, reserved, embedded IPv4 ...
};

/// The guard's class of an address, and the name of the range it lies in (`loopback`, `metadata`,
/// `private`, `documentation` ...; `global` for the rest). `name` is static text.
struct AddressRange {
  AddressClass address_class = AddressClass::forbidden;
  std::string_view name;
};

/// Classifies by the IANA special-purpose registries (RFC 6890 and successors), the seven ways to
/// embed IPv4 in IPv6, and AWS's metadata and container-credential addresses. A NAT64 address is
/// judged by the IPv4 address within.
AddressRange classify(const IpAddress& address);

/// The name of the guard's range that holds the whole network and is forbidden; empty where some
/// address of it is not. Static text.
std::string_view forbidden_range(const Network& network);

/// True for loopback, metadata and container-credential addresses: requests to them belong in
/// NO_PROXY, never at a proxy, and the refusal says so.
bool belongs_in_no_proxy(const IpAddress& address);

}  // namespace sallyport
