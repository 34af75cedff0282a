// The reader of tests files (DESIGN.md, Command line): attempts, and what a policy must say of
// them. Strict like the loader of policies, and pure. Called by `sallyport test` and by the unit
// tests.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/diagnostics.h"
#include "policy/rehearse.h"
#include "policy/values/decision.h"
#include "policy/values/reason.h"

namespace sallyport {

/// What an attempt must get; what is absent is not compared.
struct Expected {
  Decision decision = Decision::block;
  std::optional<Reason> reason;
  std::optional<std::string> rule;  ///< `""`: no rule
  std::optional<Stage> after;
  std::optional<std::string> tls;  ///< `none`, `passthrough` or `intercepted`
};

struct PolicyTest {
  std::string name;
  Mark mark;            ///< where it begins
  std::string request;  ///< as written
  /// Absent where `refused`.
  std::optional<GivenAttempt> given;
  /// The request's target is refused by this reason before any rule (SEMANTICS.md section 9).
  std::optional<Reason> refused;
  Expected expect;
};

struct TestsFile {
  std::optional<std::string> policy;  ///< its path; relative ones begin at the tests file's folder
  std::vector<PolicyTest> tests;
};

/// Reads the text of the tests file at `path`, the file of `diagnostics`; with errors the result is
/// for nobody. `now` is the time of tests that say none.
TestsFile read_tests(std::string_view text, TimePoint now, Diagnostics& diagnostics);

}  // namespace sallyport
