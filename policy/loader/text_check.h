// The checks that every text file of a policy passes before anything reads it: bounded, UTF-8, no
// control bytes, so that what a person sees in an editor is what is read. Pure.
#pragma once

#include <cstddef>
#include <string_view>

#include "policy/loader/diagnostics.h"

namespace sallyport {

/// Far above any policy that people keep; a file beyond it is no policy.
inline constexpr std::size_t kPolicyFileBytesMax = 8 * 1024 * 1024;
/// A file of host patterns may be a list of millions; the longest file of a policy.
inline constexpr std::size_t kHostSetFileBytesMax = 64 * 1024 * 1024;

/// Adds an error for the first thing that makes the text unreadable, such as more than `bytes_max`
/// bytes (whole MiB); false if there is one. `file` names it in the message.
bool check_text(std::string_view text, std::string_view file, Diagnostics& diagnostics,
                std::size_t bytes_max = kPolicyFileBytesMax);

}  // namespace sallyport
