// What yaml-cpp tells of text that is no YAML, in words for people who write policies. Pure.
#pragma once

#include <string>
#include <string_view>

namespace sallyport {

/// yaml-cpp's message in words, with what is behind the most frequent mistakes. `position`: of what
/// is wrong, in bytes of `text`; negative or behind its end: unknown.
std::string syntax_error(std::string_view told, int position, std::string_view text);

}  // namespace sallyport
