// Text in UTF-8, told from bytes that are not. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace sallyport {

/// The length of the UTF-8 sequence at the front (RFC 3629: shortest form, no surrogates); 0 if
/// there is none.
std::size_t utf8_length(std::string_view text);

/// True if all of it is UTF-8.
bool is_utf8(std::string_view text);

}  // namespace sallyport
