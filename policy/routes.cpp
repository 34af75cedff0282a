#include "policy/routes.h"

#include <algorithm>
#include <utility>

#include "policy/aws/endpoint.h"

namespace sallyport {

void Routes::add(Route route, const std::vector<HostPattern>& patterns,
                 const std::vector<bool>& pattern_shows_region) {
  constexpr bool kWildTakesALabels = true;
  const auto number = static_cast<RuleIndex>(2 * routes_.size());
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    const bool is_enough = route.regions.empty() || pattern_shows_region[i];
    matcher_.add(patterns[i], number + (is_enough ? 0 : 1), HostMatcher::Part::hosts,
                 kWildTakesALabels);
  }
  routes_.push_back(std::move(route));
}

const Route* Routes::of(const Host& host) const {
  if (routes_.empty()) return nullptr;
  RuleMatches matches;
  matcher_.match(host, matches);
  for (const RuleMatch& match : matches) {
    const Route& route = routes_[match.rule / 2];
    if (match.rule % 2 == 0) return &route;
    const std::string_view region = region_of(host);
    if (std::find(route.regions.begin(), route.regions.end(), region) != route.regions.end()) {
      return &route;
    }
  }
  return nullptr;
}

}  // namespace sallyport
