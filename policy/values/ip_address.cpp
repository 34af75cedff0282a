#include "policy/values/ip_address.h"

#include <algorithm>
#include <charconv>

namespace sallyport {
namespace {

constexpr std::size_t kGroups = 8;
using Groups = std::array<std::uint16_t, kGroups>;

// Takes a decimal number of at most three digits without a leading zero off the front.
std::optional<std::uint8_t> take_octet(std::string_view& text) {
  unsigned value = 0;
  std::size_t length = 0;
  while (length < text.size() && text[length] >= '0' && text[length] <= '9') {
    if (length == 3 || (length == 1 && value == 0)) return std::nullopt;
    value = value * 10 + static_cast<unsigned>(text[length] - '0');
    ++length;
  }
  if (length == 0 || value > 255) return std::nullopt;
  text.remove_prefix(length);
  return static_cast<std::uint8_t>(value);
}

std::optional<std::array<std::uint8_t, 4>> parse_quad(std::string_view text) {
  std::array<std::uint8_t, 4> octets{};
  for (std::size_t i = 0; i < octets.size(); ++i) {
    if (i > 0) {
      if (!text.starts_with('.')) return std::nullopt;
      text.remove_prefix(1);
    }
    const auto octet = take_octet(text);
    if (!octet) return std::nullopt;
    octets[i] = *octet;
  }
  if (!text.empty()) return std::nullopt;
  return octets;
}

// Takes one to four hex digits off the front.
std::optional<std::uint16_t> take_group(std::string_view& text) {
  std::uint16_t value = 0;
  const char* const begin = text.data();
  const auto [stop, error] =
      std::from_chars(begin, begin + std::min<std::size_t>(text.size(), 4), value, 16);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(stop - begin));
  return value;
}

// Reads the groups on one side of `::`, or all of them, into `groups` from `count` on. A dotted
// quad may stand for the last two, where `quad_may_end`.
bool take_groups(std::string_view text, bool quad_may_end, Groups& groups, std::size_t& count) {
  while (true) {
    const std::size_t colon = text.find(':');
    const std::string_view part = text.substr(0, colon);
    if (part.find('.') != std::string_view::npos) {
      const auto quad = parse_quad(part);
      if (!quad || !quad_may_end || colon != std::string_view::npos || count + 2 > kGroups) {
        return false;
      }
      groups[count++] = static_cast<std::uint16_t>((*quad)[0] << 8 | (*quad)[1]);
      groups[count++] = static_cast<std::uint16_t>((*quad)[2] << 8 | (*quad)[3]);
      return true;
    }
    std::string_view rest = part;
    const auto group = take_group(rest);
    if (!group || !rest.empty() || count == kGroups) return false;
    groups[count++] = *group;
    if (colon == std::string_view::npos) return true;
    text.remove_prefix(colon + 1);
  }
}

// RFC 4291 2.2, forms 1 to 3.
std::optional<std::array<std::uint8_t, 16>> parse_groups(std::string_view text) {
  Groups groups{};
  std::size_t count = 0;
  const std::size_t gap = text.find("::");
  if (gap == std::string_view::npos) {
    if (!take_groups(text, true, groups, count) || count != kGroups) return std::nullopt;
  } else {
    const std::string_view before = text.substr(0, gap);
    const std::string_view after = text.substr(gap + 2);
    if (!before.empty() && !take_groups(before, false, groups, count)) return std::nullopt;
    const std::size_t left = count;
    if (!after.empty() && !take_groups(after, true, groups, count)) return std::nullopt;
    // `::` stands for one group of zeros at least.
    if (count == kGroups) return std::nullopt;
    std::rotate(groups.begin() + static_cast<std::ptrdiff_t>(left),
                groups.begin() + static_cast<std::ptrdiff_t>(count), groups.end());
  }
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < kGroups; ++i) {
    bytes[2 * i] = static_cast<std::uint8_t>(groups[i] >> 8);
    bytes[2 * i + 1] = static_cast<std::uint8_t>(groups[i] & 0xff);
  }
  return bytes;
}

// Text under construction; the longest address has 39 characters, 45 in mixed notation.
class AddressText {
 public:
  void put(char c) { buffer_[size_++] = c; }
  void put_number(unsigned value, int base) {
    char* const end = buffer_.data() + buffer_.size();
    size_ = static_cast<std::size_t>(std::to_chars(buffer_.data() + size_, end, value, base).ptr -
                                     buffer_.data());
  }
  void put_quad(std::span<const std::uint8_t, 4> octets) {
    for (std::size_t i = 0; i < octets.size(); ++i) {
      if (i > 0) put('.');
      put_number(octets[i], 10);
    }
  }
  std::string str() const { return {buffer_.data(), size_}; }

 private:
  std::array<char, 46> buffer_;
  std::size_t size_ = 0;
};

struct ZeroRun {
  std::size_t begin = kGroups;
  std::size_t length = 0;
};

// RFC 5952 4.2: the longest run of two or more zero groups is shortened, the first of equals.
ZeroRun longest_zero_run(const Groups& groups) {
  ZeroRun best;
  for (std::size_t i = 0; i < kGroups; ++i) {
    std::size_t end = i;
    while (end < kGroups && groups[end] == 0) ++end;
    if (end - i >= 2 && end - i > best.length) best = {i, end - i};
  }
  return best;
}

std::string v6_text(std::span<const std::uint8_t> bytes) {
  Groups groups{};
  for (std::size_t i = 0; i < kGroups; ++i) {
    groups[i] = static_cast<std::uint16_t>(bytes[2 * i] << 8 | bytes[2 * i + 1]);
  }
  const ZeroRun run = longest_zero_run(groups);
  // RFC 5952 5: mixed notation for IPv4-compatible and IPv4-mapped addresses (as inet_ntop does).
  const bool is_mixed =
      run.begin == 0 && (run.length == 6 || (run.length == 5 && groups[5] == 0xffff));
  const std::size_t end = is_mixed ? kGroups - 2 : kGroups;

  AddressText text;
  for (std::size_t i = 0; i < end; ++i) {
    if (i == run.begin) {
      text.put(':');
      text.put(':');
      i += run.length - 1;
      continue;
    }
    if (i > 0 && i != run.begin + run.length) text.put(':');
    text.put_number(groups[i], 16);
  }
  if (is_mixed) {
    if (run.length == 5) text.put(':');
    text.put_quad(bytes.last<4>());
  }
  return text.str();
}

constexpr std::array<std::uint8_t, 12> kNat64Prefix{0x00, 0x64, 0xff, 0x9b};

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.find(':') == std::string_view::npos) {
    const auto octets = parse_quad(text);
    if (!octets) return std::nullopt;
    return v4(*octets);
  }
  const auto bytes = parse_groups(text);
  if (!bytes) return std::nullopt;
  return v6(*bytes);
}

std::string IpAddress::text() const {
  if (!is_v4_) return v6_text(bytes());
  AddressText text;
  text.put_quad(bytes().first<4>());
  return text.str();
}

IpAddress IpAddress::judged() const {
  if (is_v4_ || !std::equal(kNat64Prefix.begin(), kNat64Prefix.end(), bytes_.begin())) return *this;
  return v4({bytes_[12], bytes_[13], bytes_[14], bytes_[15]});
}

}  // namespace sallyport
