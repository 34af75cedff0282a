#include "metrics/time_text.h"

#include <algorithm>
#include <chrono>

namespace sallyport {
namespace {

void put_digits(char* to, unsigned value, std::size_t digits) {
  while (digits-- > 0) {
    to[digits] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

}  // namespace

std::string_view TimeText::of(TimePoint time) {
  constexpr std::int64_t kEnd = 253'402'300'800;  // 10000-01-01
  const std::int64_t micros =
      std::clamp<std::int64_t>(time.time_since_epoch().count(), 0, kEnd * 1'000'000 - 1);
  const std::int64_t second = micros / 1'000'000;
  if (second != second_) {
    second_ = second;
    const std::chrono::sys_seconds at{std::chrono::seconds(second)};
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(at - day);
    constexpr std::string_view kShape = "0000-00-00T00:00:00.000000Z";
    std::copy(kShape.begin(), kShape.end(), text_.begin());
    put_digits(&text_[0], static_cast<unsigned>(static_cast<int>(date.year())), 4);
    put_digits(&text_[5], static_cast<unsigned>(date.month()), 2);
    put_digits(&text_[8], static_cast<unsigned>(date.day()), 2);
    put_digits(&text_[11], static_cast<unsigned>(clock.hours().count()), 2);
    put_digits(&text_[14], static_cast<unsigned>(clock.minutes().count()), 2);
    put_digits(&text_[17], static_cast<unsigned>(clock.seconds().count()), 2);
  }
  put_digits(&text_[20], static_cast<unsigned>(micros % 1'000'000), 6);
  return {text_.data(), text_.size()};
}

}  // namespace sallyport
