// The built-in list `aws-managed`: accounts and buckets that AWS itself runs for its services
// (policy/aws/data/service-owned-resources.yaml), exact names only. For reading only, as
// SEMANTICS.md section 8 says; who asks sees to that. Pure; safe from any thread.
#pragma once

#include <string_view>

namespace sallyport {

/// True for the accounts of the image registries, and for `aws`, the account of AWS's own policies
/// (`arn:aws:iam::aws:policy/...`).
bool is_aws_managed_account(std::string_view account);

bool is_aws_managed_bucket(std::string_view bucket);

}  // namespace sallyport
