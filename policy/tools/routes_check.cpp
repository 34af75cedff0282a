#include "policy/tools/routes_check.h"

#include <algorithm>
#include <string>

#include "policy/aws/endpoint.h"
#include "policy/aws/fill.h"
#include "policy/aws/region.h"
#include "policy/loader/pattern_cover.h"
#include "policy/pattern_regions.h"
#include "policy/quoted.h"
#include "policy/tools/pinned_routes.h"
#include "policy/tools/rule_overlap.h"

namespace sallyport {
namespace {

constexpr std::string_view kApiSet = "aws-api";

std::string name_of(const HostItem& item) { return item.is_set ? item.text : quoted(item.text); }

/// Checks the routes of one policy.
class Check {
 public:
  Check(const Snapshot& snapshot, std::span<const RuleSource> rules,
        std::span<const RouteSource> routes, TimePoint now)
      : snapshot_(snapshot), routes_(routes), rules_(live_rules(snapshot, rules, now)) {}

  std::vector<Finding> run() {
    for (std::size_t i = 0; i < routes_.size(); ++i) {
      if (!routes_[i].is_whole) continue;
      check_region(routes_[i]);
      check_catch(i);
    }
    return std::move(findings_);
  }

 private:
  const Route& route_of(const RouteSource& source) const {
    return snapshot_.destinations.routes.all()[source.route];
  }

  void check_region(const RouteSource& source) {
    const Route& route = route_of(source);
    const std::string endpoint(vpc_endpoint_region(route.connect_to->host));
    if (endpoint.empty()) return;
    const std::string remedy =
        "; write `regions: [" + endpoint + "]`, and a route of its own for " + "each other region";
    const auto other = std::find_if(route.regions.begin(), route.regions.end(),
                                    [&](const std::string& each) { return each != endpoint; });
    if (other != route.regions.end()) {
      findings_.push_back({Finding::Severity::error, source.regions,
                           "the endpoint of `connect_to` is in " + endpoint +
                               ", and cannot serve " + *other + remedy});
    }
    if (!route.regions.empty()) return;
    for (const HostItem& item : source.hosts) {
      const auto elsewhere =
          std::find_if(item.patterns.begin(), item.patterns.end(),
                       [&](const HostPattern& each) { return may_be_elsewhere(each, endpoint); });
      if (elsewhere == item.patterns.end()) continue;
      findings_.push_back({Finding::Severity::error, item.mark,
                           name_of(item) + " may be in another region than " + endpoint +
                               ", where the endpoint of `connect_to` is" + remedy});
      return;
    }
  }

  /// Some host of the pattern is an API of another region.
  bool may_be_elsewhere(const HostPattern& pattern, const std::string& region) {
    if (const auto host = host_of(pattern)) {
      const std::string_view own = region_of(*host);
      return !own.empty() && own != region;
    }
    if (pattern.kind != HostPattern::Kind::labels) return true;
    if (shows_region(pattern)) {
      HostPattern others = pattern;
      return restrict_to(others, regions_but(region));
    }
    if (region_of_apis_ != region) {
      region_of_apis_ = region;
      apis_elsewhere_.clear();
      for (const FilledPattern& each : fill(kApiSet, SetPlace::routes, {}, false).patterns) {
        HostPattern api = HostPattern::of(each);
        if (shows_region(api) && restrict_to(api, regions_but(region))) {
          apis_elsewhere_.push_back(std::move(api));
        }
      }
    }
    if (!effort_.take(apis_elsewhere_.size())) return false;
    return std::any_of(apis_elsewhere_.begin(), apis_elsewhere_.end(),
                       [&](const HostPattern& api) { return may_overlap(pattern, api); });
  }

  static std::vector<std::string> regions_but(const std::string& region) {
    std::vector<std::string> regions;
    for (const KnownRegion& each : known_regions()) {
      if (each.name != region) regions.emplace_back(each.name);
    }
    return regions;
  }

