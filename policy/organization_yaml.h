// `organization` and `no_proxy` of a policy file: names that are ours.
#pragma once

#include <string>
#include <vector>

#include "policy/diagnostics.h"
#include "policy/fields.h"
#include "policy/rule_source.h"

namespace sallyport {

/// Reads `organization`; what is wrong is told. Keys that are not written are absent.
Organization read_organization(const Fields& top, Diagnostics& diagnostics);

/// Reads `no_proxy`: canonical host names and addresses.
std::vector<std::string> read_no_proxy(const Fields& top);

}  // namespace sallyport
