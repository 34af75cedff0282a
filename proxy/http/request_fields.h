// The fields of a request that say where it goes, where it ends and what becomes of the connection:
// Host, Content-Length, Transfer-Encoding, Connection, Expect (RFC 9112 sections 3.2, 6, 9, RFC
// 9110 section 10.1.1). Told one at a time, each judged as it comes. Owns the parsed Host, keeps no
// view.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "policy/values/authority.h"
#include "proxy/http/connection_options.h"
#include "proxy/http/field_lines.h"
#include "proxy/http/head_error.h"
#include "proxy/http/request_line.h"

namespace sallyport {

/// What the fields of one request said so far.
class RequestFields {
 public:
  /// Takes one field of the request with that line; nothing is returned if it is right. Fields
  /// without a meaning here always are. `line` is valid for the call alone.
  std::optional<HeadError> add(const Field& field, const RequestLine& line, HeadPlace place);

  /// What can be judged only when all fields are there. REQUIRES: add() never refused.
  std::optional<HeadError> finish(const RequestLine& line) const;

  /// What Host names in origin-form and absolute-form; absent for a CONNECT and where none was
  /// sent.
  const std::optional<Authority>& host() const { return host_; }
  std::optional<Authority> take_host() { return std::move(host_); }

  /// Absent without Content-Length.
  std::optional<std::uint64_t> content_length() const { return content_length_; }

  /// The body is chunked.
  bool is_chunked() const { return is_chunked_; }

  /// What Connection and Proxy-Connection say. Of a CONNECT they are not read.
  const ConnectionOptions& connection() const { return connection_; }

  /// `Expect: 100-continue` was sent. Of a CONNECT it is not read.
  bool has_expect() const { return has_expect_; }
  bool has_upgrade() const { return has_upgrade_; }
  bool has_via() const { return has_via_; }
  /// An Authorization logs in the connection to the origin.
  bool logs_in_connection() const { return logs_in_connection_; }

 private:
  std::optional<HeadError> add_of_exchange(const Field& field);
  std::optional<HeadError> add_host(std::string_view value, const RequestLine& line,
                                    HeadPlace place);
  std::optional<HeadError> add_content_length(std::string_view value, const RequestLine& line);
  std::optional<HeadError> add_transfer_encoding(std::string_view value, const RequestLine& line);
  std::optional<HeadError> add_expect(std::string_view value);

  std::optional<Authority> host_;
  std::optional<std::uint64_t> content_length_;
  bool has_host_ = false;
  bool is_chunked_ = false;
  bool has_expect_ = false;
  bool has_upgrade_ = false;
  bool has_via_ = false;
  bool logs_in_connection_ = false;
  ConnectionOptions connection_;
};

}  // namespace sallyport
