// Whether a request carries what chooses an operation (`?tagging`, `?operation=stop`), in three
// values: what is written in a way that some reader may overlook is neither there nor absent. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "policy/aws/parameters.h"

namespace sallyport {

enum class Presence : std::uint8_t { absent, unsure, present };

/// `name=value`, or `name` with any value. Unsure where it is there in another case or beside a
/// second one of its name.
Presence presence_in(const Parameters& query, std::string_view name,
                     std::optional<std::string_view> value);

}  // namespace sallyport
