// The number of an AWS account. Pure; allocates nothing.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "policy/aws/credential/characters.h"

namespace sallyport {

/// Twelve digits. Zeros in front count: an account is text, never a number (FACTS section 1.4).
class AccountId {
 public:
  static constexpr std::size_t kDigits = 12;
  static constexpr std::uint64_t kMax = 999'999'999'999;

  /// Nothing where it is not exactly twelve ASCII digits.
  static constexpr std::optional<AccountId> parse(std::string_view text) {
    if (text.size() != kDigits || !is_all_of(text, kDigits, CharacterClass::digit)) {
      return std::nullopt;
    }
    AccountId account;
    std::copy(text.begin(), text.end(), account.digits_.begin());
    return account;
  }

  /// Nothing above kMax: such an account cannot be issued.
  static constexpr std::optional<AccountId> of(std::uint64_t number) {
    if (number > kMax) return std::nullopt;
    AccountId account;
    for (auto digit = account.digits_.rbegin(); digit != account.digits_.rend(); ++digit) {
      *digit = static_cast<char>('0' + number % 10);
      number /= 10;
    }
    return account;
  }

  constexpr std::string_view text() const { return {digits_.data(), kDigits}; }

  friend constexpr bool operator==(const AccountId&, const AccountId&) = default;

 private:
  constexpr AccountId() = default;

  std::array<char, kDigits> digits_{};
};

}  // namespace sallyport
