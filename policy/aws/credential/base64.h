// Base64 (RFC 4648 section 4), read strictly. Pure; allocates nothing.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace sallyport {

/// Decodes `text` into `out` and tells how many bytes that made. Padding may be left out. Nothing
/// where `out` is too small, or where another reader could read other bytes: foreign characters,
/// white space, bits left over that are not zero, too much or too little padding.
std::optional<std::size_t> decode_base64(std::string_view text, std::span<char> out);

}  // namespace sallyport
