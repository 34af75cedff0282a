// Addresses and networks, read and judged, against inet_pton(3), inet_ntop(3) and a slow walk over
// IANA's registries (plain_address.h); and each way to write an IPv4 address into an IPv6 one: all
// of them are refused whole but NAT64's, which is judged by the address within.
//
// The first line is a text. Behind it a byte picks a block of the registries, the next a bit to
// turn over (if there is such a bit), and the rest fills the address behind the block's prefix.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policy/values/ip_address.h"
#include "tests/fuzz/plain_address.h"
#include "tests/fuzz/plain_host.h"
#include "tests/fuzz/require.h"

using namespace sallyport;
using fuzz::require;

namespace {

std::string bytes_of(const IpAddress& address) {
  return {reinterpret_cast<const char*>(address.bytes().data()), address.bytes().size()};
}

IpAddress address_of(const std::string& bytes) {
  if (bytes.size() == 4) {
    std::array<std::uint8_t, 4> v4{};
    std::copy(bytes.begin(), bytes.end(), v4.begin());
    return IpAddress::v4(v4);
  }
  std::array<std::uint8_t, 16> v6{};
  std::copy(bytes.begin(), bytes.end(), v6.begin());
  return IpAddress::v6(v6);
}

std::string text_of(const std::string& bytes) {
  char text[INET6_ADDRSTRLEN];
  const int family = bytes.size() == 4 ? AF_INET : AF_INET6;
  require(inet_ntop(family, bytes.data(), text, sizeof text) != nullptr, "an address has a text");
  return text;
}

void check_class(const std::string& bytes) {
  const IpAddress address = address_of(bytes);
  const std::string bits = fuzz::bits_of(bytes);
  const AddressRange range = classify(address);
  constexpr AddressClass kClasses[] = {AddressClass::global, AddressClass::private_range,
                                       AddressClass::forbidden};
  require(range.address_class == kClasses[static_cast<int>(fuzz::class_of(bits))],
          "the class is that of the registries");
  require((range.name == "global") == (range.address_class == AddressClass::global) &&
              !range.name.empty(),
          "a range is named for what it is");
  require(belongs_in_no_proxy(address) == fuzz::is_of_the_machine(bits), "what NO_PROXY is for");
  require(fuzz::bits_of(bytes_of(address.judged())) == fuzz::judged_bits(bits),
          "NAT64 is judged by the address within");
  require(address.text() == text_of(bytes), "the text is inet_ntop's");
  require(IpAddress::parse(address.text()) == address, "the text reads as the address");
}

/// Every form in which IPv6 carries this IPv4 address.
void check_embedded(const std::string& v4) {
  const auto is_never = [](const std::string& bytes) {
    check_class(bytes);
    require(classify(address_of(bytes)).address_class == AddressClass::forbidden,
            "IPv4 in IPv6 is refused whole");
    require(address_of(bytes).judged() == address_of(bytes), "and never unwrapped");
  };
  const auto zeros = [](std::size_t count) { return std::string(count, '\0'); };
  is_never(zeros(12) + v4);                                  // compatible
  is_never(zeros(10) + "\xff\xff" + v4);                     // mapped
  is_never(zeros(8) + "\xff\xff" + zeros(2) + v4);           // translated
  is_never("\x20\x02" + v4 + zeros(10));                     // 6to4
  is_never(std::string("\x20\x01\0\0", 4) + v4 + zeros(8));  // Teredo, of its server
  std::string inverted = v4;
  for (char& byte : inverted) byte = static_cast<char>(~byte);
  is_never(std::string("\x20\x01\0\0", 4) + zeros(8) + inverted);         // Teredo, of its client
  is_never(std::string("\0\x64\xff\x9b\0\x01", 6) + zeros(6) + v4);       // 64:ff9b:1::/48
  is_never("\xfe\x80" + zeros(6) + std::string("\0\0\x5e\xfe", 4) + v4);  // ISATAP, link-local
  const std::string nat64 = std::string("\0\x64\xff\x9b", 4) + zeros(8) + v4;
  check_class(nat64);
  require(classify(address_of(nat64)).address_class == classify(address_of(v4)).address_class &&
              classify(address_of(nat64)).name == classify(address_of(v4)).name,
          "NAT64 is the class of the address within");
}

/// A network by a plain reading: the bits that its addresses begin with, and how many bits one has.
struct PlainNetwork {
  std::string prefix;
  std::size_t width = 0;

