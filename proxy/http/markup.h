// Text inside markup: what the gate tells stays text, whatever bytes it has. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sallyport {

/// Appends it as text of HTML or XML, or within a quoted attribute. Control bytes, which neither
/// takes, become spaces.
void append_escaped(std::string& markup, std::string_view utf8);

/// Appends it as a JSON string with its quotes (RFC 8259 section 7), without `<`, `>` and `&`: a
/// reader that takes it for HTML finds none.
void append_json_string(std::string& json, std::string_view utf8);

/// At most `size` bytes, never half a character of UTF-8 at the end.
std::string_view cut_text(std::string_view utf8, std::size_t size);

}  // namespace sallyport
