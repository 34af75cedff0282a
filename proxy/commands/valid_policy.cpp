#include "proxy/commands/valid_policy.h"

#include <iostream>

#include "proxy/policy_file.h"

namespace sallyport {

LoadedPolicy valid_policy(const std::optional<std::string>& path, const std::string& refusal) {
  PolicyFile file = read_policy(path);
  if (file.policy) return std::move(*file.policy);
  for (const std::string& error : file.errors) std::cerr << error << '\n';
  throw UsageError(refusal);
}

}  // namespace sallyport
