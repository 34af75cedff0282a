#include "proxy/http/reply.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>

#include "proxy/http/aws_refusal.h"
#include "proxy/http/block_page.h"
#include "proxy/http/octets.h"
#include "proxy/http/reason_words.h"

namespace sallyport {
namespace {

static_assert(kConnectEstablished.size() == 39);

/// Writes a number below 100 as two digits.
void write_two(char* to, unsigned number) {
  to[0] = static_cast<char>('0' + number / 10);
  to[1] = static_cast<char>('0' + number % 10);
}

/// A number in decimal digits, without memory of its own.
class Digits {
 public:
  explicit Digits(std::uint64_t number)
      : end_(std::to_chars(digits_.data(), digits_.data() + digits_.size(), number).ptr) {}
  operator std::string_view() const { return {digits_.data(), end_}; }

 private:
  std::array<char, 20> digits_;
  const char* end_;
};

void append(std::string& out, std::initializer_list<std::string_view> pieces) {
  for (const std::string_view piece : pieces) out.append(piece);
}

bool is_phrase(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char byte) { return byte == ' ' || is_visible(byte); });
}

void append_phrase(std::string& out, const Refusal& refusal) {
  if (refusal.status != 0 && is_phrase(refusal.phrase)) {
    out += refusal.phrase;
    return;
  }
  append(out, {is_block(refusal.reason) ? "Blocked by sallyport: " : "sallyport: ",
               text(refusal.reason)});
}

void append_connection(std::string& out, const Refusal& refusal) {
  if (!refusal.keeps_open) {
    out += "\r\nConnection: close";
  } else if (refusal.version == HttpVersion::http_1_0) {
    out += "\r\nConnection: keep-alive";
  }
}

// The answer stands under the blocked host's name: it must not outlive the block in a cache, nor be
// taken for anything that could run there.
void append_cares(std::string& out, ReplyFormat format) {
  out += "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff";
  if (format != ReplyFormat::html) return;
  out += "\r\nContent-Security-Policy: ";
  out += kBlockPageSecurityPolicy;
}

}  // namespace

std::uint16_t status_of(const Refusal& refusal) {
  // A service of AWS says 403 to what it will not do, whatever of it is wrong.
  const bool is_limit = info(refusal.reason).reason_class == ReasonClass::resource;
  if (is_aws(refusal.format) && !is_limit) return 403;
  if (refusal.status >= 400 && refusal.status <= 599) return refusal.status;
  const std::uint16_t status = info(refusal.reason).status;
  return status != 0 ? status : 500;
}

std::string refusal(const Refusal& refusal) {
  const bool is_for_sdk = is_aws(refusal.format);
  const std::string body = is_for_sdk ? aws_body(refusal) : block_page(refusal);
  std::string out;
  out.reserve(768 + body.size());
  append(out, {"HTTP/1.1 ", Digits(status_of(refusal)), " "});
  append_phrase(out, refusal);
  append(out, {"\r\nDate: ", http_date(refusal.time),  //
               "\r\nContent-Type: ",
               is_for_sdk ? aws_content_type(refusal.format) : content_type(refusal.format),
               "\r\nContent-Length: ", Digits(body.size())});
  append_connection(out, refusal);
  if (is_for_sdk) append_aws_fields(out, refusal);
  append(out, {"\r\nProxy-Status: sallyport; error=", words(refusal.reason).proxy_status_error,
               "; details=\"", text(refusal.reason), "\""});
  if (refusal.retry_after) {
    const std::int64_t seconds = std::max<std::int64_t>(refusal.retry_after->count(), 0);
    append(out, {"\r\nRetry-After: ", Digits(static_cast<std::uint64_t>(seconds))});
  }
  if (refusal.is_exchange) append_cares(out, refusal.format);
  out += "\r\n\r\n";
  if (!refusal.is_head_method) out += body;
  return out;
}

std::string http_date(TimePoint time) {
  using namespace std::chrono;
  constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed",
                                                     "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  constexpr TimePoint kFirst{};
  constexpr TimePoint kLast = sys_days{year{9999} / 12 / 31} + 24h - 1us;
  const TimePoint told = std::clamp(time, kFirst, kLast);
  const sys_days day = floor<days>(told);
  const year_month_day date{day};
  const hh_mm_ss of_day{floor<seconds>(told - day)};

  const auto year_number = static_cast<unsigned>(static_cast<int>(date.year()));
  std::string out("Day, 00 Mon 0000 00:00:00 GMT");
  const std::string_view weekday_name = kDays[weekday{day}.c_encoding()];
  const std::string_view month_name = kMonths[static_cast<unsigned>(date.month()) - 1];
  std::copy(weekday_name.begin(), weekday_name.end(), out.begin());
  std::copy(month_name.begin(), month_name.end(), out.begin() + 8);
  write_two(&out[5], static_cast<unsigned>(date.day()));
  write_two(&out[12], year_number / 100);
  write_two(&out[14], year_number % 100);
  write_two(&out[17], static_cast<unsigned>(of_day.hours().count()));
  write_two(&out[20], static_cast<unsigned>(of_day.minutes().count()));
  write_two(&out[23], static_cast<unsigned>(of_day.seconds().count()));
  return out;
}

}  // namespace sallyport
