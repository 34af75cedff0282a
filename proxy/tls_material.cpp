#include "proxy/tls_material.h"

#include <algorithm>
#include <string>
#include <utility>

#include "metrics/wall_clock.h"
#include "policy/loader/diagnostics.h"
#include "policy/pattern_regions.h"
#include "policy/quoted.h"

namespace sallyport {
namespace {

/// Adds what is wrong with the files, each at the key that names it.
class Told {
 public:
  explicit Told(PolicyFile& file) : file_(file), marks_(file.policy->interception_marks) {}

  void error(Mark mark, const std::string& message) {
    file_.errors.push_back(Diagnostic{marks_.file, mark, message}.text());
  }
  void warning(Mark mark, const std::string& message) {
    file_.warnings.push_back(Diagnostic{marks_.file, mark, message}.warning_text());
  }
  void add(const AuthorityFaults& faults) {
    for (const AuthorityFault& each : faults.errors) error(mark_of(each.key), each.text());
    for (const AuthorityFault& each : faults.warnings) warning(mark_of(each.key), each.text());
  }

 private:
  Mark mark_of(AuthorityFault::Key key) const {
    return key == AuthorityFault::Key::ca_private_key ? marks_.ca_private_key
                                                      : marks_.ca_certificates;
  }

  PolicyFile& file_;
  const InterceptionMarks marks_;
};

/// A host that the pattern takes, as well as any other: what a CA may sign under it. Nothing where
/// the pattern takes hosts of every kind. REQUIRES: of regions it lists one at most.
std::optional<Host> sample_of(const HostPattern& pattern) {
  if (pattern.the_host) return pattern.the_host;
  if (pattern.kind != HostPattern::Kind::labels) return std::nullopt;
  std::string name = pattern.leading_wildcard ? "a" : "";
  for (const PatternLabel& label : pattern.labels) {
    if (!name.empty()) name += '.';
    name += label.kind() == PatternLabel::Kind::literal ? label.literal() : "a";
  }
  return Host::parse_name(name);
}

/// In each region that the pattern lists.
bool permits_all(const CertificateAuthority& authority, const HostPattern& pattern) {
  const std::vector<HostPattern> all = in_each_region(pattern);
  return std::all_of(all.begin(), all.end(), [&](const HostPattern& each) {
    const auto sample = sample_of(each);
    return sample && authority.permits(*sample);
  });
}

void check_constraints(const CertificateAuthority& authority, const LoadedPolicy& policy,
                       Told& told) {
  const Host any_name = *Host::parse_name("any.invalid");
  for (const InterceptedHost& each : policy.intercepted) {
    const auto sample = sample_of(each.pattern);
    const bool may_sign =
        sample ? permits_all(authority, each.pattern) : authority.permits(any_name);
    if (may_sign) continue;
    const std::string what = quoted(each.pattern.text) + " is intercepted";
    told.error(each.mark,
               sample ? what +
                            ", but the CA's name constraints do not hold it; make a CA anew with "
                            "`sallyport ca init`"
                      : what +
                            ", which may be any host, but the CA has name constraints; name the "
                            "hosts, or make a CA with `sallyport ca init --unconstrained`");
  }
}

}  // namespace

std::shared_ptr<const TlsMaterial> read_tls_material(PolicyFile& file) {
  if (!file.policy || !file.policy->snapshot->interception) return nullptr;
  Told told(file);
  const Interception& names = *file.policy->snapshot->interception;
  const InterceptionMarks& marks = file.policy->interception_marks;
  auto material = std::make_shared<TlsMaterial>();
  AuthorityFaults faults;
  material->authority =
      CertificateAuthority::load(names.ca_certificates, names.ca_private_key, wall_clock(), faults);
  told.add(faults);
  if (material->authority) check_constraints(*material->authority, *file.policy, told);
  const std::string& bundle = file.policy->snapshot->destinations.ca_bundle;
  std::string error;
  material->trust = OriginTrust::load(bundle, error);
  if (!material->trust) {
    told.error(marks.ca_bundle, bundle + ": " + error +
                                    "; `ca_bundle` is a file of PEM certificates that may sign for "
                                    "origins");
  }
  if (file.errors.empty()) return material;
  file.policy.reset();
  return nullptr;
}

}  // namespace sallyport
