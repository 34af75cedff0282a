// Follows the members' paths through the parameters of a form, whose names are paths with dots
// (`Entries.member.1.Arn`: AWS Query and EC2 protocols). Pure.
#pragma once

#include <vector>

#include "policy/aws/parameters.h"
#include "policy/aws/resource/body_members.h"
#include "policy/aws/resource/member_paths.h"

namespace sallyport {

/// As find_members. Without paths: as find_resource_names.
bool read_form(const Parameters& form, const MemberPaths* paths, std::vector<FoundMember>& found);

}  // namespace sallyport