  bool holds(const std::string& bits) const {
    return bits.size() == width && bits.starts_with(prefix);
  }
};

std::optional<PlainNetwork> plain_network(const std::string& text) {
  const std::size_t slash = text.find('/');
  const auto bytes = fuzz::bytes_of_address(text.substr(0, slash));
  if (!bytes) return std::nullopt;
  const std::string bits = fuzz::bits_of(*bytes);
  if (slash == std::string::npos) return PlainNetwork{bits, bits.size()};
  const std::string length = text.substr(slash + 1);
  if (!fuzz::all_in(length, "0123456789") || length.size() > 3) return std::nullopt;
  if (std::to_string(std::stoul(length)) != length) return std::nullopt;
  const std::size_t count = std::stoul(length);
  if (count > bits.size() || bits.find('1', count) != std::string::npos) return std::nullopt;
  return PlainNetwork{bits.substr(0, count), bits.size()};
}

void check_text(const std::string& text, const std::string& other) {
  const auto address = IpAddress::parse(text);
  const auto bytes = fuzz::bytes_of_address(text);
  require(address.has_value() == bytes.has_value(), "both read an address or neither does");
  if (address) {
    require(bytes_of(*address) == *bytes, "the same address");
    check_class(*bytes);
  }
  std::string error;
  const auto network = Network::parse(text, &error);
  const auto plain = plain_network(text);
  require(network.has_value() == plain.has_value(), "both read a network or neither does");
  require(network.has_value() == error.empty(), "a network or an error");
  if (!network) return;
  require(network->contains(address_of(other)) == plain->holds(fuzz::bits_of(other)),
          "it holds the same addresses");
  const auto again = Network::parse(network->text());
  require(again && again->covers(*network) && network->covers(*again) &&
              again->text() == network->text(),
          "its text reads as the network");
}

std::string bytes_of_bits(const std::string& bits) {
  std::string bytes;
  for (std::size_t i = 0; i < bits.size(); i += 8) {
    bytes += static_cast<char>(std::stoi(bits.substr(i, 8), nullptr, 2));
  }
  return bytes;
}

/// The first and the last address of each block, and those that differ from them in one bit.
void check_edges() {
  for (const fuzz::Prefix& block : fuzz::prefixes()) {
    for (const char filler : {'0', '1'}) {
      std::string bits = block.bits;
      bits.resize(block.width, filler);
      check_class(bytes_of_bits(bits));
      for (char& bit : bits) {
        bit = bit == '0' ? '1' : '0';
        check_class(bytes_of_bits(bits));
        bit = bit == '0' ? '1' : '0';
      }
    }
  }
}

/// An address at the edges of the registries' blocks, since a fuzzer hardly meets one by chance.
std::string some_address(std::string_view choices) {
  const auto take = [&]() -> std::uint8_t {
    if (choices.empty()) return 0;
    const auto byte = static_cast<std::uint8_t>(choices.front());
    choices.remove_prefix(1);
    return byte;
  };
  const fuzz::Prefix& block = fuzz::prefixes()[take() % fuzz::prefixes().size()];
  const std::size_t width = block.width;
  std::string bits = block.bits;
  const std::size_t turned = take();
  while (bits.size() < width) bits += fuzz::bits_of(std::string(1, static_cast<char>(take())));
  bits.resize(width);
  if (turned < width) bits[turned] = bits[turned] == '0' ? '1' : '0';
  return bytes_of_bits(bits);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool are_checked = (check_edges(), true);
  require(are_checked, "once, whatever the input");
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(input.find('\n'), input.size());
  const std::string_view choices = input.substr(std::min(end + 1, input.size()));

  const std::string address = some_address(choices);
  check_class(address);
  check_embedded(address.substr(0, 4));
  check_embedded(address.substr(address.size() - 4));
  check_text(std::string(input.substr(0, end)), address);
  return 0;
}
