// Undoes the content coding of a body that was held back whole (RFC 9110 section 8.4.1), to be
// judged. What goes out stays as it came. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport {

/// `identity` is none.
enum class ContentCoding : std::uint8_t { identity, gzip, unknown };

/// The coding that the value of Content-Encoding names, in any case: empty and `identity` are none,
/// `x-gzip` is gzip. Unknown are all others, two in a row, and lists.
ContentCoding content_coding(std::string_view value);

/// The body without its gzip. Nothing where it is none (RFC 1952: one member, whole, with the right
/// checksum and nothing behind it), or has more than `bytes_max` bytes without it: it is not
/// decoded further than that.
std::optional<std::string> gunzip(std::string_view body, std::size_t bytes_max);

}  // namespace sallyport
