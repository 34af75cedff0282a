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

/// REQUIRES: a character of base32.
constexpr std::uint64_t base32_value(char c) {
  return static_cast<std::uint64_t>(is_upper(c) ? c - 'A' : c - '2' + 26);
}

}  // namespace

bool is_access_key_id(std::string_view text) {
  return is_all_of(text, kIdBytesMax, CharacterClass::word);
}

std::optional<AccountId> account_of_access_key(std::string_view id) {
  if (id.size() < kIdBytesMin || id.size() > kIdBytesMax) return std::nullopt;
  if (!id.starts_with("AKIA") && !id.starts_with("ASIA")) return std::nullopt;
  const std::string_view tail = id.substr(kPrefixBytes);
  // All of it must be base32, though only the front is used: else it is not what we think it is.
  if (!is_all_of(tail, kIdBytesMax, CharacterClass::base32)) {
    return std::nullopt;
  }
  std::uint64_t bits = 0;
  for (const char c : tail.substr(0, kAccountLetters)) {
    bits = bits << 5U | base32_value(c);
  }
  // Without the flag the id is of the old format, and what stands in the bits is no account.
  if (bits >> 44U == 0) return std::nullopt;
  return AccountId::of(bits >> 4U & 0xff'ffff'ffffU);
}

}  // namespace sallyport
