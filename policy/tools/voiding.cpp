#include "policy/tools/voiding.h"

#include <algorithm>
#include <optional>
#include <string>

#include "policy/loader/pattern_cover.h"
#include "policy/quoted.h"
#include "policy/tools/effort.h"

namespace sallyport {
namespace {

/// A host pattern of a rule, and the item that holds it.
struct Place {
  const HostItem* item = nullptr;
  const HostPattern* pattern = nullptr;
};

struct AllowRule {
  const RuleSource& source;
  const Rule& rule;
  std::vector<Place> wildcards;  ///< where it asks nothing of the request
};

/// The ports of a rule for a scheme.
std::vector<PortRange> ports_of(const Rule& rule, Scheme scheme) {
  if (!rule.ports.empty()) return rule.ports;
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

/// `first` lets pass what has that scheme without a look at the request. HTTP in a tunnel is read
/// where the other rule takes it, so that `tls: optional` opens https alone.
bool lets_pass(const Rule& first, Scheme scheme) {
  return first.schemes_meant().holds(scheme) || (scheme == Scheme::https && first.tls_is_optional);
}

bool share_port_and_scheme(const Rule& first, const Rule& second) {
  const auto share = [&](Scheme scheme) {
    if (!lets_pass(first, scheme) || !second.schemes_meant().holds(scheme)) return false;
    const auto firsts = ports_of(first, scheme);
    const auto seconds = ports_of(second, scheme);
    return std::any_of(firsts.begin(), firsts.end(), [&](const PortRange& a) {
      return std::any_of(seconds.begin(), seconds.end(), [&](const PortRange& b) {
        return a.first <= b.last && b.first <= a.last;
      });
    });
  };
  return share(Scheme::https) || share(Scheme::http);
}

bool share_client(const Rule& first, const Rule& second) {
  if (!first.clients || !second.clients) return true;
  return std::any_of(first.clients->begin(), first.clients->end(), [&](std::uint32_t client) {
    return std::binary_search(second.clients->begin(), second.clients->end(), client);
  });
}

/// Rules that are compared at all: enforced, not ended, without an error of their own.
std::vector<AllowRule> allow_rules(const Snapshot& snapshot, std::span<const RuleSource> rules,
                                   TimePoint now) {
  std::vector<AllowRule> found;
  for (const RuleSource& source : rules) {
    if (!source.is_whole || source.rule >= snapshot.rules.size()) continue;
    const Rule& rule = snapshot.rules[source.rule];
    const bool has_ended = rule.until && *rule.until <= now;
    if (!rule.is_allow() || !rule.enforces() || has_ended) continue;
    AllowRule& each = found.emplace_back(AllowRule{source, rule, {}});
    if (rule.asks_for_request()) continue;
    for (const HostItem& item : source.hosts) {
      for (const HostPattern& pattern : item.patterns) {
        // An exact name is deliberate.
        if (!host_of(pattern)) each.wildcards.push_back({&item, &pattern});
      }
    }
  }
  return found;
}

/// A rule excepts all that is in both patterns, as far as that can be shown.
bool excepts(const AllowRule& rule, const HostPattern& a, const HostPattern& b, Effort& effort) {
  const auto& items = rule.source.except_hosts;
  return std::any_of(items.begin(), items.end(), [&](const HostItem& item) {
    if (!effort.take(2 * item.patterns.size())) return false;
    return std::any_of(item.patterns.begin(), item.patterns.end(), [&](const HostPattern& except) {
      return covers(except, a) || covers(except, b);
    });
  });
}

/// Two patterns that meet, one of each rule.
struct Meeting {
  Place wide;
  Place narrow;
  bool takes_too_long = false;  ///< to tell; then there are no patterns
};

/// Some host is in both. In an enforcing allow no wildcard takes an A-label or a literal.
bool meets(const HostPattern& wildcard, const HostPattern& other) {
  const auto host = host_of(other);
  return host ? wildcard.matches(*host, false) : may_overlap(wildcard, other);
}

/// The first pattern of `second` of which a wildcard of `first` covers a host.
std::optional<Meeting> meeting_of(const AllowRule& first, const AllowRule& second, Effort& effort) {
  for (const Place& wide : first.wildcards) {
    for (const HostItem& item : second.source.hosts) {
      if (!effort.take(item.patterns.size())) return Meeting{.takes_too_long = true};
      for (const HostPattern& other : item.patterns) {
        if (!meets(*wide.pattern, other) || excepts(first, *wide.pattern, other, effort) ||
            excepts(second, *wide.pattern, other, effort)) {
          continue;
        }
        return Meeting{wide, {&item, &other}};
      }
    }
  }
  return std::nullopt;
}

std::string name_of(const Place& place) {
  return place.item->is_set ? place.item->text + " (" + quoted(place.pattern->text) + ")"
                            : quoted(place.item->text);
}

Finding error_of(const AllowRule& first, const AllowRule& second, const Meeting& meeting) {
  const std::string rules = quoted(first.rule.name) + " voids rule " + quoted(second.rule.name);
  if (meeting.takes_too_long) {
    return {Finding::Severity::error, second.source.mark,
            "whether rule " + rules + " would take too long to tell: they hold too many patterns"};
  }
  return {Finding::Severity::error, meeting.wide.item->mark,
          "rule " + rules + ": it asks nothing of the request, and its " + name_of(meeting.wide) +
              " covers " + name_of(meeting.narrow) + "; write `except_hosts: [" +
              quoted(meeting.narrow.item->text) + "]` in rule " + quoted(first.rule.name)};
}

}  // namespace

std::vector<Finding> check_voiding(const Snapshot& snapshot, std::span<const RuleSource> rules,
                                   TimePoint now) {
  std::vector<Finding> findings;
  Effort effort;
  const auto allows = allow_rules(snapshot, rules, now);
  for (const AllowRule& second : allows) {
    if (!second.rule.asks_for_request()) continue;
    for (const AllowRule& first : allows) {
      if (first.rule.asks_for_request() || !share_client(first.rule, second.rule) ||
          !share_port_and_scheme(first.rule, second.rule)) {
        continue;
      }
      const auto meeting = meeting_of(first, second, effort);
      if (meeting) findings.push_back(error_of(first, second, *meeting));
      if (meeting && meeting->takes_too_long) return findings;
    }
  }
  return findings;
}

}  // namespace sallyport
