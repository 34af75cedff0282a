// The fields of a response that say where it ends and whether its connection does: Content-Length,
// Transfer-Encoding, Connection (RFC 9112 sections 6 and 9). Told one at a time, each judged as it
// comes. A plain value that keeps no view.
#pragma once

#include <cstdint>
#include <optional>

#include "proxy/http/field_lines.h"
#include "proxy/http/request_line.h"

namespace sallyport {

/// What the fields of one response said so far.
class ResponseFields {
 public:
  /// Takes one field of a response with that version and status; null if it is right, else what is
  /// wrong in words. Fields without a meaning here always are right.
  const char* add(const Field& field, HttpVersion version, std::uint16_t status);

  /// Absent without Content-Length.
  std::optional<std::uint64_t> content_length() const { return content_length_; }

  /// The body is chunked.
  bool is_chunked() const { return is_chunked_; }

  /// A WWW-Authenticate asks for a login of the connection.
  bool logs_in_connection() const { return logs_in_connection_; }

  /// Whether the connection stays open behind this response, as far as its fields say.
  bool keeps_open(HttpVersion version) const {
    return !says_close_ && (version == HttpVersion::http_1_1 || says_keep_alive_);
  }

 private:
  const char* add_content_length(std::string_view value, std::uint16_t status);
  const char* add_transfer_encoding(std::string_view value, HttpVersion version,
                                    std::uint16_t status);
  const char* add_connection(std::string_view value);

  std::optional<std::uint64_t> content_length_;
  std::uint8_t connection_options_ = 0;
  bool is_chunked_ = false;
  bool says_close_ = false;
  bool says_keep_alive_ = false;
  bool logs_in_connection_ = false;
};

}  // namespace sallyport
