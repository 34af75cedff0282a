#include "proxy/http/request_head.h"

#include "proxy/http/octets.h"

namespace sallyport {
namespace {

constexpr char kTlsHandshakeRecord = 0x16;  // RFC 8446 section 5.1

constexpr HeadError malformed(const char* what) {
  return HeadError{Reason::malformed_request, what};
}

// The first byte tells who is speaking before a whole line has come; such a client may never send
// one.
HeadError first_byte_error(char byte) {
  if (byte == kTlsHandshakeRecord) {
    return {Reason::malformed_request,
            "TLS spoken to a plain HTTP proxy; the proxy URL must begin with http://",
            ForeignProtocol::tls};
  }
  if (byte == 0x04 || byte == 0x05) {
    return {Reason::malformed_request,
            "SOCKS spoken to a plain HTTP proxy; the proxy URL must begin with http://",
            ForeignProtocol::socks};
  }
  if (byte == '\r' || byte == '\n') {
    return malformed("a request begins with its method, not with an empty line");
  }
  return malformed("a request begins with a method in upper case, such as CONNECT");
}

HeadError byte_error(char byte, bool in_fields) {
  if (in_fields || byte == '\n' || byte == '\0') return malformed(wrong_byte_words(byte));
  if (is_obs_text(byte)) {
    return malformed("a request line is ASCII; percent-encode the rest, write names as A-labels");
  }
  return malformed("a request line holds no tabs or other control bytes");
}

constexpr HeadError kTooLarge{Reason::header_too_large,
                              "the request line and its fields are larger than the gate accepts"};
constexpr HeadError kTooManyFields{Reason::header_too_large,
                                   "the request has more field lines than the gate accepts"};

}  // namespace

HeadProgress RequestHeadReader::read(std::string_view bytes) {
  if (progress_ != HeadProgress::need_more) return progress_;
  const std::string_view within = bytes.substr(0, bounds_.bytes);
  if (within.size() < lines_.scanned()) return progress_;  // nothing new, and nothing to look at
  if (part_ == Part::fields) rebind(within);
  std::optional<HeadError> error;
  while (scan_line(within, error)) {
    const std::string_view line = lines_.take(within);
    if (part_ == Part::fields && line.empty()) return finish(within);
    error = read_line(line);
    if (error) break;
  }
  if (!error && bytes.size() >= bounds_.bytes) error = kTooLarge;
  return error ? refuse(*error, within) : HeadProgress::need_more;
}

// Looks at each byte once, in order, before the line that it stands in is read: so a byte that is
// wrong is told at once, and told the same however the bytes arrive.
bool RequestHeadReader::scan_line(std::string_view bytes, std::optional<HeadError>& error) {
  LinePart line_part = part_ == Part::fields ? LinePart::fields : LinePart::request_line;
  if (part_ == Part::method) {
    line_part = LinePart::method;
    if (!lines_.skip(bytes, line_part)) return false;
    if (lines_.scanned() == 0) {
      error = first_byte_error(bytes.front());
      return false;
    }
    const char stop = bytes[lines_.scanned()];
    if (is_visible(stop)) {
      error = malformed("a method is a token in upper case, such as CONNECT");
      return false;
    }
    if (stop == ' ') {
      part_ = Part::request_line;
      line_part = LinePart::request_line;
    }
  }
  switch (lines_.scan(bytes, line_part)) {
    case HeadLines::Stop::need_more:
      return false;
    case HeadLines::Stop::line:
      return true;
    case HeadLines::Stop::wrong_byte:
      error = byte_error(bytes[lines_.scanned()], part_ == Part::fields);
      return false;
    case HeadLines::Stop::bare_cr:
      error = malformed(kBareCrWords);
      return false;
  }
  return false;
}

std::optional<HeadError> RequestHeadReader::read_line(std::string_view line) {
  if (part_ != Part::fields) {
    part_ = Part::fields;
    fields_begin_ = lines_.scanned();
    if (std::optional<HeadError> error = read_request_line(line, place_, line_)) return error;
    method_size_ = line_.method.size();
    target_size_ = line_.target.size();
    path_size_ = line_.path.size();
    return std::nullopt;
  }
  if (field_lines_ == bounds_.field_lines) return kTooManyFields;
  ++field_lines_;
  Field field;
  if (const char* what = read_field_line(line, field)) return malformed(what);
  return fields_.add(field, line_, place_);
}

// The buffer may have moved since the request line was read.
void RequestHeadReader::rebind(std::string_view bytes) {
  line_.method = bytes.substr(0, method_size_);
  line_.target = bytes.substr(method_size_ + 1, target_size_);
  line_.path = line_.target.substr(target_size_ - path_size_);
}

void RequestHeadReader::move_to(std::string_view bytes) {
  rebind(bytes);
  head_.method = line_.method;
  head_.target = line_.target;
  head_.path = line_.path;
  head_.fields = fields_in(bytes);
}

FieldLines RequestHeadReader::fields_in(std::string_view bytes) const {
  return FieldLines(bytes.substr(fields_begin_, lines_.scanned() - 2 - fields_begin_));
}

HeadProgress RequestHeadReader::finish(std::string_view bytes) {
  const std::optional<HeadError> error = fields_.finish(line_);
  head_.method = line_.method;
  head_.target = line_.target;
  head_.form = line_.form;
  head_.version = line_.version;
  head_.path = line_.path;
  head_.authority = std::move(line_.authority);
  head_.host = fields_.take_host();
  if (place_ == HeadPlace::https_origin) {
    head_.scheme = Scheme::https;
  } else if (!head_.is_connect()) {
    head_.scheme = Scheme::http;
  }
  head_.fields = fields_in(bytes);
  head_.content_length = fields_.content_length();
  head_.is_chunked = fields_.is_chunked();
  head_.consumed = lines_.scanned();
  if (!head_.is_connect()) tell_connection();
  if (error) return refuse(*error, bytes);
  progress_ = HeadProgress::done;
  return progress_;
}

void RequestHeadReader::tell_connection() {
  const ConnectionOptions& connection = fields_.connection();
  const bool is_1_1 = head_.version == HttpVersion::http_1_1;
  head_.keeps_open = connection.keeps_open(head_.version);
  head_.expects_continue = is_1_1 && fields_.has_expect();
  head_.has_via = fields_.has_via();
  head_.logs_in_connection = fields_.logs_in_connection();
  if (is_1_1 && connection.has_upgrade() && fields_.has_upgrade()) {
    const bool has_body = head_.is_chunked || head_.content_length.value_or(0) != 0;
    head_.upgrade = read_upgrade_offer(head_.method, has_body, head_.fields);
  }
}

HeadProgress RequestHeadReader::refuse(HeadError error, std::string_view bytes) {
  error.is_connect = bytes.starts_with("CONNECT ");
  error.is_head_method = bytes.starts_with("HEAD ");
  error_ = error;
  progress_ = HeadProgress::refused;
  return progress_;
}

}  // namespace sallyport
