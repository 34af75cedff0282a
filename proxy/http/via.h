// The gate's name in Via, by which it knows a request that came through it before (RFC 9110 section
// 7.6.3): such a request would go round until something breaks, and is `proxy_loop`. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "proxy/http/field_lines.h"

namespace sallyport {

/// `sallyport-` and 16 hex digits of a number that is drawn when the gate starts. A gate behind a
/// gate is no loop, and two gates may share a host name and a policy; they never share a number.
/// Nor does it tell origins what the inside calls its hosts.
std::string via_pseudonym(std::uint64_t number);

/// Whether some Via element was received by that pseudonym, whatever the case and the port. Text
/// in comments does not count; a comment that never ends is none, nor is any behind it. What others
/// wrote there is judged no further, and an element that is no element is passed over.
bool has_passed(const FieldLines& fields, std::string_view pseudonym);

}  // namespace sallyport
