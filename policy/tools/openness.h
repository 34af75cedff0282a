// Whether a stranger can be at the other end of a host pattern that an allow rule names, and why
// (SEMANTICS.md section 7). Pure; at load alone.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/aws/fill.h"
#include "policy/host_pattern.h"
#include "policy/tools/aws_pins.h"
#include "policy/tools/effort.h"
#include "policy/tools/pattern_sample.h"
#include "policy/tools/risk.h"

namespace sallyport {

/// Judges patterns for one organization.
class OpennessJudge {
 public:
  explicit OpennessJudge(const OrganizationLabels& organization) : organization_(organization) {}

  /// Nothing if the pattern is closed. `is_read`: every request there is read, since the rule has
  /// plain HTTP alone or asks about requests.
  std::optional<Risk> risk_of(const HostPattern& pattern, bool is_read);
  /// The same under a rule with `aws:`, which speaks of AWS's endpoints alone and reads what goes
  /// there.
  std::optional<Risk> risk_of_endpoints(const HostPattern& pattern, AwsPins pins);

 private:
  std::optional<Risk> risk_of_name(const HostPattern& pattern, const PatternSample& sample,
                                   bool is_read);
  /// `may_be_aws`: some name of the pattern may be one of AWS's.
  static std::optional<Risk> rentable_name(const PatternSample& sample, bool may_be_aws);
  bool is_own_account(std::string_view account) const;
  bool shows_own_account(const HostPattern& pattern) const;
  bool meets_api(const HostPattern& pattern);
  bool meets_s3(const HostPattern& pattern);
  bool is_shared_by_all(const HostPattern& pattern, const PatternSample& sample, bool is_api);
  /// A host of AWS's endpoints that no table knows.
  bool is_unknown_api(const PatternSample& sample);
  void fill_builtin_patterns();

  const OrganizationLabels& organization_;
  /// Of AWS API hosts, by the last two labels; filled when first asked for.
  std::map<std::string, std::vector<HostPattern>, std::less<>> api_patterns_;
  std::vector<HostPattern> s3_patterns_;      ///< likewise
  std::vector<HostPattern> shared_patterns_;  ///< likewise
  /// Hosts in the built-in sets that no account signs in to, such as a console's static files.
  std::vector<HostPattern> harmless_patterns_;
  Effort effort_;
};

}  // namespace sallyport
