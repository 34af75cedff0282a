// Reads JSON (RFC 8259) strictly: UTF-8 without byte order mark, no comments, no trailing commas,
// one value and nothing behind it. Pure.
#pragma once

#include <string_view>

#include "policy/aws/resource/member_finder.h"

namespace sallyport {

/// Tells the finder what is in the body; false if it is not JSON, or has no one safe reading.
bool read_json(std::string_view body, MemberFinder& finder);

}  // namespace sallyport
