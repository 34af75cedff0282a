#include "proxy/http/reply.h"

#include <algorithm>
#include <array>

#include "proxy/http/octets.h"
#include "proxy/http/reason_words.h"

namespace sallyport {
namespace {

static_assert(kConnectEstablished.size() == 39);

// Rule names are 64 bytes at most (DESIGN.md, Policy file).
constexpr std::size_t kRuleBytesMax = 64;

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

// A fault is not the policy's doing, and its phrase does not say that anything was blocked.
bool is_block(Reason reason) {
  const ReasonClass reason_class = info(reason).reason_class;
  return reason_class != ReasonClass::fault && reason_class != ReasonClass::session;
}

void append_phrase(std::string& out, const Refusal& refusal) {
  if (refusal.status != 0 && is_phrase(refusal.phrase)) {
    out += refusal.phrase;
    return;
  }
  out += is_block(refusal.reason) ? "Blocked by sallyport: " : "sallyport: ";
  out += text(refusal.reason);
}

// At most `size` bytes, never half a character of UTF-8 at the end.
std::string_view cut(std::string_view utf8, std::size_t size) {
  if (utf8.size() <= size) return utf8;
  while (size != 0 && (static_cast<unsigned char>(utf8[size]) & 0xc0) == 0x80) --size;
  return utf8.substr(0, size);
}

std::string body_of(const Refusal& refusal) {
  std::string body =
      is_block(refusal.reason) ? "Blocked by sallyport" : "Not reached through sallyport";
  if (refusal.target != nullptr) {
    body += ": ";
    body += refusal.target->text();
  }
  body += "\nReason: ";
  body += text(refusal.reason);
  body += ". ";
  body += words(refusal.reason).sentence;
  body += '\n';
  if (!refusal.rule.empty()) {
    body += "Rule: ";
    body += cut(refusal.rule, kRuleBytesMax);
    body += '\n';
  }
  constexpr std::string_view kHint = "Hint: ";
  if (!refusal.hint.empty() && body.size() + kHint.size() + 1 < kRefusalBodyBytesMax) {
    const std::size_t room = kRefusalBodyBytesMax - body.size() - kHint.size() - 1;
    body += kHint;
    body += cut(refusal.hint, room);
    body += '\n';
  }
  if (!refusal.contact.empty()) {
    body += "Contact: ";
    body += refusal.contact;
    body += '\n';
  }
  return body;
}

}  // namespace

std::uint16_t status_of(const Refusal& refusal) {
  if (refusal.status >= 400 && refusal.status <= 599) return refusal.status;
  const std::uint16_t status = info(refusal.reason).status;
  return status != 0 ? status : 500;
}

std::string refusal(const Refusal& refusal) {
  const std::string body = body_of(refusal);
  std::string out;
  out.reserve(384 + body.size());
  out += "HTTP/1.1 ";
  append_digits(out, status_of(refusal), 3);
  out += ' ';
  append_phrase(out, refusal);
  out += "\r\nDate: ";
  out += http_date(refusal.time);
  out += "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ";
  out += std::to_string(body.size());
  out += "\r\nConnection: close\r\nProxy-Status: sallyport; error=";
  out += words(refusal.reason).proxy_status_error;
  out += "; details=\"";
  out += text(refusal.reason);
  out += '"';
  if (refusal.retry_after) {
    out += "\r\nRetry-After: ";
    out += std::to_string(std::max<std::int64_t>(refusal.retry_after->count(), 0));
  }
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
