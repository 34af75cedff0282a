#include "policy/aws/credential/access_key.h"

#include <cstdint>

#include "policy/aws/credential/characters.h"

namespace sallyport {
namespace {

constexpr std::size_t kIdBytesMin = 16;
constexpr std::size_t kIdBytesMax = 128;
constexpr std::size_t kPrefixBytes = 4;
// Nine letters of five bits: the format flag and the account, with one opaque bit behind them.
constexpr std::size_t kAccountLetters = 9;

/// RFC 4648 base32, upper case alone; -1 for every other byte.
constexpr int base32_value(char c) {
  if (is_upper(c)) return c - 'A';
  if (c >= '2' && c <= '7') return c - '2' + 26;
  return -1;
}

constexpr bool is_word(char c) { return is_alphanumeric(c) || c == '_'; }

}  // namespace

bool is_access_key_id(std::string_view text) { return is_all_of(text, kIdBytesMax, is_word); }

std::optional<AccountId> account_of_access_key(std::string_view id) {
  if (id.size() < kIdBytesMin || id.size() > kIdBytesMax) return std::nullopt;
  if (!id.starts_with("AKIA") && !id.starts_with("ASIA")) return std::nullopt;
  const std::string_view tail = id.substr(kPrefixBytes);
  // All of it must be base32, though only the front is used: else it is not what we think it is.
  if (!is_all_of(tail, kIdBytesMax, [](char c) { return base32_value(c) >= 0; })) {
    return std::nullopt;
  }
  std::uint64_t bits = 0;
  for (const char c : tail.substr(0, kAccountLetters)) {
    bits = bits << 5U | static_cast<std::uint64_t>(base32_value(c));
  }
  // Without the flag the id is of the old format, and what stands in the bits is no account.
  if (bits >> 44U == 0) return std::nullopt;
  return AccountId::of(bits >> 4U & 0xff'ffff'ffffU);
}

}  // namespace sallyport
