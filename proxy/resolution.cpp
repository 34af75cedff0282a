#include "proxy/resolution.h"

#include <algorithm>

namespace sallyport {

std::vector<IpAddress> in_dial_order(std::span<const IpAddress> v6, std::span<const IpAddress> v4) {
  std::vector<IpAddress> ordered;
  const auto keep = [&ordered](std::span<const IpAddress> family, std::size_t index) {
    if (index >= family.size() || ordered.size() == kAddressesPerNameMax) return;
    if (std::ranges::find(ordered, family[index]) == ordered.end())
      ordered.push_back(family[index]);
  };
  for (std::size_t i = 0; i < std::max(v6.size(), v4.size()); ++i) {
    keep(v6, i);
    keep(v4, i);
    if (ordered.size() == kAddressesPerNameMax) break;
  }
  return ordered;
}

}  // namespace sallyport
