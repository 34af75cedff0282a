// Whose a name below an AWS suffix is, for the tenancy check (SEMANTICS.md section 7): suffixes
// that customers rent, front ends that all customers share. Pure; called at load.
#pragma once

#include <string_view>
#include <vector>

#include "policy/values/host.h"

namespace sallyport {

/// A host pattern as a policy file writes it: literal labels and `*` (one label), from left to
/// right, and whether a leading `*.` stands before them.
struct WildcardPattern {
  bool leading_wildcard = false;
  std::vector<std::string_view> labels;
};

/// Why the pattern covers names that any customer of AWS can own: one of its wildcards stands where
/// such a suffix has the tenant's label. Exact names, and patterns that write that label, are not.
std::string_view tenant_owned(const WildcardPattern& pattern);

/// False only where no name of AWS that these tables know ends like that. `end`: the last two
/// labels of a pattern, literal text, or fewer (which is true) where it has no more.
bool may_end_aws_name(std::string_view end);

/// True if the name is below a suffix of AWS's service endpoints, in any partition. Such a host
/// that no table knows is taken for an API.
bool is_below_api_suffix(std::string_view name);

/// True if exactly this name is one customer's: it stands below a tenant-owned suffix. A VPC
/// endpoint of one of AWS's services is the service all the same.
bool is_one_tenants(const Host& host);

/// Why an unread tunnel to this host lets its client choose the tenant: S3, CloudFront, API
/// Gateway, load balancers and the like, where the Host inside TLS decides.
std::string_view shared_front_end(const Host& host);

}  // namespace sallyport
