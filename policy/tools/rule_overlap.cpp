#include "policy/tools/rule_overlap.h"

#include <algorithm>

#include "policy/loader/pattern_cover.h"

namespace sallyport {
namespace {

/// The ports of a rule for a scheme.
std::vector<PortRange> ports_of(const Rule& rule, Scheme scheme) {
  if (!rule.ports.empty()) return rule.ports;
  if (!rule.is_allow()) return {{1, 65535}};
  const SchemeSet schemes = rule.schemes_meant();
  std::vector<PortRange> ports;
  // With `tls: optional` the port of any scheme of the rule will do, whatever the first bytes.
  if (scheme == Scheme::https || rule.tls_is_optional) {
    if (schemes.https) ports.push_back({443, 443});
  }
  if (scheme == Scheme::http || rule.tls_is_optional) {
    if (schemes.http) ports.push_back({80, 80});
  }
  return ports;
}

}  // namespace

std::vector<LiveRule> live_rules(const Snapshot& snapshot, std::span<const RuleSource> rules,
                                 TimePoint now) {
  std::vector<LiveRule> live;
  for (const RuleSource& source : rules) {
    if (!source.is_whole || source.rule >= snapshot.rules.size()) continue;
    const Rule& rule = snapshot.rules[source.rule];
    if (rule.until && *rule.until <= now) continue;
    LiveRule& each = live.emplace_back(LiveRule{&source, &rule});
    for (const HostItem& item : source.hosts) each.pattern_count += item.patterns.size();
  }
  return live;
}

bool may_be_true(const Rule& rule, Scheme scheme) {
  const bool is_taken =
      rule.schemes_meant().holds(scheme) || (scheme == Scheme::https && rule.tls_is_optional);
  return is_taken && (rule.urls.empty() ||
                      std::any_of(rule.urls.begin(), rule.urls.end(),
                                  [&](const UrlPattern& url) { return url.scheme() == scheme; }));
}

bool share_port(const Rule& a, const Rule& b, Scheme scheme) {
  const auto ports_a = ports_of(a, scheme);
  const auto ports_b = ports_of(b, scheme);
  return std::any_of(ports_a.begin(), ports_a.end(), [&](const PortRange& one) {
    return std::any_of(ports_b.begin(), ports_b.end(), [&](const PortRange& other) {
      return one.first <= other.last && other.first <= one.last;
    });
  });
}

bool share_client(const Rule& a, const Rule& b) {
  if (!a.clients || !b.clients) return true;
  return std::any_of(a.clients->begin(), a.clients->end(), [&](std::uint32_t client) {
    return std::binary_search(b.clients->begin(), b.clients->end(), client);
  });
}

bool share_host(const LiveRule& a, const HostPattern& of_a, const LiveRule& b,
                const HostPattern& of_b) {
  if (const auto host = host_of(of_a)) return of_b.matches(*host, b.takes_a_labels());
  if (const auto host = host_of(of_b)) return of_a.matches(*host, a.takes_a_labels());
  return may_overlap(of_a, of_b);
}

bool excepts_meeting(const LiveRule& rule, const HostPattern& a, const HostPattern& b,
                     Effort& effort) {
  return some_pattern(
      rule.source->except_hosts,
      [&](const HostItem& item) { return effort.take(2 * item.patterns.size()); },
      [&](const HostPattern& except) { return covers(except, a) || covers(except, b); });
}

}  // namespace sallyport
