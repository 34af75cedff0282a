#include "proxy/commands/ca_names.h"

#include "policy/quoted.h"
#include "policy/tools/intercepted.h"

namespace sallyport {

NamesToConstrain names_to_constrain(const LoadedPolicy& policy) {
  const ConstraintNames constraints = constraint_names(policy.intercepted);
  NamesToConstrain names;
  for (const std::string& name : constraints.names) {
    if (const auto host = Host::parse_name(name)) names.hosts.push_back(*host);
  }
  for (const IpAddress& address : constraints.addresses) names.hosts.push_back(Host::of(address));
  for (const InterceptedHost& each : constraints.unconstrained) {
    names.unconstrainable.push_back(
        quoted(each.pattern.text) +
        (each.rule.empty() ? " (explain_refused)" : " (rule " + each.rule + ")"));
  }
  return names;
}

}  // namespace sallyport
