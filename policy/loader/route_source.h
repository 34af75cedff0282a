// What a route says of its hosts, as it is written, beside what it was compiled into: for the
// checks that read whole policies (policy/tools). Plain data, made by the loader; nothing here
// decides.
#pragma once

#include <cstddef>
#include <vector>

#include "policy/loader/rule_source.h"

namespace sallyport {

struct RouteSource {
  std::size_t route = 0;  ///< its place among the snapshot's routes
  bool is_whole = true;   ///< the loader found no error in it
  Mark mark;              ///< of the route
  Mark connect_to;
  Mark regions;                 ///< the route's where none are written
  std::vector<HostItem> hosts;  ///< as the route's regions restrict them
};

/// Regions stand in some label of the pattern.
bool shows_region(const HostPattern& pattern);

/// The pattern with these regions alone in its labels; false if none of them can stand there.
bool restrict_to(HostPattern& pattern, const std::vector<std::string>& regions);

/// The pattern once for each region that its labels list, which is written out; itself where they
/// list none.
std::vector<HostPattern> in_each_region(const HostPattern& pattern);

}  // namespace sallyport
