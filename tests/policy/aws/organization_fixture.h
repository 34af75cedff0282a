// The organization of DESIGN.md's example policy, and a short way to ask whether a host is in a
// built-in set. Used by the tests of policy/aws alone.
#pragma once

#include <algorithm>
#include <string_view>

#include "policy/aws/fill.h"
#include "policy/values/host.h"

namespace sallyport::test {

inline OrganizationLabels acme() {
  OrganizationLabels organization;
  organization.accounts = {"111122223333", "444455556666"};
  organization.sign_in_aliases = {"acme-data"};
  organization.identity_center = {"d-90670abcde", "acme-portal", "ssoins-0123456789abcdef"};
  organization.studio_domains = {"d-abcdefghijkl"};
  organization.studio_hosts = {"a1b2c3d4e5f6g7h"};
  organization.notebooks = {"fraud-model"};
  organization.regions = {"us-east-1", "eu-central-1"};
  return organization;
}

inline bool is_in(const FilledSet& set, std::string_view name) {
  const auto host = Host::parse(name);
  return host && std::any_of(set.patterns.begin(), set.patterns.end(),
                             [&](const FilledPattern& p) { return matches(p, *host); });
}

inline const LeftOutPattern* left_out(const FilledSet& set, std::string_view name) {
  const auto host = Host::parse(name);
  for (const LeftOutPattern& pattern : set.left_out) {
    if (host && matches(pattern.pattern, *host)) return &pattern;
  }
  return nullptr;
}

}  // namespace sallyport::test
