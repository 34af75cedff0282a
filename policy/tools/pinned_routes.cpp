#include "policy/tools/pinned_routes.h"

#include <algorithm>

#include "policy/loader/pattern_cover.h"
#include "policy/pattern_regions.h"

namespace sallyport {
namespace {

std::size_t pattern_count(const RouteSource& source) {
  std::size_t count = 0;
  for (const HostItem& item : source.hosts) count += item.patterns.size();
  return count;
}

}  // namespace

bool catches_all(const RouteSource& source, const Route& route, const HostPattern& pattern) {
  return some_pattern(source.hosts, [&](const HostPattern& of_route) {
    return (route.regions.empty() || shows_region(of_route)) && covers(of_route, pattern);
  });
}

bool PinnedRoutes::close(const HostPattern& pattern, Effort& effort) const {
  if (routes_.empty()) return false;
  if (!effort.take(Effort::kPairsOfCopy)) return false;
  const auto patterns = in_each_region(pattern);
  effort.spend(Effort::kPairsOfCopy * patterns.size());
  return std::all_of(patterns.begin(), patterns.end(),
                     [&](const HostPattern& each) { return close_one(each, effort); });
}

bool PinnedRoutes::close_one(const HostPattern& pattern, Effort& effort) const {
  if (const auto host = host_of(pattern)) {
    const Route* route = snapshot_.route_of(*host);
    return route != nullptr && route->is_pinned;
  }
  const auto& all = snapshot_.destinations.routes.all();
  for (const RouteSource& source : routes_) {
    if (!effort.take(2 * pattern_count(source))) return false;
    const Route& route = all[source.route];
    if (catches_all(source, route, pattern)) return route.is_pinned;
    const bool takes_some = some_pattern(
        source.hosts, [&](const HostPattern& of_route) { return may_overlap(of_route, pattern); });
    if (takes_some && !route.is_pinned) return false;
  }
  return false;
}

}  // namespace sallyport
