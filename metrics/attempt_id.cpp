#include "metrics/attempt_id.h"

#include <string_view>

namespace sallyport {
namespace {

constexpr unsigned kWorkerBits = 10;
constexpr std::size_t kStampChars = 9;   // 45 bits of milliseconds: until the year 3084
constexpr std::size_t kNumberChars = 7;  // 2^35 attempts of one worker

void write_base32(char* to, std::uint64_t value, std::size_t chars) {
  // Without i, l, o, u, as Crockford proposes: ids are read aloud on the telephone.
  static constexpr std::string_view kDigits = "0123456789abcdefghjkmnpqrstvwxyz";
  while (chars-- > 0) {
    to[chars] = kDigits[value & 31];
    value >>= 5;
  }
}

}  // namespace

void AttemptId::write(char* to) const {
  write_base32(to, origin >> kWorkerBits, kStampChars);
  write_base32(to + kStampChars, origin & ((1u << kWorkerBits) - 1), 2);
  write_base32(to + kStampChars + 2, number, kNumberChars);
}

std::string AttemptId::text() const {
  std::string text(kTextBytes, '0');
  write(text.data());
  return text;
}

AttemptIds::AttemptIds(std::uint16_t worker, TimePoint process_start)
    : origin_((static_cast<std::uint64_t>(process_start.time_since_epoch().count()) / 1000)
                  << kWorkerBits |
              (worker & ((1u << kWorkerBits) - 1))) {}

}  // namespace sallyport
