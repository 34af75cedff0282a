// The first line of a request: method, target and version (RFC 9112 section 3), read strictly into
// one meaning. Pure; the result holds views of the line and is valid while that lives.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "policy/values/authority.h"
#include "proxy/http/head_error.h"

namespace sallyport {

/// Who is spoken to, which says what targets are right (SEMANTICS.md section 9, Targets).
enum class HeadPlace : std::uint8_t {
  proxy,         ///< a client outside a tunnel: CONNECT, or absolute-form with http://
  http_origin,   ///< inside a tunnel or on the transparent listener: origin-form, default port 80
  https_origin,  ///< the same in an intercepted tunnel, default port 443
};

/// The four forms of RFC 9112 section 3.2.
enum class TargetForm : std::uint8_t { authority, absolute, origin, asterisk };

enum class HttpVersion : std::uint8_t { http_1_0, http_1_1 };

/// A request line that was accepted.
struct RequestLine {
  std::string_view method;  ///< an upper-case token
  std::string_view target;  ///< as it was sent
  TargetForm form = TargetForm::origin;
  HttpVersion version = HttpVersion::http_1_1;
  /// What the target names: of a CONNECT and of absolute-form.
  std::optional<Authority> authority;
  /// Path and query as they were sent; the end of `target`. Of absolute-form it may be empty or
  /// begin with `?` (it then leaves with a `/` before it). Of a CONNECT empty; of `OPTIONS *` `*`.
  std::string_view path;
};

/// Reads a line without its CR LF into `out`; nothing is returned on success. On an error `out` is
/// unspecified. REQUIRES: no byte of the line is a control byte or >= 0x80.
std::optional<HeadError> read_request_line(std::string_view line, HeadPlace place,
                                           RequestLine& out);

}  // namespace sallyport
