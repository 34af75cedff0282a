// What commands that need a whole policy have in common: they read it, or end with what is wrong.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>

#include "policy/gate_settings.h"

namespace sallyport {

/// Who called the command is to put it right; what() says how.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Reads a policy file; without a path, the built-in policy. What is wrong with it goes to stderr,
/// and then it throws UsageError(`refusal`).
LoadedPolicy valid_policy(const std::optional<std::string>& path, const std::string& refusal);

}  // namespace sallyport
