#include "metrics/time_text.h"

#include <algorithm>
#include <chrono>

namespace sallyport {
namespace {

constexpr std::string_view kShape = "0000-00-00T00:00:00.000000Z";

void put_digits(char* to, unsigned value, std::size_t digits) {
  while (digits-- > 0) {
    to[digits] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

bool has_shape(std::string_view text) {
  if (text.size() != kShape.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_right =
        kShape[i] == '0' ? text[i] >= '0' && text[i] <= '9' : text[i] == kShape[i];
    if (!is_right) return false;
  }
  return true;
}

int number_of(std::string_view digits) {
  int value = 0;
  for (const char digit : digits) value = value * 10 + (digit - '0');
  return value;
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

std::optional<TimePoint> time_of_text(std::string_view text) {
  if (!has_shape(text)) return std::nullopt;
  const auto part = [&](std::size_t at, std::size_t digits) {
    return number_of(text.substr(at, digits));
  };
  const int year = part(0, 4);
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(part(5, 2))),
                                         std::chrono::day(static_cast<unsigned>(part(8, 2)))};
  const int hour = part(11, 2);
  const int minute = part(14, 2);
  const int second = part(17, 2);
  if (year < 1970 || !date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return TimePoint(std::chrono::sys_days(date)) + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + std::chrono::seconds(second) +
         std::chrono::microseconds(part(20, 6));
}

}  // namespace sallyport
