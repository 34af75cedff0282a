// Whether two rules can speak of one attempt: of its scheme, port, client and host. What cannot be
// told counts as yes. Pure; at load alone.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "policy/loader/rule_source.h"
#include "policy/snapshot.h"
#include "policy/tools/effort.h"

namespace sallyport {

/// A rule that counts: without an error of its own, and not ended.
struct LiveRule {
  const RuleSource* source = nullptr;
  const Rule* rule = nullptr;
  std::size_t pattern_count = 0;  ///< of `hosts`

  /// Its wildcards take A-labels and literals too (SEMANTICS.md section 6, Names).
  bool takes_a_labels() const { return !rule->is_allow() || !rule->enforces(); }
};

/// Those of `rules` that count at `now`, in file order. Views into both.
std::vector<LiveRule> live_rules(const Snapshot& snapshot, std::span<const RuleSource> rules,
                                 TimePoint now);

/// The rule may be true for that scheme: by `schemes`, by the schemes of its URLs, or because
/// `tls: optional` takes TLS whatever they say. HTTP in a tunnel is read where another rule takes
/// it, so that `tls: optional` opens https alone.
bool may_be_true(const Rule& rule, Scheme scheme);

/// They share a port for that scheme.
bool share_port(const Rule& a, const Rule& b, Scheme scheme);

bool share_client(const Rule& a, const Rule& b);

/// Some host is in both patterns, of a rule each.
bool share_host(const LiveRule& a, const HostPattern& of_a, const LiveRule& b,
                const HostPattern& of_b);

/// `rule` excepts all that is in both patterns, as far as that can be shown.
bool excepts_meeting(const LiveRule& rule, const HostPattern& a, const HostPattern& b,
                     Effort& effort);

}  // namespace sallyport
