#include "policy/aws/credential/base64.h"

#include <array>
#include <cstdint>

namespace sallyport {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kForeign = 64;

constexpr auto kValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kForeign);
  for (std::uint8_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kAlphabet[i])] = i;
  }
  return values;
}();

std::uint32_t value_of(char c) { return kValues[static_cast<unsigned char>(c)]; }

char byte_of(std::uint32_t bits) { return static_cast<char>(bits & 0xffU); }

}  // namespace

std::optional<std::size_t> decode_base64(std::string_view text, std::span<char> out) {
  if (text.ends_with('=')) {
    if (text.size() % 4 != 0) return std::nullopt;
    text.remove_suffix(text.ends_with("==") ? 2 : 1);
  }
  const std::size_t rest = text.size() % 4;
  if (rest == 1) return std::nullopt;
  const std::size_t size = text.size() / 4 * 3 + (rest == 0 ? 0 : rest - 1);
  if (size > out.size()) return std::nullopt;

  char* to = out.data();
  std::uint32_t seen = 0;  // a foreign character sets the bit of kForeign
  const char* from = text.data();
  for (const char* const end = from + (text.size() - rest); from != end; from += 4) {
    const std::uint32_t a = value_of(from[0]);
    const std::uint32_t b = value_of(from[1]);
    const std::uint32_t c = value_of(from[2]);
    const std::uint32_t d = value_of(from[3]);
    seen |= a | b | c | d;
    const std::uint32_t bits = a << 18U | b << 12U | c << 6U | d;
    *to++ = byte_of(bits >> 16U);
    *to++ = byte_of(bits >> 8U);
    *to++ = byte_of(bits);
  }
  if (rest != 0) {
    const std::uint32_t a = value_of(from[0]);
    const std::uint32_t b = value_of(from[1]);
    const std::uint32_t c = rest == 3 ? value_of(from[2]) : 0;
    seen |= a | b | c;
    const std::uint32_t bits = a << 18U | b << 12U | c << 6U;
    *to++ = byte_of(bits >> 16U);
    if (rest == 3) *to++ = byte_of(bits >> 8U);
    if ((bits & (rest == 3 ? 0xffU : 0xffffU)) != 0) return std::nullopt;
  }
  if ((seen & kForeign) != 0) return std::nullopt;
  return size;
}

}  // namespace sallyport
