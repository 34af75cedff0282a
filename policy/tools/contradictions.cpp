#include "policy/tools/contradictions.h"

#include <algorithm>
#include <string>

#include "policy/loader/pattern_cover.h"
#include "policy/quoted.h"
#include "policy/tools/effort.h"

namespace sallyport {
namespace {

/// A rule as it is written and as it was compiled. Exact names are asked of the snapshot's matcher,
/// so that long lists cost no more than their length.
struct WholeRule {
  const RuleSource& source;
  const Rule& rule;
  std::vector<Host> names;
  std::vector<const HostPattern*> wildcards;
};

std::vector<WholeRule> whole_rules(const Snapshot& snapshot, std::span<const RuleSource> rules) {
  std::vector<WholeRule> whole;
  for (const RuleSource& source : rules) {
    if (!source.is_whole || source.rule >= snapshot.rules.size()) continue;
    WholeRule& each = whole.emplace_back(WholeRule{source, snapshot.rules[source.rule], {}, {}});
    for (const HostItem& item : source.hosts) {
      for (const HostPattern& pattern : item.patterns) {
        if (const auto host = host_of(pattern)) {
          each.names.push_back(*host);
        } else {
          each.wildcards.push_back(&pattern);
        }
      }
    }
  }
  return whole;
}

/// What the snapshot's matcher says of a host.
RuleMatches matches_of(const Snapshot& snapshot, const Host& host, Effort& effort) {
  RuleMatches matches;
  snapshot.matcher.match(host, matches);
  effort.spend(Effort::kPairsOfMatch + matches.size());
  return matches;
}

bool is_named(const RuleMatches& matches, RuleIndex rule) {
  return std::any_of(matches.begin(), matches.end(),
                     [rule](const RuleMatch& match) { return match.rule == rule; });
}

/// Some host may be in both; true where that would take too long to tell.
bool may_meet(const Snapshot& snapshot, const WholeRule& a, const WholeRule& b, Effort& effort) {
  const auto names_one_of = [&](const WholeRule& names, const WholeRule& other) {
    return std::any_of(names.names.begin(), names.names.end(), [&](const Host& host) {
      return !effort.take(1) || is_named(matches_of(snapshot, host, effort), other.source.rule);
    });
  };
  if (names_one_of(a, b) || names_one_of(b, a)) return true;
  if (!effort.take(1 + a.wildcards.size() * b.wildcards.size())) return true;
  return std::any_of(a.wildcards.begin(), a.wildcards.end(), [&](const HostPattern* one) {
    return std::any_of(b.wildcards.begin(), b.wildcards.end(),
                       [one](const HostPattern* other) { return may_overlap(*one, *other); });
  });
}

/// Whenever the allow rule is true for a host of the deny rule, the deny rule is true too.
bool denies_whenever(const Rule& deny, const Rule& allow) {
  if (!deny.networks.empty() || !deny.methods.empty() || !deny.urls.empty() ||
      !deny.values.empty() || !deny.ports.empty() || deny.until || !deny.enforces()) {
    return false;
  }
  if (deny.schemes) {
    const SchemeSet allowed = allow.schemes.value_or(SchemeSet{.https = true});
    if (allow.tls_is_optional || (allowed.https && !deny.schemes->https) ||
        (allowed.http && !deny.schemes->http)) {
      return false;
    }
  }
  if (!deny.clients) return true;
  return allow.clients && std::includes(deny.clients->begin(), deny.clients->end(),
                                        allow.clients->begin(), allow.clients->end());
}

/// The first deny rule that takes the whole pattern, whenever the allow rule is true; or null, also
/// where that would take too long to tell.
const Rule* deny_of(const HostPattern& pattern, const Rule& allow,
                    std::span<const WholeRule> denies, Effort& effort) {
  for (const WholeRule& deny : denies) {
    if (!effort.take(1 + deny.wildcards.size())) return nullptr;
    if (!denies_whenever(deny.rule, allow)) continue;
    const bool is_taken =
        std::any_of(deny.wildcards.begin(), deny.wildcards.end(),
                    [&](const HostPattern* each) { return covers(*each, pattern); });
    const bool is_spared = some_pattern(deny.source.except_hosts, [&](const HostPattern& each) {
      return may_overlap(each, pattern);
    });
    if (is_taken && !is_spared) return &deny.rule;
  }
  return nullptr;
}

/// The same for one host.
const Rule* deny_of(const Snapshot& snapshot, const Host& host, const Rule& allow, Effort& effort) {
  if (!effort.take(1)) return nullptr;
  for (const RuleMatch& match : matches_of(snapshot, host, effort)) {
    const Rule& rule = snapshot.rules[match.rule];
    if (!rule.is_allow() && !match.is_excepted && denies_whenever(rule, allow)) return &rule;
  }
  return nullptr;
}

/// The deny rule because of which the allow rule allows nothing; null if it allows something.
const Rule* emptied_by(const Snapshot& snapshot, const WholeRule& allow,
                       std::span<const WholeRule> denies, Effort& effort) {
  const Rule* found = nullptr;
  for (const Host& host : allow.names) {
    found = deny_of(snapshot, host, allow.rule, effort);
    if (found == nullptr) return nullptr;
  }
  for (const HostPattern* pattern : allow.wildcards) {
    found = deny_of(*pattern, allow.rule, denies, effort);
    if (found == nullptr) return nullptr;
  }
  return found;
}

void check_exceptions(const WholeRule& each, std::vector<Finding>& findings, Effort& effort) {
  const std::size_t patterns = each.names.size() + each.wildcards.size();
  for (const HostItem& item : each.source.except_hosts) {
    if (item.patterns.empty() || !effort.take(item.patterns.size() * patterns)) continue;
    const bool excepts_something = some_pattern(each.source.hosts, [&](const HostPattern& host) {
      return std::any_of(item.patterns.begin(), item.patterns.end(),
                         [&](const HostPattern& except) { return may_overlap(except, host); });
    });
    if (excepts_something) continue;
    findings.push_back({Finding::Severity::warning, item.mark,
                        (item.is_set ? item.text : quoted(item.text)) +
                            " excepts nothing: no host of rule " + quoted(each.rule.name) +
                            " can be it"});
  }
}

}  // namespace

std::vector<Finding> check_contradictions(const Snapshot& snapshot,
                                          std::span<const RuleSource> rules) {
  std::vector<Finding> findings;
  Effort effort;
  std::vector<WholeRule> allows;
  std::vector<WholeRule> denies;
  for (WholeRule& each : whole_rules(snapshot, rules)) {
    check_exceptions(each, findings, effort);
    (each.rule.is_allow() ? allows : denies).push_back(std::move(each));
  }
  for (const WholeRule& deny : denies) {
    // A built-in set is denied as a precaution, whatever the other rules are today.
    const bool is_precaution =
        std::all_of(deny.source.hosts.begin(), deny.source.hosts.end(),
                    [](const HostItem& item) { return item.is_builtin_set; });
    const bool meets_some = std::any_of(allows.begin(), allows.end(), [&](const WholeRule& allow) {
      return may_meet(snapshot, deny, allow, effort);
    });
    if (is_precaution || meets_some) continue;
    findings.push_back({Finding::Severity::note, deny.source.mark,
                        "deny rule " + quoted(deny.rule.name) +
                            " is for hosts that no rule allows; the default is deny already"});
  }
  for (const WholeRule& allow : allows) {
    const Rule* deny = emptied_by(snapshot, allow, denies, effort);
    if (deny == nullptr) continue;
    findings.push_back({Finding::Severity::warning, allow.source.mark,
                        "rule " + quoted(allow.rule.name) + " allows nothing: deny rule " +
                            quoted(deny->name) +
                            " takes all its hosts; the default is deny already, so remove the one "
                            "that is not meant"});
  }
  return findings;
}

}  // namespace sallyport
