// Which key of a JSON text stands twice in its object: the parser keeps the last value, so that one
// reader of a text would see another request than the next.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sallyport {

/// The first such key, at any depth. REQUIRES: valid JSON.
std::optional<std::string> duplicate_key(std::string_view text);

}  // namespace sallyport
