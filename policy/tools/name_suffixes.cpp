#include "policy/tools/name_suffixes.h"

#include <algorithm>

namespace sallyport {

bool is_within(std::string_view name, std::span<const std::string> suffixes) {
  for (;;) {
    if (std::binary_search(suffixes.begin(), suffixes.end(), name)) return true;
    const auto dot = name.find('.');
    if (dot == std::string_view::npos) return false;
    name.remove_prefix(dot + 1);
  }
}

std::vector<std::string> shortest_suffixes(std::vector<std::string> suffixes) {
  std::sort(suffixes.begin(), suffixes.end());
  suffixes.erase(std::unique(suffixes.begin(), suffixes.end()), suffixes.end());
  std::vector<std::string> kept;
  for (const std::string& suffix : suffixes) {
    const auto dot = suffix.find('.');
    const bool is_below =
        dot != std::string::npos && is_within(std::string_view(suffix).substr(dot + 1), suffixes);
    if (!is_below) kept.push_back(suffix);
  }
  return kept;
}

}  // namespace sallyport
