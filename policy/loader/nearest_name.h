// What somebody probably meant to write. Pure; called at load.
#pragma once

#include <span>
#include <string_view>

namespace sallyport {

/// The name that is the fewest edits (insert, delete, replace, swap neighbours) away from what was
/// written, if they are few for its length; else empty. The first of equals.
std::string_view nearest_name(std::string_view written, std::span<const std::string_view> names);

}  // namespace sallyport
