#include "policy/tools/voiding.h"

#include <algorithm>
#include <optional>
#include <string>

#include "policy/loader/pattern_cover.h"
#include "policy/quoted.h"
#include "policy/tools/rule_overlap.h"

namespace sallyport {
namespace {

/// A host pattern of a rule, and the item that holds it.
struct Place {
  const HostItem* item = nullptr;
  const HostPattern* pattern = nullptr;
};

struct AllowRule {
  LiveRule live;
  std::vector<Place> wildcards;  ///< where it asks nothing of the request
};

bool share_port_and_scheme(const Rule& first, const Rule& second) {
  const auto share = [&](Scheme scheme) {
    return may_be_true(first, scheme) && may_be_true(second, scheme) &&
           share_port(first, second, scheme);
  };
  return share(Scheme::https) || share(Scheme::http);
}

/// Rules that are compared at all: enforced, not ended, without an error of their own.
std::vector<AllowRule> allow_rules(const Snapshot& snapshot, std::span<const RuleSource> rules,
                                   TimePoint now) {
  std::vector<AllowRule> found;
  for (const LiveRule& live : live_rules(snapshot, rules, now)) {
    if (!live.rule->is_allow() || !live.rule->enforces()) continue;
    AllowRule& each = found.emplace_back(AllowRule{live, {}});
    if (live.rule->asks_for_request()) continue;
    for (const HostItem& item : live.source->hosts) {
      for (const HostPattern& pattern : item.patterns) {
        // An exact name is deliberate.
        if (!host_of(pattern)) each.wildcards.push_back({&item, &pattern});
      }
    }
  }
  return found;
}

/// Two patterns that meet, one of each rule.
struct Meeting {
  Place wide;
  Place narrow;
  bool takes_too_long = false;  ///< to tell; then there are no patterns
};

/// The first pattern of `second` of which a wildcard of `first` covers a host.
std::optional<Meeting> meeting_of(const AllowRule& first, const AllowRule& second, Effort& effort) {
  for (const Place& wide : first.wildcards) {
    for (const HostItem& item : second.live.source->hosts) {
      if (!effort.take(item.patterns.size())) return Meeting{.takes_too_long = true};
      for (const HostPattern& other : item.patterns) {
        if (!share_host(first.live, *wide.pattern, second.live, other) ||
            excepts_meeting(first.live, *wide.pattern, other, effort) ||
            excepts_meeting(second.live, *wide.pattern, other, effort)) {
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
  const std::string rules =
      quoted(first.live.rule->name) + " voids rule " + quoted(second.live.rule->name);
  if (meeting.takes_too_long) {
    return {Finding::Severity::error, second.live.source->mark,
            "whether rule " + rules + " would take too long to tell: they hold too many patterns"};
  }
  return {Finding::Severity::error, meeting.wide.item->mark,
          "rule " + rules + ": it asks nothing of the request, and its " + name_of(meeting.wide) +
              " covers " + name_of(meeting.narrow) + "; write `except_hosts: [" +
              quoted(meeting.narrow.item->text) + "]` in rule " + quoted(first.live.rule->name)};
}

}  // namespace

std::vector<Finding> check_voiding(const Snapshot& snapshot, std::span<const RuleSource> rules,
                                   TimePoint now) {
  std::vector<Finding> findings;
  Effort effort;
  const auto allows = allow_rules(snapshot, rules, now);
  for (const AllowRule& second : allows) {
    if (!second.live.rule->asks_for_request()) continue;
    for (const AllowRule& first : allows) {
      if (first.live.rule->asks_for_request() ||
          !share_client(*first.live.rule, *second.live.rule) ||
          !share_port_and_scheme(*first.live.rule, *second.live.rule)) {
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
