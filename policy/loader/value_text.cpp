#include "policy/loader/value_text.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "policy/quoted.h"
#include "policy/values/ascii.h"

namespace sallyport {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kDurationMax = std::chrono::hours(168);

/// Digits without a leading zero.
std::optional<std::uint64_t> digits(std::string_view text) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  if (!std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  return fault == std::errc() ? std::optional(value) : std::nullopt;
}

/// Exactly `count` digits at the front, which are taken off.
std::optional<int> fixed_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count || !std::all_of(text.begin(), text.begin() + count, is_digit)) {
    return std::nullopt;
  }
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value * 10 + (text[i] - '0');
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

/// What people write, split where the unit begins.
struct Quantity {
  std::optional<std::uint64_t> number;
  std::string_view unit;
};

Quantity quantity(std::string_view text) {
  const auto unit = std::find_if_not(text.begin(), text.end(), is_digit);
  const auto length = static_cast<std::size_t>(unit - text.begin());
  return {digits(text.substr(0, length)), text.substr(length)};
}

std::optional<std::chrono::sys_days> date(std::string_view& text) {
  const auto year = fixed_digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = fixed_digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = fixed_digits(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day whole{std::chrono::year(*year),
                                          std::chrono::month(static_cast<unsigned>(*month)),
                                          std::chrono::day(static_cast<unsigned>(*day))};
  return whole.ok() ? std::optional(std::chrono::sys_days(whole)) : std::nullopt;
}

/// `18:00:00` with up to six decimals of a second.
std::optional<std::chrono::microseconds> time_of_day(std::string_view& text) {
  const auto hour = fixed_digits(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = fixed_digits(text, 2);
  if (!minute || *minute > 59 || !take(text, ':')) return std::nullopt;
  const auto second = fixed_digits(text, 2);
  if (!second || *second > 59) return std::nullopt;
  std::chrono::microseconds whole =
      std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second);
  if (take(text, '.')) {
    int unit = 100'000;
    if (text.empty() || !is_digit(text.front())) return std::nullopt;
    for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1), unit /= 10) {
      if (unit == 0) return std::nullopt;
      whole += std::chrono::microseconds((text.front() - '0') * unit);
    }
  }
  return whole;
}

