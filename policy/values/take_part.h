// Taking the parts of a text off its ends, one after the other. Views into the text. Pure.
#pragma once

#include <algorithm>
#include <string_view>

namespace sallyport {

/// Takes what stands before the first `separator` off the front, and the separator; all where there
/// is none.
constexpr std::string_view take_until(std::string_view& text, char separator) {
  const std::string_view taken = text.substr(0, text.find(separator));
  text.remove_prefix(std::min(taken.size() + 1, text.size()));
  return taken;
}

/// Takes what stands behind the last `separator` off the end, and the separator; nothing where
/// there is none.
constexpr std::string_view take_last(std::string_view& text, char separator) {
  const auto at = text.rfind(separator);
  if (at == std::string_view::npos) return {};
  const std::string_view taken = text.substr(at + 1);
  text.remove_suffix(taken.size() + 1);
  return taken;
}

}  // namespace sallyport
