// The loader of policy files: text in, an immutable snapshot and the gate's settings out, or every
// error at once. Strict: what it does not know it refuses (DESIGN.md, Policy file; SEMANTICS.md
// sections 3 and 6). Pure: files, hashing and the time are given to it. Called at start, on reload
// and by commands, on one thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/aws/fill.h"
#include "policy/gate_settings.h"
#include "policy/loader/diagnostics.h"
#include "policy/loader/policy_files.h"
#include "policy/loader/route_source.h"
#include "policy/loader/rule_source.h"
#include "policy/values/facts.h"

namespace sallyport {

/// What a load gave. With errors there is no policy; what else was read still stands here, so that
/// the checks of policy/tools can add theirs in the same pass.
struct LoadResult {
  std::string file;  ///< the policy's path, as it is told to people
  std::optional<LoadedPolicy> policy;
  std::vector<Diagnostic> errors;    ///< in the order of the file
  std::vector<Diagnostic> warnings;  ///< in the order of the file
  OrganizationLabels organization;
  /// The rules as they are written, in file order.
  std::vector<RuleSource> rules;
  /// The routes as they are written, in file order.
  std::vector<RouteSource> routes;
  /// The same as the policy's snapshot; with errors, what could be compiled, which nobody may
  /// enforce.
  std::shared_ptr<const Snapshot> draft;
  TimePoint now;  ///< by which rules have ended

  bool is_ok() const { return policy.has_value(); }
};

/// Reads and compiles the policy at `path`. `now` decides which rules have ended.
LoadResult load_policy(const std::string& path, const PolicySource& source, TimePoint now);

/// The same for a policy whose text is at hand; `path` is its name in messages, and its folder that
/// of the files that it names.
LoadResult load_policy_text(std::string_view text, const std::string& path,
                            const PolicySource& source, TimePoint now);

/// What `run` uses without a file (DESIGN.md, Policy file).
std::string_view builtin_policy_text();

/// Its name in messages.
inline constexpr std::string_view kBuiltinPolicyName = "built-in policy";

}  // namespace sallyport
