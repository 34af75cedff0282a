// Policies from disk: gives the pure loader its files, its hash and the time, and adds the checks
// of policy/tools. At start, on reload, and by commands.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policy/gate_settings.h"

namespace sallyport {

/// A policy, or every reason why there is none.
struct PolicyFile {
  std::optional<LoadedPolicy> policy;
  std::vector<std::string> errors;    ///< each `FILE:LINE:COLUMN: what is wrong, and what is right`
  std::vector<std::string> warnings;  ///< each `FILE:LINE:COLUMN: warning: ...`
};

/// Loads the policy at `path`; absent: the built-in one.
PolicyFile read_policy(const std::optional<std::string>& path);

}  // namespace sallyport
