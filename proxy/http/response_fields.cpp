#include "proxy/http/response_fields.h"

#include <charconv>
#include <limits>

#include "proxy/http/comma_list.h"
#include "proxy/http/connection_login.h"
#include "proxy/http/octets.h"

namespace sallyport {
namespace {

// Every counter of bytes behind us can hold this.
constexpr std::uint64_t kContentLengthMax = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t kContentLengthDigitsMax = 19;
/// Of all Connection fields, the empty ones too.
constexpr std::uint8_t kConnectionOptionsMax = 64;

// RFC 9110 section 8.6 and RFC 9112 section 6.1 forbid a length above nothing and a coding here.
// The gate reads no body behind these whatever is said (section 6.3), but a client that believes
// the fields would take the next answer for one.
bool never_has_body(std::uint16_t status) { return status < 200 || status == 204; }

}  // namespace

const char* ResponseFields::add(const Field& field, HttpVersion version, std::uint16_t status) {
  if (equal_ignoring_case(field.name, "Content-Length")) {
    return add_content_length(field.value, status);
  }
  if (equal_ignoring_case(field.name, "Transfer-Encoding")) {
    return add_transfer_encoding(field.value, version, status);
  }
  if (equal_ignoring_case(field.name, "Connection")) return add_connection(field.value);
  if (equal_ignoring_case(field.name, "WWW-Authenticate")) {
    logs_in_connection_ = logs_in_connection_ || sallyport::logs_in_connection(field.value);
  }
  return nullptr;
}

const char* ResponseFields::add_content_length(std::string_view value, std::uint16_t status) {
  if (content_length_) return "a response has one Content-Length field, not two";
  if (is_chunked_) return "a response has Content-Length or Transfer-Encoding, not both";
  const bool is_canonical = is_digits(value) && value.size() <= kContentLengthDigitsMax &&
                            (value.size() == 1 || value.front() != '0');
  if (!is_canonical) return "Content-Length must be a decimal number without leading 0";
  std::uint64_t length = 0;  // 19 digits always fit
  std::from_chars(value.data(), value.data() + value.size(), length);
  if (length > kContentLengthMax) return "Content-Length is larger than anything";
  if (length != 0 && never_has_body(status)) return "a response of that status has no body";
  content_length_ = length;
  return nullptr;
}

const char* ResponseFields::add_transfer_encoding(std::string_view value, HttpVersion version,
                                                  std::uint16_t status) {
  if (is_chunked_) return "a response has one Transfer-Encoding field, not two";
  if (content_length_) return "a response has Content-Length or Transfer-Encoding, not both";
  if (version == HttpVersion::http_1_0) return "Transfer-Encoding needs HTTP/1.1";
  if (never_has_body(status)) {
    return "a response of that status has no body, and so no Transfer-Encoding";
  }
  if (!equal_ignoring_case(value, "chunked")) {
    return "Transfer-Encoding must be chunked and nothing else";
  }
  is_chunked_ = true;
  return nullptr;
}

// What else it names is hop-by-hop, and the writer's to leave out.
const char* ResponseFields::add_connection(std::string_view value) {
  while (!value.empty()) {
    if (connection_options_ == kConnectionOptionsMax) {
      return "Connection names more than 64 options";  // each is looked up for each field
    }
    ++connection_options_;
    const std::string_view option = take_element(value);
    if (equal_ignoring_case(option, "close")) says_close_ = true;
    if (equal_ignoring_case(option, "keep-alive")) says_keep_alive_ = true;
  }
  return nullptr;
}

}  // namespace sallyport
