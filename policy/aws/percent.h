// Percent-encoding in the path of a request, decoded once. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sallyport {

/// The text decoded; nothing where a `%` has no two hex digits behind it, or where NUL is in it.
std::optional<std::string> percent_decoded(std::string_view text);

/// The text encodes a letter or a digit, which no SDK does: a reader that decodes before it
/// compares and one that does not see different names.
bool encodes_letters(std::string_view text);

/// The path of a request that has one reading: its escapes are whole and hide no letter, digit, dot
/// or NUL; no segment is `.` or `..`, whether encoded slashes part segments or not; no `;` or `\`
/// parts them.
bool is_plain_path(std::string_view path);

}  // namespace sallyport
