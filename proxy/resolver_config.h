// A policy's `resolver` block as the resolver takes it.
#pragma once

#include "policy/snapshot.h"
#include "proxy/resolver.h"

namespace sallyport {

inline ResolverConfig resolver_config(const ResolverSettings& settings) {
  ResolverConfig config;
  config.servers = settings.servers;
  config.hosts_file = settings.hosts_file;
  return config;
}

}  // namespace sallyport
