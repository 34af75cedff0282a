// The part of a policy file that is fixed from start to end: `listeners metrics workers audit
// reload`.
#pragma once

#include "policy/gate_settings.h"
#include "policy/loader/diagnostics.h"
#include "policy/loader/fields.h"
#include "policy/loader/policy_files.h"

namespace sallyport {

/// Fills what is written, and the default listener; tells what is wrong.
void read_gate_settings(const Fields& top, const PolicyFiles& files, Diagnostics& diagnostics,
                        GateSettings& gate);

}  // namespace sallyport
