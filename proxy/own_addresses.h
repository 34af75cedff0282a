// The addresses of the gate's own interfaces and listeners, which it never dials (SEMANTICS.md
// section 9). Addresses of interfaces alone: a route that is local is somebody's way to an origin.
#pragma once

#include <memory>
#include <vector>

#include "policy/values/ip_address.h"

namespace sallyport {

/// Sorted; shared by the workers, never changed.
using OwnAddresses = std::shared_ptr<const std::vector<IpAddress>>;

/// Reads the interfaces now. Where that fails, `before` is given back, or the
/// listeners' alone.
OwnAddresses read_own_addresses(const std::vector<IpAddress>& listeners, OwnAddresses before);

}  // namespace sallyport
