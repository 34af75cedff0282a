// The part of a policy file that is fixed from start to end: `listeners metrics workers audit
// reload`.
#pragma once

#include "policy/diagnostics.h"
#include "policy/fields.h"
#include "policy/gate_settings.h"
#include "policy/policy_files.h"

namespace sallyport {

/// Fills what is written, and the default listener; tells what is wrong.
void read_gate_settings(const Fields& top, const PolicyFiles& files, Diagnostics& diagnostics,
                        GateSettings& gate);

}  // namespace sallyport
