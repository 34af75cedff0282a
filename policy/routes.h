// `destinations.routes`: hosts that are reached elsewhere, such as by a VPC endpoint. Built at
// load, then read by any thread.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "policy/host_matcher.h"
#include "policy/host_pattern.h"
#include "policy/values/authority.h"

namespace sallyport {

/// Where the hosts of one route are reached. What its name resolves to, or its address, may be
/// private for that route alone.
struct Route {
  /// A name or an address, and a port; shared with the facts of attempts.
  std::shared_ptr<const Authority> connect_to;
  /// Of these regions alone; empty: of any.
  std::vector<std::string> regions;
  /// `endpoint_policy: pinned`: what is at the other end lets our accounts pass alone.
  bool is_pinned = false;
};

class Routes {
 public:
  /// Adds a route behind those that are there. Its patterns match as in `hosts` of a deny.
  /// `pattern_shows_region`, of each: it matches hosts of the route's regions alone; the hosts of
  /// others are asked for their region.
  void add(Route route, const std::vector<HostPattern>& patterns,
           const std::vector<bool>& pattern_shows_region);

  /// The first route for the host, in file order; null if there is none.
  const Route* of(const Host& host) const;

  const std::vector<Route>& all() const { return routes_; }

 private:
  std::vector<Route> routes_;
  /// Two numbers a route: of its patterns that show the region, and of the others.
  HostMatcher matcher_;
};

}  // namespace sallyport
