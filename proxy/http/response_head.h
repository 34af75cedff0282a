// The head of an HTTP/1.x response, read as strictly and in place as that of a request: an origin
// that can be read in two ways could put its answer into another client's hands. The reader owns no
// bytes and keeps no view between calls, so that the buffer may grow and move; what was looked at
// is never looked at again. Not for sharing between threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "proxy/http/field_lines.h"
#include "proxy/http/head_error.h"
#include "proxy/http/head_lines.h"
#include "proxy/http/request_line.h"
#include "proxy/http/response_fields.h"

namespace sallyport {

/// A response head that was accepted. Its views point into the buffer of the read() that said
/// `done` and are valid while those bytes live and stay in place.
struct ResponseHead {
  HttpVersion version = HttpVersion::http_1_1;
  std::uint16_t status = 0;  ///< 100 to 599
  /// As it was sent, often empty.
  std::string_view reason_phrase;
  FieldLines fields;
  /// Absent without Content-Length. Of 1xx and 204 0 at most.
  std::optional<std::uint64_t> content_length;
  /// The body is chunked; then there is no Content-Length. Never set in HTTP/1.0, 1xx and 204.
  bool is_chunked = false;
  /// The origin means to keep the connection open (RFC 9112 section 9.3): HTTP/1.1 unless
  /// Connection names `close`, HTTP/1.0 only where it names `keep-alive` and not `close`. A body
  /// that ends with the connection closes it all the same.
  bool keeps_open = false;
  /// It asks for a login of the connection, which is nobody else's then.
  bool logs_in_connection = false;
  /// Bytes of the head, its empty line included. What stands behind them was not looked at.
  std::size_t consumed = 0;
};

/// Reads one head. Interim responses (1xx) are heads of their own: a new reader for each.
class ResponseHeadReader {
 public:
  explicit ResponseHeadReader(HeadBounds bounds = {}) : bounds_(bounds) {}

  /// Reads on. `bytes` is everything received since the head's first byte: it begins with the bytes
  /// of the call before, though it may have moved. How the bytes were cut into calls never changes
  /// the result. After `done` or `refused` the answer stays.
  HeadProgress read(std::string_view bytes);

  /// REQUIRES: read() said `done`.
  const ResponseHead& head() const { return head_; }

  /// Hands the head out. REQUIRES: read() said `done`.
  ResponseHead take() { return head_; }

  /// Its reason is always `origin_malformed`. REQUIRES: read() said `refused`.
  const HeadError& error() const { return error_; }

 private:
  const char* read_line(std::string_view line);
  const char* read_status_line(std::string_view line);
  HeadProgress finish(std::string_view bytes);
  HeadProgress refuse(const char* what);

  HeadBounds bounds_;
  HeadProgress progress_ = HeadProgress::need_more;
  HeadLines lines_;
  std::size_t fields_begin_ = 0;  // behind the status line; 0 until that was read
  std::size_t field_lines_ = 0;
  std::size_t reason_phrase_size_ = 0;
  ResponseFields fields_;
  ResponseHead head_;
  HeadError error_;
};

}  // namespace sallyport
