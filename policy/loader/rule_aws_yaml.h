// The `aws:` block of a rule, compiled with what it implies (SEMANTICS.md section 8).
#pragma once

#include "policy/aws/fill.h"
#include "policy/loader/diagnostics.h"
#include "policy/loader/fields.h"
#include "policy/rule.h"

namespace sallyport {

/// Reads `aws` of a rule into its `values`; what is wrong is told. An allow gets the conditions
/// that it does not write, too. REQUIRES: the rule's effect is set.
void read_aws_keys(const Fields& fields, const OrganizationLabels& organization,
                   Diagnostics& diagnostics, Rule& rule);

}  // namespace sallyport
