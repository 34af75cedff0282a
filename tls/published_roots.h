// What workstations are to trust, without the key of what signs: for those who prepare
// workstations. No state.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sallyport {

/// The roots in the files of `interception.ca_certificates`, each once, in PEM. With errors (`FILE:
/// what is wrong`), nothing.
std::optional<std::string> published_roots(std::span<const std::string> files,
                                           std::vector<std::string>& errors);

}  // namespace sallyport
