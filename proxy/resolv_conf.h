// Which DNS servers to ask where the policy names none: those of a resolv.conf(5). A pure parser.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/values/server_address.h"

namespace sallyport {

struct ResolvConf {
  std::vector<ServerAddress> servers;
  /// Servers that are named and cannot be asked, as they are written: link-local ones with a scope
  /// id, names.
  std::vector<std::string> unusable;
  /// No server is named, so `servers` is 127.0.0.1, which the C library asks then.
  bool is_default = false;
};

/// The `nameserver` lines of a resolv.conf, at most the three that the C library takes. Everything
/// else there is ignored: `search` and `domain` because a name has one reading, `options` because
/// the time limits are ours.
ResolvConf parse_resolv_conf(std::string_view text);

/// What an operator should know of it, each a line; `path` is the file's. Nothing where every
/// server that is named is asked.
std::vector<std::string> remarks_on(const ResolvConf& conf, std::string_view path);

}  // namespace sallyport
