#include "proxy/http/request_head.h"

#include <array>

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
  if (byte == '\n') return malformed("lines end with CR LF, not with LF alone");
  if (byte == '\0') return malformed("a head holds no NUL");
  if (in_fields) return malformed("a field holds no control bytes");
  if (is_obs_text(byte)) {
    return malformed("a request line is ASCII; percent-encode the rest, write names as A-labels");
  }
  return malformed("a request line holds no tabs or other control bytes");
}

// Which bytes may stand in the method, in the rest of the request line, and in a field line: one
// bit each. Nearly all bytes of a head are judged by this table alone.
constexpr std::uint8_t kInMethod = 1;
constexpr std::uint8_t kInRequestLine = 2;
constexpr std::uint8_t kInFields = 4;

constexpr std::array<std::uint8_t, 256> kByteTable = [] {
  std::array<std::uint8_t, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    const char byte = static_cast<char>(i);
    if (is_method_byte(byte)) table[i] |= kInMethod;
    if (byte == ' ' || is_visible(byte)) table[i] |= kInRequestLine | kInFields;
    if (byte == '\t' || is_obs_text(byte)) table[i] |= kInFields;
  }
  return table;
}();

// The place of the first byte at or behind `begin` that may not stand there.
std::size_t skip_fine_bytes(std::string_view bytes, std::size_t begin, std::uint8_t where) {
  while (begin < bytes.size() &&
         (kByteTable[static_cast<unsigned char>(bytes[begin])] & where) != 0) {
    ++begin;
  }
  return begin;
}

constexpr HeadError kTooLarge{Reason::header_too_large,
                              "the request line and its fields are larger than the gate accepts"};
constexpr HeadError kTooManyFields{Reason::header_too_large,
                                   "the request has more field lines than the gate accepts"};

}  // namespace

HeadProgress RequestHeadReader::read(std::string_view bytes) {
  if (progress_ != HeadProgress::need_more) return progress_;
  const std::string_view within = bytes.substr(0, bounds_.bytes);
  if (within.size() < scanned_) return progress_;  // nothing new, and nothing to look at
  if (part_ == Part::fields) rebind(within);
  std::optional<HeadError> error;
  while (scan_line(within, error)) {
    const std::string_view line = within.substr(line_begin_, scanned_ - 2 - line_begin_);
    line_begin_ = scanned_;
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
  if (part_ == Part::method) {
    scanned_ = skip_fine_bytes(bytes, scanned_, kInMethod);
    if (scanned_ == bytes.size()) return false;
    if (scanned_ == 0) {
      error = first_byte_error(bytes.front());
      return false;
    }
    if (is_visible(bytes[scanned_])) {
      error = malformed("a method is a token in upper case, such as CONNECT");
      return false;
    }
    if (bytes[scanned_] == ' ') part_ = Part::request_line;
  }
  const bool in_fields = part_ == Part::fields;
  if (part_ != Part::method) {
    scanned_ = skip_fine_bytes(bytes, scanned_, in_fields ? kInFields : kInRequestLine);
  }
  if (scanned_ == bytes.size()) return false;
  if (bytes[scanned_] != '\r') {
    error = byte_error(bytes[scanned_], in_fields);
    return false;
  }
  if (scanned_ + 1 == bytes.size()) return false;
  if (bytes[scanned_ + 1] != '\n') {
    error = malformed("lines end with CR LF, not with CR alone");
    return false;
  }
  scanned_ += 2;
  return true;
}

std::optional<HeadError> RequestHeadReader::read_line(std::string_view line) {
  if (part_ != Part::fields) {
    part_ = Part::fields;
    fields_begin_ = scanned_;
    if (std::optional<HeadError> error = read_request_line(line, place_, line_)) return error;
    method_size_ = line_.method.size();
    target_size_ = line_.target.size();
    path_size_ = line_.path.size();
    return std::nullopt;
  }
  if (field_lines_ == bounds_.field_lines) return kTooManyFields;
  ++field_lines_;
  if (line.front() == ' ' || line.front() == '\t') {
    return malformed("a field stands on one line; folded lines are refused");
  }
  const std::optional<Field> field = split_field_line(line);
  if (!field) return malformed("a field line is a name, a colon at once behind it, and a value");
  return fields_.add(*field, line_, place_);
}

// The buffer may have moved since the request line was read.
void RequestHeadReader::rebind(std::string_view bytes) {
  line_.method = bytes.substr(0, method_size_);
  line_.target = bytes.substr(method_size_ + 1, target_size_);
  line_.path = line_.target.substr(target_size_ - path_size_);
}

HeadProgress RequestHeadReader::finish(std::string_view bytes) {
  if (const std::optional<HeadError> error = fields_.finish(line_)) return refuse(*error, bytes);
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
  head_.fields = FieldLines(bytes.substr(fields_begin_, scanned_ - 2 - fields_begin_));
  head_.content_length = fields_.content_length();
  head_.is_chunked = fields_.is_chunked();
  head_.consumed = scanned_;
  if (!head_.is_connect()) tell_connection();
  progress_ = HeadProgress::done;
  return progress_;
}

void RequestHeadReader::tell_connection() {
  const ConnectionOptions& connection = fields_.connection();
  const bool is_1_1 = head_.version == HttpVersion::http_1_1;
  head_.keeps_open = connection.keeps_open(head_.version);
  head_.expects_continue = is_1_1 && fields_.has_expect();
  head_.has_via = fields_.has_via();
  if (is_1_1 && connection.has_upgrade() && fields_.has_upgrade()) {
    const bool has_body = head_.is_chunked || head_.content_length.value_or(0) != 0;
    head_.upgrade = read_upgrade_offer(head_.method, has_body, head_.fields);
  }
}

HeadProgress RequestHeadReader::refuse(HeadError error, std::string_view bytes) {
  error.is_connect = bytes.starts_with("CONNECT ");
  error_ = error;
  progress_ = HeadProgress::refused;
  return progress_;
}

}  // namespace sallyport
