// `organization` and `no_proxy` of a policy file: names that are ours.
#pragma once

#include "policy/aws/fill.h"
#include "policy/loader/diagnostics.h"
#include "policy/loader/fields.h"

namespace sallyport {

/// Reads `organization`; what is wrong is told. Keys that are not written are absent.
OrganizationLabels read_organization(const Fields& top, Diagnostics& diagnostics);

/// The names and addresses of `no_proxy`, in canonical text; what is neither is told.
std::vector<std::string> read_no_proxy(const Fields& top);

}  // namespace sallyport
