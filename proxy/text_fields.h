// Lines and blank-separated fields of a system file's text. Pure; the results are views into it.
#pragma once

#include <string_view>

namespace sallyport {

/// Removes the first line from `text` and returns it without its LF.
inline std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

/// Removes the first field, and the blanks around it, from `line` and returns it; empty if there is
/// none left.
inline std::string_view take_field(std::string_view& line) {
  constexpr std::string_view kBlanks = " \t\r\f\v";
  const std::size_t begin = line.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return line = {};
  line.remove_prefix(begin);
  const std::string_view field = line.substr(0, line.find_first_of(kBlanks));
  line.remove_prefix(field.size());
  return field;
}

}  // namespace sallyport
