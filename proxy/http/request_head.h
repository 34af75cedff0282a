// The head of an HTTP/1.x request, read strictly and in place: what has two readings is refused, as
// early as the bytes show it. The reader owns no bytes and keeps no view between calls, so that the
// buffer may grow and move; what was looked at is never looked at again, so a client that sends one
// byte at a time costs the same as one that sends all. Not for sharing between threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "policy/values/authority.h"
#include "policy/values/facts.h"
#include "proxy/http/field_lines.h"
#include "proxy/http/head_error.h"
#include "proxy/http/head_lines.h"
#include "proxy/http/request_fields.h"
#include "proxy/http/request_line.h"
#include "proxy/http/upgrade.h"

namespace sallyport {

/// A request head that was accepted. Its views point into the buffer of the read() that said `done`
/// and are valid while those bytes live and stay in place; the authorities are owned.
struct RequestHead {
  std::string_view method;
  /// As it was sent.
  std::string_view target;
  TargetForm form = TargetForm::authority;
  HttpVersion version = HttpVersion::http_1_1;
  /// http for absolute-form, the place's for origin-form; a CONNECT shows none.
  std::optional<Scheme> scheme;
  /// What the target names: of a CONNECT and of absolute-form. Host never decides for them.
  std::optional<Authority> authority;
  /// Path and query as they were sent. In absolute-form perhaps empty, or beginning with `?`: it
  /// lacks_slash(). Of a CONNECT empty.
  std::string_view path;
  /// What Host names, with the scheme's port where it names none; absent for a CONNECT, and in
  /// HTTP/1.0 without Host. In absolute-form it equals `authority`; in a tunnel the caller compares
  /// it with the tunnel's (`host_mismatch`); on the transparent listener it is the target.
  std::optional<Authority> host;
  FieldLines fields;
  /// Absent without Content-Length. Of a CONNECT 0 at most.
  std::optional<std::uint64_t> content_length;
  /// The body is chunked; then there is no Content-Length.
  bool is_chunked = false;
  /// The client keeps the connection open behind the answer (RFC 9112 section 9.3), as far as it
  /// depends on the client. Never of a CONNECT.
  bool keeps_open = false;
  /// The client waits for a 100 before it sends its body (RFC 9110 section 10.1.1). Never of an
  /// HTTP/1.0 request, whose expectation means nothing, nor of a CONNECT.
  bool expects_continue = false;
  UpgradeOffer upgrade = UpgradeOffer::none;
  /// It came through a proxy: has_passed() says whether through this one. Never of a CONNECT.
  bool has_via = false;
  /// It logs in the connection to the origin, which is nobody else's then. Never of a CONNECT.
  bool logs_in_connection = false;
  /// Bytes of the head, its empty line included. What stands behind them was not looked at.
  std::size_t consumed = 0;

  bool is_connect() const { return form == TargetForm::authority; }
  /// `/` is to be put before the path.
  bool lacks_slash() const { return form == TargetForm::absolute && !path.starts_with('/'); }
};

/// Reads one head.
class RequestHeadReader {
 public:
  explicit RequestHeadReader(HeadPlace place = HeadPlace::proxy, HeadBounds bounds = {})
      : place_(place), bounds_(bounds) {}

  /// Reads on. `bytes` is everything received since the head's first byte: it begins with the bytes
  /// of the call before, though it may have moved. How the bytes were cut into calls never changes
  /// the result. After `done` or `refused` the answer stays.
  HeadProgress read(std::string_view bytes);

  /// REQUIRES: read() said `done`, or refused for `host_mismatch`, which is judged last.
  const RequestHead& head() const { return head_; }

  /// The views of head() are of `bytes` from now on, to which what was read was copied. REQUIRES:
  /// read() said `done`.
  void move_to(std::string_view bytes);

  /// Moves the head out; once. REQUIRES: read() said `done`.
  RequestHead take() { return std::move(head_); }

  /// REQUIRES: read() said `refused`.
  const HeadError& error() const { return error_; }

 private:
  enum class Part : std::uint8_t { method, request_line, fields };

  /// Moves `lines_` behind the next line's CR LF; false if it is not all there. An error is kept
  /// in `error` and ends the scan.
  bool scan_line(std::string_view bytes, std::optional<HeadError>& error);
  std::optional<HeadError> read_line(std::string_view line);
  HeadProgress finish(std::string_view bytes);
  void tell_connection();
  HeadProgress refuse(HeadError error, std::string_view bytes);
  void rebind(std::string_view bytes);
  FieldLines fields_in(std::string_view bytes) const;

  HeadPlace place_;
  HeadBounds bounds_;
  HeadProgress progress_ = HeadProgress::need_more;
  Part part_ = Part::method;
  HeadLines lines_;
  std::size_t fields_begin_ = 0;  // behind the request line
  std::size_t field_lines_ = 0;
  std::size_t method_size_ = 0;
  std::size_t target_size_ = 0;
  std::size_t path_size_ = 0;
  RequestLine line_;  // its views are made anew for each buffer
  RequestFields fields_;
  RequestHead head_;
  HeadError error_;
};

}  // namespace sallyport
