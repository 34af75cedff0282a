// What this program is: its version and those of the libraries in it.
#pragma once

#include <string>
#include <string_view>

namespace sallyport {

std::string_view version();

/// One line a library.
std::string library_versions();

}  // namespace sallyport
