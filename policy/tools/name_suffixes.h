// Names as suffixes: each stands for itself and for all names below it. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport {

/// The name is one of the suffixes, or stands below one. REQUIRES: they are sorted.
bool is_within(std::string_view name, std::span<const std::string> suffixes);

/// The fewest that stand for the same names, sorted: none below another.
std::vector<std::string> shortest_suffixes(std::vector<std::string> suffixes);

}  // namespace sallyport
