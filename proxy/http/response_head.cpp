#include "proxy/http/response_head.h"

#include "proxy/http/octets.h"

namespace sallyport {
namespace {

// `HTTP/1.1 200`, behind which the line may end (RFC 9112 section 4).
constexpr std::size_t kVersionSize = 8;
constexpr std::size_t kStatusEnd = kVersionSize + 1 + 3;

constexpr const char* kTooLarge = "the status line and its fields are larger than the gate accepts";
constexpr const char* kTooManyFields = "the response has more field lines than the gate accepts";

}  // namespace

HeadProgress ResponseHeadReader::read(std::string_view bytes) {
  if (progress_ != HeadProgress::need_more) return progress_;
  const std::string_view within = bytes.substr(0, bounds_.bytes);
  HeadLines::Stop stop;
  while ((stop = lines_.scan(within, LinePart::fields)) == HeadLines::Stop::line) {
    const std::string_view line = lines_.take(within);
    if (fields_begin_ != 0 && line.empty()) return finish(within);
    if (const char* what = read_line(line)) return refuse(what);
  }
  if (stop == HeadLines::Stop::bare_cr) return refuse(kBareCrWords);
  if (stop == HeadLines::Stop::wrong_byte) {
    return refuse(wrong_byte_words(within[lines_.scanned()]));
  }
  if (bytes.size() >= bounds_.bytes) return refuse(kTooLarge);
  return HeadProgress::need_more;
}

const char* ResponseHeadReader::read_line(std::string_view line) {
  if (fields_begin_ == 0) {
    fields_begin_ = lines_.scanned();
    return read_status_line(line);
  }
  if (field_lines_ == bounds_.field_lines) return kTooManyFields;
  ++field_lines_;
  Field field;
  if (const char* what = read_field_line(line, field)) return what;
  return fields_.add(field, head_.version, head_.status);
}

const char* ResponseHeadReader::read_status_line(std::string_view line) {
  const std::string_view version = line.substr(0, kVersionSize);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return "a status line must begin with HTTP/1.1 or HTTP/1.0";
  }
  head_.version = version == "HTTP/1.1" ? HttpVersion::http_1_1 : HttpVersion::http_1_0;
  const bool has_status = line.size() >= kStatusEnd && line[kVersionSize] == ' ' &&
                          is_digits(line.substr(kVersionSize + 1, 3)) &&
                          (line.size() == kStatusEnd || line[kStatusEnd] == ' ');
  if (!has_status) return "a status is three digits with one space before and behind them";
  unsigned status = 0;
  for (const char digit : line.substr(kVersionSize + 1, 3)) {
    status = 10 * status + static_cast<unsigned>(digit - '0');
  }
  if (status < 100 || status > 599) return "a status is a number from 100 to 599";
  head_.status = static_cast<std::uint16_t>(status);
  reason_phrase_size_ = line.size() == kStatusEnd ? 0 : line.size() - kStatusEnd - 1;
  return nullptr;
}

HeadProgress ResponseHeadReader::finish(std::string_view bytes) {
  const std::size_t end = lines_.scanned() - 2;  // of the fields
  head_.reason_phrase = bytes.substr(fields_begin_ - 2 - reason_phrase_size_, reason_phrase_size_);
  head_.fields = FieldLines(bytes.substr(fields_begin_, end - fields_begin_));
  head_.content_length = fields_.content_length();
  head_.is_chunked = fields_.is_chunked();
  head_.keeps_open = fields_.keeps_open(head_.version);
  head_.logs_in_connection = fields_.logs_in_connection();
  head_.consumed = lines_.scanned();
  progress_ = HeadProgress::done;
  return progress_;
}

HeadProgress ResponseHeadReader::refuse(const char* what) {
  error_ = {Reason::origin_malformed, what};
  progress_ = HeadProgress::refused;
  return progress_;
}

}  // namespace sallyport
