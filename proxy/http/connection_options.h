// What the Connection fields of a request say of this hop: whether the connection stays, whether an
// upgrade is meant (RFC 9110 section 7.6.1, RFC 9112 section 9.3); and which fields of a message
// they end here. Pure; keeps no view.
//
// What a request may name is a list and nothing else: close, keep-alive, upgrade, te, trailer (and
// RFC 2616's `trailers`), http2-settings, proxy-connection. That is all that clients are known to
// send, and none of these fields routes, frames, authenticates or is signed. Every other name is
// refused, for it asks the gate to take away what the next hop may rely on (THREATS.md D7); an
// unknown field cannot be told from one that an origin trusts. A response is its origin's own, and
// is never refused for what it names: see connection_strips().
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "proxy/http/field_lines.h"
#include "proxy/http/head_error.h"
#include "proxy/http/request_line.h"

namespace sallyport {

/// The options of one request.
class ConnectionOptions {
 public:
  /// Elements of all Connection fields of a request, the empty ones too; clients send three.
  static constexpr std::uint8_t kElementsMax = 16;

  /// Takes one Connection field of a request; nothing is returned if it names what it may.
  std::optional<HeadError> add_of_request(std::string_view value);

  /// Takes one Proxy-Connection field: the obsolete twin says `close` or `keep-alive` and
  /// nothing else (RFC 9112 appendix C.2.2).
  void add_proxy_connection(std::string_view value);

  bool closes() const { return closes_; }
  bool has_keep_alive() const { return has_keep_alive_; }
  bool has_upgrade() const { return has_upgrade_; }

  /// The connection stays open behind this request: in HTTP/1.1 unless it says close, in HTTP/1.0
  /// only if it says keep-alive.
  bool keeps_open(HttpVersion version) const {
    return !closes_ && (version == HttpVersion::http_1_1 || has_keep_alive_);
  }

 private:
  void add_option(std::string_view option);

  std::uint8_t elements_ = 0;
  bool closes_ = false;
  bool has_keep_alive_ = false;
  bool has_upgrade_ = false;
};

/// Whether a Connection field among these names that field.
bool connection_names(const FieldLines& fields, std::string_view name);

/// Whether a Connection field of a response takes any field away that would not end here anyway:
/// asked once, so that of the usual `Connection: keep-alive` nothing is looked up line by line.
bool connection_strips_any(const FieldLines& response_fields);

/// Whether a response's Connection takes that field away. What it names ends here, but for what
/// frames or describes the answer, or is meant for all who read it, which no sender may name: such
/// a field stays.
bool connection_strips(const FieldLines& response_fields, std::string_view name);

}  // namespace sallyport