  void check_catch(std::size_t place) {
    const RouteSource& source = routes_[place];
    const auto warn = [&](std::string why) {
      findings_.push_back({Finding::Severity::warning, source.mark,
                           "the route catches nothing: " + std::move(why)});
    };
    if (!has_hosts(source)) {
      warn("none of its hosts is in its `regions`");
    } else if (const RouteSource* before = taken_before(place)) {
      warn("the route on line " + std::to_string(before->mark.line) +
           " has its hosts already, and the first that fits is taken");
    } else if (!meets_some_rule(source)) {
      warn("no rule allows a host of it");
    }
  }

  /// Some host may be in the route's regions.
  bool has_hosts(const RouteSource& source) {
    const Route& route = route_of(source);
    return may_hold(source, [&](const HostPattern& pattern) {
      const auto host = host_of(pattern);
      if (!host || route.regions.empty() || shows_region(pattern)) return true;
      const std::string_view region = region_of(*host);
      return std::find(route.regions.begin(), route.regions.end(), region) != route.regions.end();
    });
  }

  /// The route before it that has the first of its hosts, where those before it have all.
  const RouteSource* taken_before(std::size_t place) {
    const RouteSource* first = nullptr;
    const bool leaves_some = may_hold(routes_[place], [&](const HostPattern& pattern) {
      const auto each_region = in_each_region(pattern);
      effort_.spend(Effort::kPairsOfCopy * each_region.size());
      return std::any_of(each_region.begin(), each_region.end(), [&](const HostPattern& each) {
        const RouteSource* before = owner_before(place, each);
        if (first == nullptr) first = before;
        return before == nullptr;
      });
    });
    return leaves_some ? nullptr : first;
  }

  const RouteSource* owner_before(std::size_t place, const HostPattern& pattern) {
    const auto& regions = route_of(routes_[place]).regions;
    for (std::size_t i = 0; i < place; ++i) {
      const RouteSource& before = routes_[i];
      const Route& route = route_of(before);
      const auto is_of_it = [&](const std::string& region) {
        return std::find(route.regions.begin(), route.regions.end(), region) != route.regions.end();
      };
      const bool has_regions = !regions.empty() && !route.regions.empty() &&
                               std::all_of(regions.begin(), regions.end(), is_of_it);
      const bool has_all = has_regions && may_hold(before, [&](const HostPattern& each) {
                             return covers(each, pattern);
                           });
      if (has_all || catches_all(before, route, pattern)) return &before;
    }
    return nullptr;
  }

  bool meets_some_rule(const RouteSource& source) {
    return may_hold(source, [&](const HostPattern& pattern) {
      return std::any_of(rules_.begin(), rules_.end(), [&](const LiveRule& rule) {
        return rule.rule->is_allow() && meets(rule, pattern);
      });
    });
  }

  bool meets(const LiveRule& allow, const HostPattern& pattern) {
    if (!effort_.take(allow.pattern_count)) return true;  // too long to tell
    return some_pattern(allow.source->hosts, [&](const HostPattern& each) {
      return may_overlap(each, pattern) && !excepts_meeting(allow, each, pattern, effort_);
    });
  }

  /// Some pattern of the route holds, or that would take too long to tell.
  template <class Holds>
  bool may_hold(const RouteSource& source, Holds holds) {
    return std::any_of(source.hosts.begin(), source.hosts.end(), [&](const HostItem& item) {
      return !effort_.take(item.patterns.size()) ||
             std::any_of(item.patterns.begin(), item.patterns.end(), holds);
    });
  }

  const Snapshot& snapshot_;
  std::span<const RouteSource> routes_;
  std::vector<LiveRule> rules_;
  std::string region_of_apis_;
  std::vector<HostPattern> apis_elsewhere_;  ///< in all regions but that; filled when asked for
  Effort effort_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> check_routes(const Snapshot& snapshot, std::span<const RuleSource> rules,
                                  std::span<const RouteSource> routes, TimePoint now) {
  return Check(snapshot, rules, routes, now).run();
}

}  // namespace sallyport
