// What a route says of its hosts, as it is written, beside what it was compiled into: for the
// checks that read whole policies (policy/tools). Plain data, made by the loader; nothing here
// decides.
#pragma once

#include <cstddef>
#include <vector>

#include "policy/loader/rule_source.h"

namespace sallyport {

struct RouteSource {
  std::size_t route = 0;        ///< its place among the snapshot's routes
  bool is_whole = true;         ///< the loader found no error in it
  Mark mark;                    ///< of the route
  Mark regions;                 ///< the route's where none are written
  std::vector<HostItem> hosts;  ///< as the route's regions restrict them
};

}  // namespace sallyport
