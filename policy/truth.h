// The three values of a condition (SEMANTICS.md section 2).
#pragma once

#include <cstdint>

#include "policy/values/decision.h"
#include "policy/values/reason.h"

namespace sallyport {

enum class Truth : std::uint8_t { no, unknown, yes };

/// What one condition says.
struct Judgement {
  Truth truth = Truth::yes;
  Reason reason = Reason::allowed;  ///< for `no`: what a block by it is told as
  Stage waits_for = Stage::body;    ///< for `unknown`: the fact that would tell
};

}  // namespace sallyport
