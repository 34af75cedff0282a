#include "proxy/http/request_fields.h"

#include <charconv>

#include "proxy/http/connection_login.h"
#include "proxy/http/octets.h"

namespace sallyport {
namespace {

using Refused = std::optional<HeadError>;

// 18 digits stay below 2^63, which every counter of bytes behind us can hold.
constexpr std::size_t kContentLengthDigitsMax = 18;

Refused malformed(const char* what) { return HeadError{Reason::malformed_request, what}; }

bool is_connect(const RequestLine& line) { return line.form == TargetForm::authority; }

/// Host says what the target says, byte for byte, as it usually does: nothing is to be parsed anew.
bool repeats_target(std::string_view host, const RequestLine& line) {
  if (is_connect(line)) return host == line.target;
  constexpr std::size_t kSchemeSize = std::string_view("http://").size();
  if (line.form != TargetForm::absolute) return false;
  return host ==
         line.target.substr(kSchemeSize, line.target.size() - kSchemeSize - line.path.size());
}

}  // namespace

Refused RequestFields::add(const Field& field, const RequestLine& line, HeadPlace place) {
  const auto is = [&field](std::string_view name) { return equal_ignoring_case(field.name, name); };
  // Told apart by size first, here and below: most fields of a request are none of these.
  switch (field.name.size()) {
    case 4:
      if (is("Host")) return add_host(field.value, line, place);
      break;
    case 14:
      if (is("Content-Length")) return add_content_length(field.value, line);
      break;
    case 17:
      if (is("Transfer-Encoding")) return add_transfer_encoding(field.value, line);
      break;
    default:
      break;
  }
  // Of a CONNECT no field is forwarded: it can strip nothing, and what it expects is the 200.
  return is_connect(line) ? std::nullopt : add_of_exchange(field);
}

Refused RequestFields::add_of_exchange(const Field& field) {
  const auto is = [&field](std::string_view name) { return equal_ignoring_case(field.name, name); };
  switch (field.name.size()) {
    case 3:
      has_via_ = has_via_ || is("Via");
      break;
    case 6:
      if (is("Expect")) return add_expect(field.value);
      break;
    case 7:
      has_upgrade_ = has_upgrade_ || is("Upgrade");
      break;
    case 10:
      if (is("Connection")) return connection_.add_of_request(field.value);
      break;
    case 13:
      if (is("Authorization")) {
        logs_in_connection_ = logs_in_connection_ || sallyport::logs_in_connection(field.value);
      }
      break;
    case 16:
      if (is("Proxy-Connection")) connection_.add_proxy_connection(field.value);
      break;
    default:
      break;
  }
  return std::nullopt;
}

Refused RequestFields::add_host(std::string_view value, const RequestLine& line, HeadPlace place) {
  if (has_host_) return malformed("a request has one Host field, not two");
  has_host_ = true;
  if (repeats_target(value, line)) {
    if (!is_connect(line)) host_ = line.authority;
    return std::nullopt;
  }
  const std::uint16_t default_port =
      is_connect(line) || place == HeadPlace::https_origin ? 443 : 80;
  std::optional<Authority> host = parse_authority(value, default_port);
  if (!host) return malformed("Host must be host or host:port");
  if (is_connect(line)) return std::nullopt;
  host_ = std::move(host);
  return std::nullopt;
}

Refused RequestFields::add_content_length(std::string_view value, const RequestLine& line) {
  if (content_length_) return malformed("a request has one Content-Length field, not two");
  if (is_chunked_) return malformed("a request has Content-Length or Transfer-Encoding, not both");
  const bool is_canonical = is_digits(value) && value.size() <= kContentLengthDigitsMax &&
                            (value.size() == 1 || value.front() != '0');
  if (!is_canonical) return malformed("Content-Length must be a decimal number without leading 0");
  std::uint64_t length = 0;
  std::from_chars(value.data(), value.data() + value.size(), length);
  // WinHTTP sends `Content-Length: 0` with a CONNECT.
  if (is_connect(line) && length != 0) return malformed("CONNECT has no body");
  content_length_ = length;
  return std::nullopt;
}

Refused RequestFields::add_transfer_encoding(std::string_view value, const RequestLine& line) {
  if (is_connect(line)) return malformed("CONNECT has no body, and so no Transfer-Encoding");
  if (is_chunked_) return malformed("a request has one Transfer-Encoding field, not two");
  if (content_length_) {
    return malformed("a request has Content-Length or Transfer-Encoding, not both");
  }
  if (line.version == HttpVersion::http_1_0) {
    return malformed("Transfer-Encoding needs HTTP/1.1");
  }
  if (value != "chunked") return malformed("Transfer-Encoding must be chunked and nothing else");
  is_chunked_ = true;
  return std::nullopt;
}

// Whoever waits for a 100 that nobody sends, or sends a body that nobody reads, is out of step with
// the next hop. RFC 9110 section 10.1.1 knows one expectation; a 417 for others is a may.
Refused RequestFields::add_expect(std::string_view value) {
  if (has_expect_) return malformed("a request has one Expect field, not two");
  if (!equal_ignoring_case(value, "100-continue")) {
    return malformed("Expect must be 100-continue and nothing else");
  }
  has_expect_ = true;
  return std::nullopt;
}

Refused RequestFields::finish(const RequestLine& line) const {
  if (!has_host_ && !is_connect(line) && line.version == HttpVersion::http_1_1) {
    return malformed("an HTTP/1.1 request needs a Host field");
  }
  // Judged last, so that a second Host is malformed in either order.
  if (host_ && line.form == TargetForm::absolute &&
      !(host_->host == line.authority->host && host_->port == line.authority->port)) {
    return HeadError{Reason::host_mismatch, "Host must name the host and port of the target"};
  }
  return std::nullopt;
}

}  // namespace sallyport
