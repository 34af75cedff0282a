// The one type for a canonical host, as SEMANTICS.md section 6 defines it. Only its parser makes
// one, so whoever holds a Host holds a name that has exactly one reading.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policy/values/ip_address.h"

namespace sallyport {

/// A canonical host: a name (ASCII lower case, no trailing dot, labels of `[a-z0-9_-]`), or an
/// address literal. Immutable; owns its text.
class Host {
 public:
  /// Reads a host as it stands in an authority: a name, a canonical dotted quad, or a bracketed
  /// IPv6 address. Lower-cases, removes one trailing dot of a name. Userinfo, NUL, percent,
  /// backslash, scope ids, empty or overlong labels, and a name whose last label looks like a
  /// number are refused: nothing is returned.
  static std::optional<Host> parse(std::string_view text);

  /// The same for a place that can hold a name only (SNI, a pattern's text): an address literal is
  /// refused too.
  static std::optional<Host> parse_name(std::string_view text);

  static Host of(const IpAddress& address);

  bool is_literal() const { return is_literal_; }

  /// REQUIRES: is_literal().
  const IpAddress& address() const { return address_; }

  /// Canonical text, IPv6 without brackets; valid while this host lives.
  std::string_view text() const { return text_; }

  /// Appends the text as it stands in an authority: IPv6 in brackets.
  void append_authority_text(std::string& out) const;

  /// True if some label begins `xn--` (RFC 5890 A-label).
  bool has_a_label() const;

  /// True for a name of one label, such as `jupyterhub`.
  bool is_single_label() const;

  friend bool operator==(const Host& a, const Host& b) {
    return a.is_literal_ == b.is_literal_ && a.text_ == b.text_;
  }

 private:
  Host() = default;

  std::string text_;
  IpAddress address_;
  bool is_literal_ = false;
};

/// True if the label begins `xn--`.
bool is_a_label(std::string_view label);

}  // namespace sallyport
