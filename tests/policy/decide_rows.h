// A table row of the decide tests: a policy, what is known of an attempt, and the answer.
#pragma once

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "policy/decide.h"
#include "tests/policy/attempt_builder.h"
#include "tests/policy/policy_builder.h"

namespace sallyport {

struct DecideRow {
  const char* because;
  PolicyBuilder policy;
  AttemptBuilder attempt;
  const char* answer;  ///< as `said` writes it
};

inline void check(const std::vector<DecideRow>& rows) {
  for (const DecideRow& row : rows) {
    CAPTURE(row.because);
    const Snapshot snapshot = row.policy.build();
    CHECK(said(snapshot, decide(snapshot, row.attempt.facts(snapshot))) == row.answer);
  }
}

/// Attempts at different stages by one policy.
struct StageRow {
  const char* because;
  AttemptBuilder attempt;
  const char* answer;
};

inline void check(const PolicyBuilder& policy, const std::vector<StageRow>& rows) {
  const Snapshot snapshot = policy.build();
  for (const StageRow& row : rows) {
    CAPTURE(row.because);
    CHECK(said(snapshot, decide(snapshot, row.attempt.facts(snapshot))) == row.answer);
  }
}

}  // namespace sallyport
