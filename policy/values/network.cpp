#include <algorithm>
#include <charconv>

#include "policy/values/ip_address.h"

namespace sallyport {
namespace {

std::size_t width_bits(const IpAddress& address) { return address.bytes().size() * 8; }

// The first address of the network of that prefix which holds `address`.
IpAddress first_of(const IpAddress& address, std::size_t prefix_bits) {
  std::array<std::uint8_t, 16> bytes{};
  std::ranges::copy(address.bytes(), bytes.begin());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::size_t kept = std::clamp<std::size_t>(prefix_bits, i * 8, i * 8 + 8) - i * 8;
    bytes[i] = static_cast<std::uint8_t>(bytes[i] & (0xff00U >> kept));
  }
  return address.is_v4() ? IpAddress::v4({bytes[0], bytes[1], bytes[2], bytes[3]})
                         : IpAddress::v6(bytes);
}

std::optional<std::size_t> parse_prefix(std::string_view digits, std::size_t bits_max) {
  if (digits.empty() || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;
  std::size_t bits = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, bits);
  if (error != std::errc{} || stop != end || bits > bits_max) return std::nullopt;
  return bits;
}

std::optional<Network> refuse(std::string* error, std::string message) {
  if (error != nullptr) *error = std::move(message);
  return std::nullopt;
}

}  // namespace

std::optional<Network> Network::parse(std::string_view text, std::string* error) {
  const std::string quoted(text);
  const std::size_t slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) {
    return refuse(error, '"' + quoted +
                             "\" is not a network; write an address and a prefix, such as "
                             "10.0.0.0/8 or fc00::/7, without brackets or scope id");
  }
  const std::size_t width = width_bits(*address);
  std::optional<std::size_t> bits = width;
  if (slash != std::string_view::npos) bits = parse_prefix(text.substr(slash + 1), width);
  if (!bits) {
    return refuse(error, '"' + quoted + "\" has no valid prefix; the prefix of an " +
                             (address->is_v4() ? "IPv4" : "IPv6") +
                             " network is a number from 0 to " + std::to_string(width) +
                             ", such as " + address->text() + "/" + std::to_string(width) +
                             " for that one address");
  }

  Network network;
  network.base_ = first_of(*address, *bits);
  network.prefix_bits_ = static_cast<std::uint8_t>(*bits);
  if (network.base_ != *address) {
    return refuse(error, quoted + " has host bits set; the network is " + network.text());
  }
  return network;
}

bool Network::contains(const IpAddress& address) const {
  if (address.is_v4() != base_.is_v4()) return false;
  const auto ours = base_.bytes();
  const auto theirs = address.bytes();
  const std::size_t whole = prefix_bits_ / 8U;
  if (!std::equal(ours.begin(), ours.begin() + static_cast<std::ptrdiff_t>(whole),
                  theirs.begin())) {
    return false;
  }
  const unsigned rest = prefix_bits_ % 8U;
  return rest == 0 || ((ours[whole] ^ theirs[whole]) >> (8 - rest)) == 0;
}

std::string Network::text() const { return base_.text() + '/' + std::to_string(prefix_bits_); }

bool Network::covers(const Network& other) const {
  return prefix_bits_ <= other.prefix_bits_ && contains(other.base_);
}

}  // namespace sallyport