/// `Z`, or `+01:00`; what must be taken off to be at UTC.
std::optional<std::chrono::minutes> zone(std::string_view& text) {
  if (take(text, 'Z')) return std::chrono::minutes(0);
  const bool is_east = !text.empty() && text.front() == '+';
  if (!take(text, '+') && !take(text, '-')) return std::nullopt;
  const auto hour = fixed_digits(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = fixed_digits(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  const std::chrono::minutes offset = std::chrono::hours(*hour) + std::chrono::minutes(*minute);
  return is_east ? offset : -offset;
}

std::optional<std::uint16_t> port(std::string_view text) {
  const auto number = digits(text);
  if (!number || *number < 1 || *number > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

}  // namespace

std::string size_text(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 4> kUnits{"", "KiB", "MiB", "GiB"};
  std::size_t unit = 0;
  while (bytes != 0 && bytes % 1024 == 0 && unit + 1 < kUnits.size()) {
    bytes /= 1024;
    ++unit;
  }
  return std::to_string(bytes) + std::string(kUnits[unit]);
}

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t min,
                                          std::uint64_t max, std::string& error) {
  const auto number = digits(text);
  if (number && *number >= min && *number <= max) return number;
  error = quoted(text) + " is no number from " + std::to_string(min) + " to " + std::to_string(max);
  return std::nullopt;
}

std::optional<milliseconds> parse_duration(std::string_view text, std::string& error) {
  const auto [number, unit] = quantity(text);
  const std::int64_t factor = unit == "ms"  ? 1
                              : unit == "s" ? 1000
                              : unit == "m" ? 60'000
                              : unit == "h" ? 3'600'000
                                            : 0;
  if (!number || factor == 0) {
    error = quoted(text) + " is no duration; write a number and its unit, as 500ms, 30s, 16m or 1h";
    return std::nullopt;
  }
  const auto most = static_cast<std::uint64_t>(kDurationMax.count() / factor);
  if (*number == 0 || *number > most) {
    error = quoted(text) + " is out of bounds; a duration is from 1ms to 168h";
    return std::nullopt;
  }
  return milliseconds(static_cast<std::int64_t>(*number) * factor);
}

std::optional<std::uint64_t> parse_size(std::string_view text, std::uint64_t min, std::uint64_t max,
                                        std::string& error) {
  const auto [number, unit] = quantity(text);
  const unsigned shift = unit == "KiB" ? 10 : unit == "MiB" ? 20 : unit == "GiB" ? 30 : 0;
  if (!number || (shift == 0 && !unit.empty())) {
    error = quoted(text) + " is no size; write bytes, or a number and its unit, as 64KiB or 16MiB";
    return std::nullopt;
  }
  if (*number < (min >> shift) || *number > (max >> shift) || (*number << shift) < min) {
    error =
        quoted(text) + " is out of bounds; it is from " + size_text(min) + " to " + size_text(max);
    return std::nullopt;
  }
  return *number << shift;
}

std::optional<TimePoint> parse_time(std::string_view text, std::string& error) {
  std::string_view rest = text;
  const auto day = date(rest);
  if (day && rest.empty()) {
    error = "a date without a time; write the time and its zone, as " + std::string(text) +
            "T18:00:00Z";
    return std::nullopt;
  }
  if (day && take(rest, 'T')) {
    const auto time = time_of_day(rest);
    if (time && rest.empty()) {
      error = "a time without its zone; write " + std::string(text) +
              "Z for UTC, or an offset such as +01:00";
      return std::nullopt;
    }
    const auto offset = time ? zone(rest) : std::nullopt;
    if (offset && rest.empty()) return TimePoint(*day) + *time - *offset;
  }
  error = quoted(text) +
          " is no time of RFC 3339; write 2026-12-24T18:00:00Z or "
          "2026-12-24T19:00:00+01:00";
  return std::nullopt;
}

std::optional<PortRange> parse_ports(std::string_view text, std::string& error) {
  const auto dash = text.find('-');
  const auto first = port(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : port(text.substr(dash + 1));
  if (!first || !last) {
    error = quoted(text) + " is no port; write 443 or a range 8000-8010, from 1 to 65535";
    return std::nullopt;
  }
  if (*first > *last) {
    error = quoted(text) + " is an empty range; write " + std::to_string(*last) + "-" +
            std::to_string(*first);
    return std::nullopt;
  }
  return PortRange{*first, *last};
}

std::optional<SocketAddress> parse_socket_address(std::string_view text, std::uint16_t default_port,
                                                  std::string& error) {
  if (const auto bare = IpAddress::parse(text); bare && !bare->is_v4()) {
    error = "write an IPv6 address in brackets: [" + std::string(text) + "]" +
            (default_port == 0 ? ":3128" : "");
    return std::nullopt;
  }
  const bool is_bracketed = text.starts_with('[');
  const auto end = is_bracketed ? text.find(']') : text.find(':');
  const auto address =
      IpAddress::parse(is_bracketed && end != std::string_view::npos ? text.substr(1, end - 1)
                                                                     : text.substr(0, end));
  std::string_view rest = end == std::string_view::npos ? "" : text.substr(end + is_bracketed);
  if (!address || address->is_v4() == is_bracketed) {
    error = quoted(text) + " is no address; write it as 10.0.0.2 or [fd00::2], not as a name";
    return std::nullopt;
  }
  if (rest.empty() && default_port != 0) return SocketAddress{*address, default_port};
  const auto number = take(rest, ':') ? port(rest) : std::nullopt;
  if (!number) {
    error = quoted(text) + " needs a port from 1 to 65535 behind the address, as :3128";
    return std::nullopt;
  }
  return SocketAddress{*address, *number};
}

bool is_policy_name(std::string_view text) {
  constexpr std::size_t kNameBytesMax = 64;
  const auto is_inner = [](char c) {
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= kNameBytesMax && text.front() != '_' &&
         text.front() != '-' && std::all_of(text.begin(), text.end(), is_inner);
}

}  // namespace sallyport
