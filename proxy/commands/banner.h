// What `run` and the quickstart tell a person at start: where the gate listens, how to use it, and
// what stands open in the policy.
#pragma once

#include <optional>
#include <string>

#include "policy/gate_settings.h"

namespace sallyport {

/// `path`: the policy's file; absent: the built-in policy.
std::string banner(const LoadedPolicy& policy, const std::optional<std::string>& path);

}  // namespace sallyport
