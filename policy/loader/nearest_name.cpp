#include "policy/loader/nearest_name.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace sallyport {
namespace {

/// Longer words than any name here; beyond it the table of distances is not worth its size.
constexpr std::size_t kNameBytesMax = 100;
/// Nor is it worth its time among more names; those behind are not looked at.
constexpr std::size_t kNamesMax = 2000;

/// Edits between two words, neighbours that changed places counted once.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);  // row i - 2
  std::vector<std::size_t> above(b.size() + 1);   // row i - 1
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, above[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

}  // namespace

std::string_view nearest_name(std::string_view written, std::span<const std::string_view> names) {
  if (written.empty() || written.size() > kNameBytesMax) return {};
  // A third of the word may be wrong, and one letter always.
  std::size_t best = std::max<std::size_t>(1, (written.size() + 1) / 3) + 1;
  std::string_view nearest;
  for (const std::string_view name : names.first(std::min(names.size(), kNamesMax))) {
    if (name.size() > kNameBytesMax) continue;
    if (const std::size_t edits = distance(written, name); edits < best) {
      best = edits;
      nearest = name;
    }
  }
  return nearest;
}

}  // namespace sallyport
