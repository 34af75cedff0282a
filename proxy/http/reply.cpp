#include "proxy/http/reply.h"

#include <algorithm>
#include <array>

#include "proxy/http/block_page.h"
#include "proxy/http/octets.h"
#include "proxy/http/reason_words.h"

namespace sallyport {
namespace {

static_assert(kConnectEstablished.size() == 39);

void append_digits(std::string& out, unsigned number, int digits) {
  unsigned divisor = 1;
  for (int i = 1; i < digits; ++i) divisor *= 10;
  for (; divisor != 0; divisor /= 10) {
    out += static_cast<char>('0' + number / divisor % 10);
  }
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
  out += is_block(refusal.reason) ? "Blocked by sallyport: " : "sallyport: ";
  out += text(refusal.reason);
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
  if (refusal.status >= 400 && refusal.status <= 599) return refusal.status;
  const std::uint16_t status = info(refusal.reason).status;
  return status != 0 ? status : 500;
}

std::string refusal(const Refusal& refusal) {
  const std::string body = block_page(refusal);
  std::string out;
  out.reserve(768 + body.size());
  out += "HTTP/1.1 ";
  append_digits(out, status_of(refusal), 3);
  out += ' ';
  append_phrase(out, refusal);
  out += "\r\nDate: ";
  out += http_date(refusal.time);
  out += "\r\nContent-Type: ";
  out += content_type(refusal.format);
  out += "\r\nContent-Length: ";
  out += std::to_string(body.size());
  append_connection(out, refusal);
  out += "\r\nProxy-Status: sallyport; error=";
  out += words(refusal.reason).proxy_status_error;
  out += "; details=\"";
  out += text(refusal.reason);
  out += '"';
  if (refusal.retry_after) {
    out += "\r\nRetry-After: ";
    out += std::to_string(std::max<std::int64_t>(refusal.retry_after->count(), 0));
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

  std::string out;
  out += kDays[weekday{day}.c_encoding()];
  out += ", ";
  append_digits(out, static_cast<unsigned>(date.day()), 2);
  out += ' ';
  out += kMonths[static_cast<unsigned>(date.month()) - 1];
  out += ' ';
  append_digits(out, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  out += ' ';
  append_digits(out, static_cast<unsigned>(of_day.hours().count()), 2);
  out += ':';
  append_digits(out, static_cast<unsigned>(of_day.minutes().count()), 2);
  out += ':';
  append_digits(out, static_cast<unsigned>(of_day.seconds().count()), 2);
  out += " GMT";
  return out;
}

}  // namespace sallyport
