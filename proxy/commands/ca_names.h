// To what a new CA is constrained: the hosts whose TLS a policy reads, and nothing else. Pure.
#pragma once

#include <string>
#include <vector>

#include "policy/gate_settings.h"
#include "policy/values/host.h"

namespace sallyport {

struct NamesToConstrain {
  std::vector<Host> hosts;  ///< names with all below them, and single addresses
  /// What no constraint can hold, such as `*`, each with its rule: for a message.
  std::vector<std::string> unconstrainable;
};

/// Both empty: the policy reads no TLS.
NamesToConstrain names_to_constrain(const LoadedPolicy& policy);

}  // namespace sallyport
