// The fields of a request that say where it goes and where it ends: Host, Content-Length,
// Transfer-Encoding, Connection (RFC 9112 sections 3.2, 6, 9). Told one at a time, each judged as
// it comes. Owns the parsed Host, keeps no view.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "policy/values/authority.h"
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

 private:
  std::optional<HeadError> add_host(std::string_view value, const RequestLine& line,
                                    HeadPlace place);
  std::optional<HeadError> add_content_length(std::string_view value, const RequestLine& line);
  std::optional<HeadError> add_transfer_encoding(std::string_view value, const RequestLine& line);

  std::optional<Authority> host_;
  std::optional<std::uint64_t> content_length_;
  bool has_host_ = false;
  bool is_chunked_ = false;
};

}  // namespace sallyport
