// Which hosts take a route whose endpoint lets our accounts pass alone (`endpoint_policy: pinned`),
// so that no stranger is at the other end (SEMANTICS.md section 7). Pure; at load alone.
#pragma once

#include <span>

#include "policy/loader/route_source.h"
#include "policy/snapshot.h"
#include "policy/tools/effort.h"

namespace sallyport {

class PinnedRoutes {
 public:
  /// Both must outlive this.
  PinnedRoutes(const Snapshot& snapshot, std::span<const RouteSource> routes)
      : snapshot_(snapshot), routes_(routes) {}

  /// Every host of the pattern takes a pinned route, in each of its regions; false where that
  /// cannot be shown, or would take too long to tell.
  bool close(const HostPattern& pattern, Effort& effort) const;

 private:
  /// Of a pattern that lists no regions.
  bool close_one(const HostPattern& pattern, Effort& effort) const;

  const Snapshot& snapshot_;
  std::span<const RouteSource> routes_;
};

/// Every host of the pattern is one of the route's, as far as hosts show it: by a pattern that says
/// its region, or because the route is for any. REQUIRES: the pattern lists no regions.
bool catches_all(const RouteSource& source, const Route& route, const HostPattern& pattern);

}  // namespace sallyport
