// Reads CBOR (RFC 8949, as Smithy RPC v2 CBOR uses it) strictly: one item and nothing behind it,
// map keys that are text, text that is UTF-8. Tags say how to read what follows, and are passed
// over. By hand: it is a dozen heads, and a library's reader would have to be asked about each of
// them. Pure.
#pragma once

#include <string_view>

#include "policy/aws/resource/member_finder.h"

namespace sallyport {

/// Tells the finder what is in the body; false if it is not CBOR, or has no one safe reading.
bool read_cbor(std::string_view body, MemberFinder& finder);

}  // namespace sallyport
