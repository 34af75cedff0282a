// What a check of policy/tools found in a whole policy. Plain data.
#pragma once

#include <cstdint>
#include <string>

#include "policy/loader/diagnostics.h"

namespace sallyport {

struct Finding {
  enum class Severity : std::uint8_t {
    error,    ///< the policy does not load
    warning,  ///< it loads, and a person would want to know
    note,     ///< printed at start: what stands open
  };

  Severity severity = Severity::error;
  Mark mark;
  std::string message;  ///< of a note it names the rule; marks do not show at start
};

}  // namespace sallyport
