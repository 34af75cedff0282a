// How a stranger can be at the other end of a host pattern, and what would close that (SEMANTICS.md
// section 7). Plain data; pure.
#pragma once

#include <cstdint>
#include <string>

namespace sallyport {

enum class RiskKind : std::uint8_t {
  any_name,    ///< a lone `*`
  expression,  ///< `re:`
  s3,
  api,
  rentable,
  front_end,
  sign_in,
};

/// Why a pattern is open.
struct Risk {
  RiskKind kind = RiskKind::any_name;
  std::string sentence;  ///< who can be there
};

/// A clause that names each pin that would close the risk: "close it by ...".
std::string remedy_of(RiskKind kind);

}  // namespace sallyport
