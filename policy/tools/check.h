// What is wrong with a whole policy although each of its keys is right (SEMANTICS.md sections 3, 7
// and 11): added to what the loader found. Pure; at load alone.
#pragma once

#include "policy/policy_yaml.h"

namespace sallyport {

/// Adds the errors, warnings and notes of all checks to `loaded`.
void add_checks(LoadResult& loaded);

}  // namespace sallyport
