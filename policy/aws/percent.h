// Percent-encoding (RFC 3986 section 2.1) undone once, for the parts of a request that name
// resources. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sallyport {

/// Nothing where two hex digits do not follow a `%`, or where NUL comes out.
std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace sallyport
