// Reads XML 1.0 strictly: UTF-8, no document type (and so no entities beyond XML's own), no
// processing instructions, no text beside elements. Names count without their namespace. Pure.
#pragma once

#include <string_view>

#include "policy/aws/resource/member_finder.h"

namespace sallyport {

/// Tells the finder what is in the body; false if it is not XML, or has no one safe reading.
/// REQUIRES: a size that an int holds, as expat counts.
bool read_xml(std::string_view body, MemberFinder& finder);

}  // namespace sallyport
