#include "policy/tools/aws_rules.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "policy/aws/endpoint.h"
#include "policy/aws/tenancy.h"
#include "policy/quoted.h"
#include "policy/tools/pattern_sample.h"

namespace sallyport {
namespace {

/// The endpoints that a rule's hosts can be.
struct Endpoints {
  bool has_some = false;
  bool has_any = false;  ///< a wildcard or expression covers endpoints that nobody lists
  std::set<std::string_view> signing_names;
};

void add(const HostPattern& pattern, Endpoints& found) {
  if (pattern.kind == HostPattern::Kind::any || pattern.kind == HostPattern::Kind::regex) {
    found.has_some = found.has_any = true;
    return;
  }
  const PatternSample sample(pattern);
  if (!sample.host) return;
  if (const auto aws = aws_host(*sample.host)) {
    found.has_some = true;
    found.signing_names.insert(aws->signing_names.begin(), aws->signing_names.end());
  } else if (sample.has_wild && is_below_api_suffix(sample.host->text())) {
    found.has_some = found.has_any = true;
  }
}

Endpoints endpoints_of(const RuleSource& source) {
  Endpoints found;
  for (const HostItem& item : source.hosts) {
    for (const HostPattern& pattern : item.patterns) add(pattern, found);
  }
  return found;
}

void check_services(const Rule& rule, const RuleSource& source, const Endpoints& endpoints,
                    std::vector<Finding>& findings) {
  for (const ValueCondition& each : rule.values) {
    if (each.kind != ConditionKind::services || each.is_negated || endpoints.has_any) continue;
    for (const std::string& service : each.values) {
      if (endpoints.signing_names.contains(service)) continue;
      findings.push_back({Finding::Severity::error, source.mark_of("aws"),
                          "no host of rule " + quoted(rule.name) + " is an endpoint of " +
                              quoted(service) +
                              "; add one to `hosts`, or take it out of "
                              "`services`"});
    }
  }
}

}  // namespace

std::vector<Finding> check_aws_rules(const Snapshot& snapshot, std::span<const RuleSource> rules) {
  std::vector<Finding> findings;
  for (const RuleSource& source : rules) {
    if (!source.is_whole || source.rule >= snapshot.rules.size()) continue;
    const Rule& rule = snapshot.rules[source.rule];
    if (!source.has("aws")) continue;
    const Endpoints endpoints = endpoints_of(source);
    if (!endpoints.has_some) {
      findings.push_back({Finding::Severity::error, source.mark_of("aws"),
                          "`aws` asks about requests to AWS's endpoints, and no host of rule " +
                              quoted(rule.name) + " is one; take it out, or add such hosts"});
      continue;
    }
    check_services(rule, source, endpoints, findings);
  }
  return findings;
}

}  // namespace sallyport
