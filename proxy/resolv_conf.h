// Which DNS servers to ask where the policy names none: those of a resolv.conf(5). A pure parser.
#pragma once

#include <string_view>
#include <vector>

#include "policy/values/server_address.h"

namespace sallyport {

/// The `nameserver` lines of a resolv.conf, at most the three that the C library takes. Everything
/// else there is ignored: `search` and `domain` because a name has one reading, `options` because
/// the time limits are ours. Link-local servers with a scope id are skipped.
std::vector<ServerAddress> parse_resolv_conf(std::string_view text);

}  // namespace sallyport
