// `organization` and `no_proxy` of a policy file: names that are ours.
#pragma once

#include "policy/aws/fill.h"
#include "policy/loader/diagnostics.h"
#include "policy/loader/fields.h"

namespace sallyport {

/// Reads `organization`; what is wrong is told. Keys that are not written are absent.
OrganizationLabels read_organization(const Fields& top, Diagnostics& diagnostics);

/// Tells what in `no_proxy` is no host name and no address.
void check_no_proxy(const Fields& top);

}  // namespace sallyport
