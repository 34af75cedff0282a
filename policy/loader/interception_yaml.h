// `interception` of a policy file: the CA by which TLS is read.
#pragma once

#include "policy/interception.h"
#include "policy/loader/diagnostics.h"
#include "policy/loader/fields.h"
#include "policy/loader/policy_files.h"
#include "policy/snapshot.h"

namespace sallyport {

/// Fills what is written into the snapshot, and where it stands into `marks`; tells what is wrong.
/// The files that it names join the policy's, also while they do not exist: who signs with them
/// reads and judges them, and a policy must load before its CA is made.
void read_interception(const Fields& top, PolicyFiles& files, Diagnostics& diagnostics,
                       Snapshot& snapshot, InterceptionMarks& marks);

}  // namespace sallyport
